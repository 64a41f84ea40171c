"""The trail, put together: other systems' audit logs, what differs, who is told, and what goes out to a SIEM."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from roadworthy.assembly.acting import Acting
from roadworthy.assembly.callers import Callers
from roadworthy.assembly.gateway import Gateway
from roadworthy.assembly.ground import Ground
from roadworthy.assembly.news.circles import Circles
from roadworthy.foundation.access.roles import Role
from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.ledger.holds import Hold, HoldOn
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.notify.model import Message, Topic
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.workflow.consumers import Since
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory.seating import AcceptedSeats
from roadworthy.operate.actions.declared import ACTION, SYSTEM, Action, Effect, System
from roadworthy.operate.actions.trail import fetching, finding_store, service, sinks
from roadworthy.operate.actions.trail import store as rows
from roadworthy.operate.actions.trail.declared import SINK, EventSink
from roadworthy.operate.actions.trail.exporting import Exporting
from roadworthy.operate.actions.trail.fetching import Fetching
from roadworthy.operate.actions.trail.looking import Looking
from roadworthy.operate.actions.trail.model import Differs, TrailFinding
from roadworthy.operate.actions.trail.service import Trail, keep_of
from roadworthy.operate.actions.trail.settling import Settling
from roadworthy.operate.actions.trail.sinks import Sinks
from roadworthy.operate.actions.trail.veil import Veil
from roadworthy.operate.calls.secrets.memory import SealedSecrets
from roadworthy.operate.calls.upstreams.secrets import STORED
from roadworthy.operate.calls.wire.addresses import Origin

FOUND: Final = "action-finding"
TOPIC: Final = Topic(FOUND, "A system's audit log says something else than we know of your agents")
QUIET: Final = dt.timedelta(hours=1)
"""Owners are told of the first finding of a kind in a system, and then not again for as long."""
MOST_ERASED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Trails:
    """The trail. Nothing is fetched and nobody is told before `start`."""

    trail: Trail
    looking: Looking
    fetching: Fetching
    exporting: Exporting
    sinks: Sinks
    erasing: Erasing
    fetches: Timers
    pushes: Timers

    def start(self) -> None:
        """Fetch and tell by themselves from now on."""
        self.fetches.start()
        self.pushes.start()

    def close(self) -> None:
        """Stop after what is under way."""
        self.fetches.close()
        self.pushes.close()


@dataclass(frozen=True, slots=True)
class Erasing:
    """Lets events go that were kept long enough."""

    ground: Ground

    def due(self, tx: Transaction, before: dt.datetime | None, holds: Sequence[Hold], *, hipaa: bool) -> int:  # noqa: ARG002 - as `Erases` has it; the declared span is the event's own
        """What events came as goes after the span that their system declares; the events with the records."""
        if any(hold.on is HoldOn.EVERYTHING for hold in holds):
            return 0
        gone = 0
        for feed in rows.feeds(tx.connection):
            found = self.ground.resources.find(SYSTEM, feed.system, tx.connection)
            spec = None if found is None else found.spec
            audit = spec.audit if isinstance(spec, System) else None
            keep = service.KEEP if audit is None else keep_of(audit)
            gone += rows.unveil(tx.connection, feed.system, tx.now - keep, MOST_ERASED)
        return gone + (0 if before is None else rows.forget(tx.connection, before, MOST_ERASED))


@dataclass(frozen=True, slots=True)
class _Telling:
    """Tells owners of findings."""

    ground: Ground
    people: Callers
    circles: Circles

    def __call__(self, tx: Transaction, finding: TrailFinding) -> None:
        """The owners of the use cases that act in the system, whoever answers for the system, else administrators."""
        if finding_store.found_since(tx.connection, finding, tx.now - QUIET):
            return
        cases = [finding.use_case] if finding.use_case else sorted(self._cases(tx.connection, finding.system))
        owners = self.circles.owners(tx.connection, cases)
        to = frozenset(ref for refs in owners.values() for ref in refs)
        spec = _system(self.ground, finding.system, tx.connection)
        if spec is not None and spec.owner is not None:
            one = self.circles.called(tx.connection, spec.owner)
            to |= frozenset(() if one is None else (one,))
        message = Message(
            topic=FOUND,
            subject=f"{_SUBJECTS[finding.kind]} ({finding.system})",
            path="/action-findings",
            to=tuple(sorted(to or self.circles.holding(tx.connection, Role.PLATFORM_ADMINISTRATOR))),
            lines=(f"{finding.about[:1].upper()}{finding.about[1:]}.",
                   "Of others of this kind in this system you hear in an hour."),
            urgent=finding.kind is Differs.EFFECT_WITHOUT_INTENT,
            facts={"finding": finding.id, "kind": finding.kind.value, "system": finding.system},
        )  # fmt: skip
        self.people.notify.tell(tx, message)

    def _cases(self, connection: sa.Connection, system: str) -> set[str]:
        found = self.ground.resources.all(connection, ACTION)
        specs = [each.spec for each in found]
        return {name for each in specs if isinstance(each, Action) and each.system == system for name in each.use_cases}


_SUBJECTS: Final = {
    Differs.EFFECT_WITHOUT_INTENT: "Something was done round the gateway",
    Differs.INTENT_WITHOUT_EFFECT: "An action is not in its system's log",
    Differs.ARGUMENTS_DIFFER: "Something else was done than an agent asked for",
    Differs.DONE_TWICE: "An action was done more than once",
    Differs.OUTCOME_DIFFERS: "An action that failed by what we know was done",
}


def trail_of(ground: Ground, people: Callers, gateway: Gateway, acting: Acting) -> Trails:
    """Put it together."""
    people.notify.register([TOPIC])
    circles = Circles(people.access, people.directory, AcceptedSeats(ground.resources))
    veil = Veil(ground.keys, ground.runtime.randomness)
    settling = Settling(acting.keeping, ground.resources)
    stands = service.Ground(
        store=ground.store,
        units=ground.units,
        runtime=ground.runtime,
        veil=veil,
        declared=lambda name: _system(ground, name),
        reads=lambda name: _reading(ground, name),
        asked=settling.asked,
        tells=_Telling(ground, people, circles),
        confirms=[settling.confirmed],
    )
    trail = Trail(stands)
    settings = ground.settings
    fetches, pushes = (Timers(ground.store, ground.units, ground.runtime) for _ in range(2))
    fetcher = Fetching(
        fetching.Ground(
            trail=trail,
            timers=fetches,
            runtime=ground.runtime,
            veil=veil,
            declared=stands.declared,
            secret=lambda source, where: _secret(ground, gateway, source, where),
            reach=Reach.of(settings.upstream_hosts),
            home=settings.home,
        )
    )
    exporting = Exporting(ground.store, f"urn:roadworthy:{settings.organisation}")
    telling = Sinks(
        sinks.Ground(
            store=ground.store,
            runtime=ground.runtime,
            timers=pushes,
            exporting=exporting,
            sources=Sources(settings.home),
            reach=Reach.of(settings.inside_hosts),
            declared=lambda name: _sink(ground, name),
            names=lambda connection: [each.name for each in ground.resources.all(connection, SINK)],
        )
    )
    ground.consumers.on(fetching.CONSUMER, Fetching.follow, fetching.EVENTS, since=Since.BEGINNING)
    ground.consumers.on(sinks.CONSUMER, telling.follow, sinks.EVENTS)
    looking = Looking(ground.store, ground.units, veil)
    return Trails(trail, looking, fetcher, exporting, telling, Erasing(ground), fetches, pushes)


def _system(ground: Ground, name: str, connection: sa.Connection | None = None) -> System | None:
    found = ground.resources.find(SYSTEM, name, connection)
    return found.spec if found is not None and isinstance(found.spec, System) else None


def _reading(ground: Ground, system: str) -> set[str]:
    with ground.store.read() as connection:
        found = list(ground.resources.all(connection, ACTION))
    return {
        each.name
        for each in found
        if isinstance(each.spec, Action) and each.spec.system == system and each.spec.effect is Effect.READ
    }


def _sink(ground: Ground, name: str) -> EventSink | None:
    found = ground.resources.find(SINK, name)
    return found.spec if found is not None and isinstance(found.spec, EventSink) else None


def _secret(ground: Ground, gateway: Gateway, source: str | None, where: Origin) -> Secret | None:
    """A system's secret; stored ones are opened here where no gateway runs in this process that keeps them open."""
    if source is not None and source.startswith(STORED) and not gateway.started:
        with ground.store.read() as connection:
            versions, _ = SealedSecrets().compile(connection)
        gateway.secrets.take(versions)
    return gateway.secrets.upstreams.read(source, where)
