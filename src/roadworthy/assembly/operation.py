"""From a verdict to what runs: reviews, certificates, their status on every replica, releases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from roadworthy.assembly.ground import Ground, places_of
from roadworthy.assembly.judgement import Judgement
from roadworthy.assembly.news.circles import Circles
from roadworthy.assembly.people import PeopleServices
from roadworthy.assembly.recovery import Recovery
from roadworthy.assembly.status import status_of
from roadworthy.assembly.watching import witnessing_of
from roadworthy.decide.certificate import executor as certificate_executor
from roadworthy.decide.certificate import watching as certificate_events
from roadworthy.decide.certificate.ground import Ground as CertificateGround
from roadworthy.decide.certificate.restoring import suspend_all
from roadworthy.decide.certificate.scopes import Scope, ScopeKind
from roadworthy.decide.certificate.service import Certificates
from roadworthy.decide.certificate.status.head import StatusHead
from roadworthy.decide.certificate.status.keyring import Keyring
from roadworthy.decide.certificate.status.service import Status
from roadworthy.decide.review.ground import Ground as ReviewGround
from roadworthy.decide.review.service import Reviews
from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.witnessing.service import Witnessing
from roadworthy.inventory.seating import AcceptedSeats
from roadworthy.operate.actions import store as actions
from roadworthy.operate.releases.certified import KeptCertificates
from roadworthy.operate.releases.gating import Gates
from roadworthy.operate.releases.observing import Observing
from roadworthy.operate.releases.service import Ground as ReleaseGround
from roadworthy.operate.releases.service import Releases
from roadworthy.operate.releases.view import KnownReleases


@dataclass(frozen=True, slots=True)
class Operation:
    """What lets a use case run, and ends it."""

    status_head: StatusHead
    status: Status
    keyring: Keyring
    releases: Releases
    gates: Gates
    observing: Observing
    reviews: Reviews
    certificates: Certificates
    witnessing: Witnessing
    recovery: Recovery


def operation_of(ground: Ground, people: PeopleServices, found: Judgement) -> Operation:
    """Put it together."""
    head, status = status_of(ground)
    certified_on = _certified_on(ground, people, found, head)
    certificates = Certificates(certified_on)
    certificates.governed_by(found.approvals)
    found.approvals.on(certificate_executor.NAME, certificates.executor)
    certificates.self_tests.attach(ground.schedules)
    ground.consumers.on(certificate_events.CONSUMER, certificates.watching.recorded, certificate_events.EVENTS)
    reviews = Reviews(_reviewed_on(ground, people, found, certificates))
    reviews.attach(ground.consumers, ground.schedules)
    certified = KeptCertificates(certificates, ground.runtime.clock)
    releases = Releases(
        ReleaseGround(ground.store, ground.units, ground.resources, ground.runtime, found.approvals, certified)
    )
    return Operation(
        status_head=head,
        status=status,
        keyring=Keyring(ground.store, ground.units, ground.keys, head),
        releases=releases,
        gates=Gates(ground.store, ground.runtime.clock, releases, reviews),
        observing=Observing(ground.store, ground.timers, ground.resources, releases, ground.runtime, ground.settings),
        reviews=reviews,
        certificates=certificates,
        witnessing=witnessing_of(ground, people),
        recovery=Recovery(
            ground.store,
            ground.units,
            places_of(ground.settings),
            ground.runtime,
            found.approvals,
            lambda tx: suspend_all(certified_on, tx),
        ),
    )


def _reviewed_on(ground: Ground, people: PeopleServices, found: Judgement, certificates: Certificates) -> ReviewGround:
    return ReviewGround(
        store=ground.store,
        units=ground.units,
        runtime=ground.runtime,
        resources=ground.resources,
        runs=ground.machines,
        readiness=found.readiness,
        approvals=found.approvals,
        notify=people.notify,
        people=Directory(ground.store, ground.runtime),
        seats=AcceptedSeats(ground.resources),
        certifying=certificates.certifying,
        releases=KnownReleases(),
    )


class _Waiting:
    """Actions of agents that a stop switch would hold up."""

    def waiting(self, connection: sa.Connection, scope: Scope) -> Mapping[str, int]:
        """How many of a scope are not over, by how far they are."""
        return actions.waiting(connection, _COLUMNS.get(scope.kind), scope.name)


_COLUMNS: Final = {ScopeKind.USE_CASE: "use_case", ScopeKind.AGENT: "workload", ScopeKind.ACTION: "action"}


def _certified_on(ground: Ground, people: PeopleServices, found: Judgement, head: StatusHead) -> CertificateGround:
    seats, directory = AcceptedSeats(ground.resources), Directory(ground.store, ground.runtime)
    circles = Circles(people.access, directory, seats)
    return CertificateGround(
        store=ground.store,
        units=ground.units,
        runtime=ground.runtime,
        resources=ground.resources,
        timers=ground.timers,
        machines=ground.machines,
        keys=ground.keys,
        notify=people.notify,
        directory=directory,
        seats=seats,
        readiness=found.readiness,
        releases=KnownReleases(),
        status=head,
        circles=circles,
        approvals=found.approvals,
        processes=ground.processes,
        waits=_Waiting(),
        origin=ground.ledger.origin,
    )
