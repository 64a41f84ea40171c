"""What the tests of the workflow stand on: a store, a clock that is moved by hand, and everything that waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from roadworthy.foundation.ledger.appender import appender_for
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.sequencer import Sequencer
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.runtime import Clock, Runtime, SimulatedClock
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.consumers import Consumers
from roadworthy.foundation.workflow.letters import DeadLetters, TimerLetters
from roadworthy.foundation.workflow.schedules import Schedules
from roadworthy.foundation.workflow.service import Timers

START = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
DANA = Context(Actor(ActorKind.PERSON, "dana"))
SECOND = dt.timedelta(seconds=1)
HOUR = dt.timedelta(hours=1)


@dataclass
class Deployment:
    """Everything that waits, over one store."""

    store: Store
    runtime: Runtime
    units: Units
    timers: Timers
    consumers: Consumers
    schedules: Schedules
    letters: DeadLetters

    @property
    def clock(self) -> SimulatedClock:
        """The clock, where it is one that is moved by hand."""
        assert isinstance(self.runtime.clock, SimulatedClock)
        return self.runtime.clock

    def settle(self) -> None:
        """Have every entry at its position."""
        if self.store.dialect != "sqlite":
            sequencer = Sequencer(self.store, Runtime())
            sequencer.settle()
            sequencer.close()

    def record(self, *events: str) -> None:
        """Record events, one unit each, and have them at their positions."""
        for event in events:
            what, _, resource = event.partition(" ")
            self.units.run(DANA, partial(Transaction.record, draft=Draft(what, resource or "Thing/a")))
        self.settle()

    def pass_by(self, time: dt.timedelta) -> None:
        """Let time go by, and everything look."""
        self.clock.advance(time)
        self.turn()

    def turn(self) -> None:
        """Let everything look once."""
        self.timers.tick()
        self.schedules.tick()
        self.settle()
        self.consumers.tick()
        self.settle()

    def recorded(self, beginning: str = "") -> list[str]:
        """Events and their resources, in the order of their positions."""
        self.settle()
        with self.store.read() as connection:
            found = connection.exec_driver_sql("SELECT what, resource FROM ledger_entries ORDER BY position")
            return [f"{row.what} {row.resource}" for row in found if row.what.startswith(beginning)]

    def beside(self, clock: Clock | None = None, lease: dt.timedelta | None = None) -> Deployment:
        """Another replica on the same store; on SQLite, where one process writes, with the same units."""
        shared = self.units if self.store.dialect == "sqlite" else None
        return deployment(self.store, clock or self.runtime.clock, lease, shared)


def deployment(
    store: Store, clock: Clock | None = None, lease: dt.timedelta | None = None, units: Units | None = None
) -> Deployment:
    """Everything that waits, over a store, on one thread."""
    runtime = Runtime(clock=clock or SimulatedClock(START))
    units = units or Units(store, appender_for(store, runtime, "test"), runtime)
    given: Mapping[str, dt.timedelta] = {} if lease is None else {"lease": lease}
    timers, consumers = Timers(store, units, runtime), Consumers(store, units, runtime, **given)
    schedules, letters = Schedules(store, units, runtime), DeadLetters(store, units)
    for source in (TimerLetters(timers.owner_of), consumers.box, schedules.box):
        letters.register(source)
    return Deployment(store, runtime, units, timers, consumers, schedules, letters)
