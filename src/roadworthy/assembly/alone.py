"""A gateway and nothing else, put together from the parts that a whole deployment is put together from.

A process of it takes calls, records them and keeps within limits. It serves no pages, collects nothing and judges
nothing, so it does without whatever does; `tests/architecture/test_gateway_alone.py` says what it must not load.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from roadworthy.assembly.acting import Acting
from roadworthy.assembly.callers import Callers, callers_of
from roadworthy.assembly.calling import calling_of
from roadworthy.assembly.gateway import Gateway
from roadworthy.assembly.ground import Ground, ground_of
from roadworthy.assembly.later import AnswersLater
from roadworthy.assembly.status import status_of
from roadworthy.decide.approvals import kinds as approval_kinds
from roadworthy.decide.approvals.freshness import FreshEvidence
from roadworthy.decide.approvals.ground import Ground as ApprovalsGround
from roadworthy.decide.approvals.service import Approvals
from roadworthy.decide.approvals.telling import DecisionNews
from roadworthy.decide.approvals.who import ProgramOwners
from roadworthy.decide.certificate import kinds as certificate_kinds
from roadworthy.decide.certificate.status.service import Status
from roadworthy.foundation.access import kinds as access_kinds
from roadworthy.foundation.deployment.model import ProcessRole
from roadworthy.foundation.deployment.service import Processes
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.notify import kinds as notify_kinds
from roadworthy.foundation.resources.registry import Kind, Registry
from roadworthy.foundation.runtime import Runtime, calm_collector
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.migrate import refuse_mismatch
from roadworthy.foundation.storage.postgres import PostgresStore
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory import kinds as inventory_kinds
from roadworthy.inventory.seating import AcceptedSeats
from roadworthy.operate.actions import kinds as action_kinds
from roadworthy.operate.admission import kinds as admission_kinds
from roadworthy.operate.admission.limits import kinds as limit_kinds
from roadworthy.operate.calls import kinds as call_kinds
from roadworthy.operate.releases.expected import Expected
from roadworthy.operate.releases.listed import ListedCertificates


def kinds() -> tuple[Kind, ...]:
    """Every declared kind that a gateway reads."""
    return (
        *access_kinds.kinds(),
        *notify_kinds.kinds(),
        *inventory_kinds.kinds(),
        *approval_kinds.kinds(),
        *certificate_kinds.kinds(),
        *call_kinds.kinds(),
        *action_kinds.kinds(),
        *admission_kinds.kinds(),
        *limit_kinds.kinds(),
    )


@dataclass(frozen=True, slots=True)
class _Known:
    status: Status
    releases: Expected


@dataclass(frozen=True, slots=True)
class Alone:
    """A gateway."""

    settings: Settings
    runtime: Runtime
    store: Store
    ledger: Ledger
    processes: Processes
    status: Status
    gateway: Gateway
    later: AnswersLater
    acting: Acting

    def start(self) -> None:
        """Begin to record, follow the status, and be one of the deployment's processes."""
        self.ledger.start(sequencing=False, signing=self.ledger.checkpoints.apart)
        self.status.start(renews=False)
        self.gateway.record()
        self.processes.join(frozenset({ProcessRole.GATEWAY}))

    def close(self) -> None:
        """Stop, finish what is queued, let go of the database."""
        self.acting.close()
        self.later.close()
        self.gateway.close()
        self.status.close()
        self.gateway.telemetry.close()
        self.ledger.close()
        self.processes.leave()
        self.store.close()


def build(settings: Settings, runtime: Runtime, store: Store) -> Alone:
    """Put a gateway together on an open store."""
    ground = ground_of(settings, runtime, store, Registry(kinds()))
    people = callers_of(ground)
    _, status = status_of(ground)
    known = _Known(status, Expected(ground.units, ListedCertificates(runtime.clock)))
    gateway, later, acting = calling_of(ground, people, known, _rights(ground, people))
    return Alone(settings, runtime, store, ground.ledger, ground.processes, status, gateway, later, acting)


def _rights(ground: Ground, people: Callers) -> Approvals:
    """Decision rights as far as calls ask them; what waits is looked after by the processes that do such work."""
    approvals = Approvals(
        ApprovalsGround(
            store=ground.store,
            units=ground.units,
            runtime=ground.runtime,
            resources=ground.resources,
            timers=ground.timers,
            runs=ground.machines,
            people=people.directory,
            roles=people.access,
            seats=AcceptedSeats(ground.resources),
            programs=ProgramOwners(ground.resources),
            evidence=FreshEvidence(),
            telling=DecisionNews(people.notify),
            refuse_rewound=ground.ledger.checkpoints.refuse_rewound,
        )
    )
    people.access.attach(approvals.waits_for)
    ground.resources.governed_by(approvals)
    return approvals


@contextmanager
def open_gateway(settings: Settings, runtime: Runtime | None = None) -> Iterator[Alone]:
    """Open the deployment that the settings describe as a gateway, and close it in the end.

    Raises:
        Unavailable: the database is of another revision, or cannot be reached.
    """
    calm_collector()
    running = runtime or Runtime()
    store = PostgresStore(settings.database, running)
    try:
        with store.read() as connection:
            refuse_mismatch(connection, store.where)
        alone = build(settings, running, store)
    except BaseException:  # whatever it was goes on; only the connections must not
        store.close()
        raise
    try:
        yield alone
        alone.ledger.leave()
    finally:
        alone.close()
