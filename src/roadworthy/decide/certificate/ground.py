"""What certificates stand on, and the protocols of what the layers beside and above pass in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import sqlalchemy as sa

from roadworthy.decide.approvals.service import Approvals
from roadworthy.decide.certificate.codec import KEYS
from roadworthy.decide.certificate.kinds import in_force
from roadworthy.decide.certificate.rules import Policy
from roadworthy.decide.certificate.scopes import Scope
from roadworthy.decide.readiness.service import Readiness
from roadworthy.decide.review.ports import ReleaseView
from roadworthy.foundation.deployment.service import Processes
from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.keys import Keys, SigningKey
from roadworthy.foundation.ledger.authority import Authority, Ungoverned
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.notify.service import Notify
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.runs import Machines
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory.seating import AcceptedSeats


class StatusChanged(Protocol):
    """Whoever makes the status snapshot."""

    def changed(self, tx: Transaction, *use_cases: str) -> None:
        """This unit changes certificates of these use cases; of none, where it changes a stop switch."""


class Circles(Protocol):
    """Says who is to be told."""

    def owners(self, connection: sa.Connection, names: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """By use case: who is here and owns it."""

    def responsible(self, connection: sa.Connection, owner: str) -> frozenset[str]:
        """Who answers to a role or a reference; else the administrators."""


class Waits(Protocol):
    """Knows the actions that are not over."""

    def waiting(self, connection: sa.Connection, scope: Scope) -> Mapping[str, int]:
        """How many of a scope there are, by how far they are: `held`, `queued`, `running`."""


class NothingWaits:
    """Where no agent acts."""

    def waiting(self, connection: sa.Connection, scope: Scope) -> Mapping[str, int]:
        """None."""
        del connection, scope
        return {}


@dataclass
class Ground:
    """The foundation of everything here; `authority` is set once assembly has one."""

    store: Store
    units: Units
    runtime: Runtime
    resources: Resources
    timers: Timers
    machines: Machines
    keys: Keys
    notify: Notify
    directory: Directory
    seats: AcceptedSeats
    readiness: Readiness
    releases: ReleaseView
    status: StatusChanged
    circles: Circles
    approvals: Approvals
    processes: Processes
    origin: str
    """Name of the ledger."""
    authority: Authority = field(default_factory=Ungoverned)
    waits: Waits = field(default_factory=NothingWaits)
    """Set once assembly has actions."""

    def key(self) -> SigningKey:
        """The key that signs certificates."""
        return self.keys.signing(KEYS)

    def policy(self, connection: sa.Connection) -> Policy:
        """The certificate policy in force."""
        return in_force(self.resources, connection)
