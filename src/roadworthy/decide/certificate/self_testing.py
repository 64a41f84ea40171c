"""The proof that a stop works: something that nobody does is stopped, and every process says when it would refuse it.

It goes the way of every stop: a row, a signed snapshot, the memory of each process. What is measured is from the unit
that sets it to the moment in which a process holds the snapshot, by the clock of the database less what that process
needed to say so; so two machines whose clocks differ are measured alike.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import sqlalchemy as sa

from roadworthy.decide.certificate import proof_rows as rows
from roadworthy.decide.certificate import stop_rows, telling
from roadworthy.decide.certificate import store as certificates
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import STOP_SWITCH, Stop
from roadworthy.decide.certificate.proof_rows import Proven, SelfTest
from roadworthy.decide.certificate.scopes import SELF_TEST
from roadworthy.decide.certificate.status import store as heads
from roadworthy.decide.certificate.status.sighting import ASKED, name_of
from roadworthy.foundation.deployment.model import Process
from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import Conflict
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.workflow.cadence import Every, Missed
from roadworthy.foundation.workflow.leases import shared_now
from roadworthy.foundation.workflow.model import Timer
from roadworthy.foundation.workflow.schedules import Schedules

NAME: Final = "stop-self-test"
LOOKS: Final = dt.timedelta(hours=1)
"""How often is looked whether one is due."""
WATCHED: Final = dt.timedelta(seconds=10)
"""How long it is set: whoever does not know by then counts as missing."""
PROMISED_MILLISECONDS: Final = 1_000
"""Within so long every process has to know."""
_END: Final = "stop.self-test"
"""Of timers; key: the id of the test."""
_WHY: Final = "The self-test: nobody does this action."


class SelfTests:
    """Begins self-tests, and ends them."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        ground.timers.on(_END, self._end)

    def attach(self, schedules: Schedules) -> None:
        """Have one made as often as the policy says."""
        schedules.every(NAME, Every(LOOKS), self.turn, Missed.ONE)

    # ------------------------------------------------------------ beginning

    def turn(self, tx: Transaction, at: dt.datetime) -> None:
        """Begin one, if it is time; handles the schedule's fires. Nothing to prove where nothing ever ran."""
        span = self._ground.policy(tx.connection).self_test
        newest = rows.newest(tx.connection)
        due = newest is None or at - newest.began_at >= span - LOOKS / 2
        if span and due and heads.newest_mark(tx.connection) is not None and self._expected(tx.connection):
            self._begin(tx)

    def begin(self, context: Context) -> SelfTest:
        """Begin one now.

        Raises:
            Conflict: one is watched already, or no process runs that could see it.
        """

        def work(tx: Transaction) -> SelfTest:
            if not self._expected(tx.connection):
                raise Conflict(
                    "stop-self-test-unseen",
                    "no process runs that could see the stop",
                    remedy="start one with `roadworthy serve` or `roadworthy gateway serve`, then try again",
                )
            return self._begin(tx)

        return self._ground.units.run(context, work)

    def _begin(self, tx: Transaction) -> SelfTest:
        certificates.hold(tx.connection, f"stop {SELF_TEST}")
        if stop_rows.standing(tx.connection, SELF_TEST) is not None:
            raise Conflict(
                "stop-self-test-runs",
                "a self-test of the stop switches runs already",
                remedy=f"wait {WATCHED.seconds} seconds, then look: `roadworthy stop proofs`",
            )
        expected = {each.id: name_of(each) for each in self._expected(tx.connection)}
        test = SelfTest(tx.new_id(), shared_now(tx.connection, self._ground.runtime), expected)
        facts: dict[str, Canonical] = {"test": test.id, "processes": len(expected)}
        entry = tx.record(Draft("stop.self-test-begun", f"{STOP_SWITCH}/{SELF_TEST}", facts=facts))
        stop = Stop(tx.new_id(), SELF_TEST, _WHY, tx.now, tx.context.actor.ref, None, None, entry)
        stop_rows.insert(tx.connection, stop)
        rows.insert(tx.connection, test)
        self._ground.timers.set(tx, _END, test.id, tx.now + WATCHED)
        self._ground.status.changed(tx)
        return test

    def _expected(self, connection: sa.Connection) -> Sequence[Process]:
        return [each for each in self._ground.processes.present(connection) if each.roles & ASKED]

    # ------------------------------------------------------------ ending

    def _end(self, tx: Transaction, timers: Sequence[Timer]) -> None:
        for timer in timers:
            test = rows.get(tx.connection, timer.key)
            if test is not None and test.ended_at is None:
                self._conclude(tx, test)

    def _conclude(self, tx: Transaction, test: SelfTest) -> None:
        """Say what came of it, and let the scope go; it is the only one that needs no decision."""
        here = {each.id for each in self._ground.processes.present(tx.connection)}
        missing = tuple(sorted(name for id_, name in test.expected.items() if id_ in here and id_ not in test.seen))
        slowest = max((took for _, took in test.seen.values()), default=None)
        outcome = Proven.MISSING if missing or slowest is None else Proven.PROVEN
        if outcome is Proven.PROVEN and slowest is not None and slowest > PROMISED_MILLISECONDS:
            outcome = Proven.SLOW
        test = replace(test, ended_at=tx.now, outcome=outcome, slowest=slowest, missing=missing)
        rows.conclude(tx.connection, test)
        tx.record(Draft("stop.self-tested", f"{STOP_SWITCH}/{SELF_TEST}", facts=_facts(test)))
        stop = stop_rows.standing(tx.connection, SELF_TEST)
        if stop is not None:
            stop_rows.lift(tx.connection, replace(stop, lifted_at=tx.now, lifted_by=tx.context.actor.ref))
            self._ground.status.changed(tx)
        if outcome is not Proven.PROVEN:
            telling.of_self_test(self._ground, tx, test)

    # ------------------------------------------------------------ looking

    def listed(self, limit: int = 20) -> list[SelfTest]:
        """The latest ones, the newest first."""
        with self._ground.store.read() as connection:
            return rows.listed(connection, limit)


def _facts(test: SelfTest) -> Mapping[str, Canonical]:
    return {
        "test": test.id,
        "outcome": test.outcome.value if test.outcome else None,
        "milliseconds": dict(sorted(test.seen.values())),
        "slowest": test.slowest,
        "missing": list(test.missing),
    }
