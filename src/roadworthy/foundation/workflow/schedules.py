"""Schedules: what happens again and again, once each time, however many processes watch the clock.

A fire is a row whose key is the schedule and the instant. Whoever inserts it does the work in the same unit; whoever
comes second inserts nothing and does nothing. So two clocks that disagree, or one that is set back, fire nothing twice,
and a process that dies leaves neither the row nor half of the work. What fell due while nobody was there is treated as
the schedule declares: skipped, done once, or done for each.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.instants import from_text, to_text
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow import schedule_store as rows
from roadworthy.foundation.workflow.cadence import Cadence, Due, Missed, due, next_after
from roadworthy.foundation.workflow.leases import draw, end_when_stuck
from roadworthy.foundation.workflow.letters import LetterBox
from roadworthy.foundation.workflow.model import OPERATOR, DeadLetter, Retries
from roadworthy.foundation.workflow.rules import pause, rests, said_of
from roadworthy.foundation.workflow.schedule_store import Scheduled
from roadworthy.foundation.workflow.turns import Turns

TURN_SECONDS = 1.0
GRACE = dt.timedelta(minutes=1)
"""A fire that is late by no more was not missed: a restart takes seconds."""
RETRIES = Retries(first=dt.timedelta(seconds=5), factor=4, longest=dt.timedelta(minutes=15), most=6)
"""About half an hour until a fire is given up. Our own choice."""
MOST = 1_000
"""Fires of one schedule in one turn; where more were missed, the next turn goes on."""
_KEPT = dt.timedelta(days=400)
"""How long fires are remembered: a clock that is set back by less fires nothing twice."""

Handler = Callable[[Transaction, dt.datetime], None]

_ITSELF = Context(Actor(ActorKind.SYSTEM, "schedules"))
_log = log("schedules")


@dataclass(frozen=True, slots=True)
class _Schedule:
    name: str
    cadence: Cadence
    handler: Handler
    missed: Missed
    grace: dt.timedelta
    retries: Retries
    owner: str


class Schedules:
    """Everything that happens again and again."""

    def __init__(self, store: Store, units: Units, runtime: Runtime) -> None:
        self.box = LetterBox("schedule")
        """Fires that could not be handled."""
        self._store = store
        self._units = units
        self._runtime = runtime
        self._schedules: dict[str, _Schedule] = {}
        self._ticking = runtime.lock()
        self._turns = Turns(runtime, "schedules", TURN_SECONDS, self.tick)

    def every(
        self,
        name: str,
        cadence: Cadence,
        handler: Handler,
        missed: str = Missed.ONE,
        *,
        grace: dt.timedelta = GRACE,
        retries: Retries = RETRIES,
        owner: str = OPERATOR,
    ) -> None:
        """Announce a schedule, before `start`.

        Args:
            name: at most 60 characters. With another cadence than before, it begins anew.
            cadence: when.
            handler: gets the instant that was meant, which may be past; works in the unit that keeps the fire, so it
                must wait for nothing, and for calls to the outside it sets a timer with an act.
            missed: what becomes of what fell due while nobody was there.
            grace: how late a fire may be without having been missed.
            retries: how a fire that fails is put off; the ones after it wait.
            owner: the person or role whose task it is to look at fires that were given up.
        """
        self._schedules[name] = _Schedule(name, cadence, handler, Missed(missed), grace, retries, owner)

    def tick(self) -> int:
        """Do everything that is due; cheap where nothing is.

        Returns:
            How many fires were handled.
        """
        with self._ticking:
            self._enrol()
            with self._store.read() as connection:
                kept = rows.every(connection)
            handled = 0
            for schedule in tuple(self._schedules.values()):
                for _ in range(MOST):
                    outcome = self._step(schedule, kept)
                    handled += outcome is True
                    if outcome is None:
                        break
            return handled + self.box.work_off(self._store, self._units, self._again)

    def start(self) -> None:
        """Make the rows of new schedules, then look every second."""
        self._enrol()
        self._turns.start()

    def close(self) -> None:
        """Stop after the turn in progress."""
        self._turns.close()

    def ahead(self) -> list[Scheduled]:
        """What happens next, by name."""
        with self._store.read() as connection:
            return list(rows.every(connection).values())

    # ------------------------------------------------------------ inside

    def _enrol(self) -> None:
        """Keep what is new, what has another cadence, and what waits for an instant that only a wrong clock saw."""
        now = self._runtime.clock.now()
        with self._store.read() as connection:
            kept = rows.every(connection)
        anew = []
        for each in self._schedules.values():
            known, following = kept.get(each.name), next_after(each.cadence, now)
            same = known is not None and known.cadence == str(each.cadence)
            if known is None or not same or known.next_at > next_after(each.cadence, following):
                anew.append(Scheduled(each.name, str(each.cadence), following))

        def keep(connection: sa.Connection) -> None:
            for each in anew:
                rows.put(connection, each)

        if anew:
            self._store.write(keep)

    def _step(self, schedule: _Schedule, kept: dict[str, Scheduled]) -> bool | None:
        """Do what is next about one schedule: True when a fire was handled, None when nothing is left to do now."""
        now, seen = self._runtime.clock.now(), kept[schedule.name]
        if seen.next_at > now or rests(seen.retry_at, now, schedule.retries.longest):
            return None
        what = due(schedule.cadence, schedule.missed, seen.next_at, now, schedule.grace)

        def work(tx: Transaction) -> tuple[Scheduled, bool] | None:
            end_when_stuck(tx.connection)
            if rows.held(tx.connection, schedule.name) != seen:
                return None  # another process is at it, or was
            return self._do(tx, schedule, what)

        try:
            done = self._units.run(_ITSELF, work)
        except Exception as error:  # noqa: BLE001 - kept with the schedule or the letter, where people find it
            self._failed(schedule, seen, what, error)
            return None
        if done is None:
            return None
        kept[schedule.name], fired = done
        return fired

    @staticmethod
    def _do(tx: Transaction, schedule: _Schedule, what: Due) -> tuple[Scheduled, bool]:
        """Fire, unless it was fired before, and keep what is next."""
        if what.skipped:
            facts: dict[str, Canonical] = {"fires": what.skipped, "next": to_text(what.then)}
            tx.record(Draft("schedule.skipped", f"Schedule/{schedule.name}", facts=facts))
        fired = what.fire is not None and rows.fire(tx.connection, schedule.name, what.fire, tx.now)
        if fired and what.fire is not None:
            schedule.handler(tx, what.fire)
        following = Scheduled(schedule.name, str(schedule.cadence), what.then)
        rows.put(tx.connection, following)
        rows.forget(tx.connection, schedule.name, what.then - _KEPT)
        return following, fired

    def _failed(self, schedule: _Schedule, seen: Scheduled, what: Due, error: Exception) -> None:
        """Keep that a fire failed: try again later, or give it up and go on."""
        said, attempts = said_of(error), seen.attempts + 1
        _log.warning("a schedule failed", schedule=schedule.name, attempts=attempts, error=said)
        wait = pause(schedule.retries, attempts, draw(self._runtime))

        def work(tx: Transaction) -> None:
            if rows.held(tx.connection, schedule.name) != seen:
                return
            if wait is not None:
                rows.put(tx.connection, replace(seen, attempts=attempts, retry_at=tx.now + wait, last_error=said))
                return
            rows.put(tx.connection, Scheduled(schedule.name, str(schedule.cadence), what.then))
            if what.fire is not None and rows.fire(tx.connection, schedule.name, what.fire, tx.now):
                at = to_text(what.fire)
                letter = DeadLetter(self.box.kind, f"{schedule.name}/{at}", schedule.owner, tx.now, said, attempts)
                self.box.put(tx, letter, {"schedule": schedule.name, "fire": at})

        self._units.run(_ITSELF, work)

    def _again(self, tx: Transaction, data: Mapping[str, Canonical]) -> bool:
        """Handle a fire that was given up, once more."""
        schedule = self._schedules.get(str(data["schedule"]))
        if schedule is None:
            return False
        schedule.handler(tx, from_text(str(data["fire"])))
        return True
