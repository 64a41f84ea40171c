"""What a caller says about an event; the ledger adds id, time, tenant and writer and makes an entry of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.ledger.retention import Retention
from roadworthy.foundation.values import fixed


class ActorKind(StrEnum):
    """Who can act."""

    PERSON = "person"
    WORKLOAD = "workload"
    SYSTEM = "system"
    """Roadworthy itself: migrations, schedules, generated demo data."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `ref` is an opaque reference into an erasable table, never a name or an address."""

    kind: ActorKind
    ref: str
    via: str = "system"
    """The door they came through: web, cli, api, system."""
    authenticated: str = "none"
    """How they proved who they are: one-time-token, local-user, none."""


@fixed(frozen=True, slots=True)
class Basis:
    """On what grounds: digests and names, so the grounds can be found and compared later."""

    policy: str | None = None
    """Digest of the rubric, rights or policy that applied."""
    rules: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    inputs: str | None = None
    """Digest of exactly what was decided or applied, where it holds no personal data."""


@fixed(frozen=True, slots=True)
class Oversight:
    """What human oversight was asked for and given."""

    required: str | None = None
    """The rule that asks, or None where none applies."""
    given: tuple[str, ...] = ()
    """References of the people who gave it."""
    quorum: int = 0


@fixed(frozen=True, slots=True)
class Draft:
    """An event to be recorded.

    `facts` are small values without personal data and stand in the entry in clear. `texts` are free text
    and documents: they go to the erasable payload store and only a salted commitment enters the entry.
    """

    what: str
    """Dotted name of the event in the past tense, such as `use-case.applied`."""
    resource: str
    """`Kind/name` of what it happened to."""
    decision: str | None = None
    basis: Basis = field(default_factory=Basis)
    oversight: Oversight = field(default_factory=Oversight)
    facts: Mapping[str, Canonical] = field(default_factory=dict)
    texts: Mapping[str, bytes] = field(default_factory=dict)
    retention: Retention = Retention.RECORD
    """How long its texts are kept."""


@dataclass(frozen=True, slots=True)
class Once:
    """A request that its sender may repeat and that must take effect once."""

    key: str
    """Chosen by the sender, unique among what it sends."""
    body: str
    """Digest of exactly what was asked for."""


@dataclass(frozen=True, slots=True)
class Context:
    """Under whose authority a unit of work runs."""

    actor: Actor
    on_behalf_of: Actor | None = None
    trace: str | None = None
    once: Once | None = None
    """Set where the unit must not be carried out a second time."""
