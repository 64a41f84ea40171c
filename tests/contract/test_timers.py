"""Timers over a store, on both engines: nothing is lost, nothing is done twice, nothing fails in silence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from roadworthy.foundation.errors import NotFound, Unavailable
from roadworthy.foundation.ledger.appender import appender_for
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.letters import DeadLetters, TimerLetters
from roadworthy.foundation.workflow.model import Retries, Timer
from roadworthy.foundation.workflow.service import PATIENCE, Outcome, Timers

START = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
DANA = Context(Actor(ActorKind.PERSON, "dana"))
HOUR = dt.timedelta(hours=1)


@dataclass
class Bench:
    store: Store
    clock: SimulatedClock
    units: Units
    timers: Timers
    rung: list[str] = field(default_factory=list)
    """Keys in the order in which they were handled, those of failed units included."""
    broken: set[str] = field(default_factory=set)
    """Keys whose handling fails."""
    other: Timers = field(init=False, repr=False)
    """Another worker, where a test has one."""

    def set(self, *keys: str, after: dt.timedelta = HOUR) -> None:
        def work(tx: Transaction) -> None:
            for key in keys:
                self.timers.set(tx, "bell", key, tx.now + after, {"of": key})

        self.units.run(DANA, work)

    def ring(self, tx: Transaction, timers: Sequence[Timer]) -> None:
        for timer in timers:
            assert timer.data == {"of": timer.key}
            self.rung.append(timer.key)
            tx.record(Draft("bell.rung", f"Bell/{timer.key}"))
            if timer.key in self.broken:
                raise Unavailable("bell-cracked", "the bell is cracked", remedy="cast a new one")

    def pass_by(self, time: dt.timedelta) -> int:
        self.clock.advance(time)
        return self.timers.tick()

    def recorded(self) -> list[str]:
        """Events in the ledger, whether or not they have their position yet."""
        table = "ledger_entries" if self.store.dialect == "sqlite" else "ledger_inbox"
        with self.store.read() as connection:
            return list(connection.exec_driver_sql(f"SELECT what FROM {table} ORDER BY id").scalars())


@pytest.fixture
def bench(store: Store) -> Bench:
    clock = SimulatedClock(START)
    runtime = Runtime(clock=clock)
    units = Units(store, appender_for(store, runtime, "test"), runtime)
    made = Bench(store, clock, units, Timers(store, units, runtime))
    made.timers.on("bell", made.ring, retries=Retries(most=3))
    return made


def test_a_timer_rings_once_when_it_is_due_and_not_before(bench: Bench) -> None:
    bench.set("noon")

    assert bench.timers.tick() == 0
    assert bench.pass_by(HOUR) == 1
    assert bench.pass_by(HOUR) == 0
    assert bench.rung == ["noon"]
    assert bench.recorded() == ["bell.rung"]


def test_setting_it_again_moves_it_and_cancelling_takes_it_back(bench: Bench) -> None:
    bench.set("a", "b")
    bench.set("a", after=3 * HOUR)
    assert bench.units.run(DANA, lambda tx: bench.timers.cancel(tx, "bell", "b"))
    assert not bench.units.run(DANA, lambda tx: bench.timers.cancel(tx, "bell", "b"))

    assert [timer.key for timer in bench.timers.ahead()] == ["a"]
    assert bench.pass_by(2 * HOUR) == 0
    assert bench.pass_by(HOUR) == 1
    assert bench.rung == ["a"]


def test_a_unit_that_fails_sets_nothing(bench: Bench) -> None:
    def work(tx: Transaction) -> None:
        bench.timers.set(tx, "bell", "never", tx.now)
        raise Unavailable("test", "no", remedy="no")

    with pytest.raises(Unavailable):
        bench.units.run(DANA, work)
    assert bench.timers.ahead() == []


def test_what_fell_due_while_nobody_was_there_is_handled_at_the_next_start(bench: Bench) -> None:
    bench.set("a", "b")
    bench.clock.advance(48 * HOUR)

    late = Timers(bench.store, bench.units, Runtime(clock=bench.clock, threaded=False))
    late.on("bell", bench.ring)
    late.start()
    late.close()

    assert bench.rung == ["a", "b"]


def test_many_are_handled_in_several_units_and_what_follows_is_called_once(bench: Bench) -> None:
    called: list[int] = []
    bench.timers.on("bell", bench.ring, most=3, after=lambda: called.append(len(bench.rung)))
    bench.set(*"abcdefgh")

    assert bench.pass_by(HOUR) == 8
    assert bench.rung == list("abcdefgh")
    assert called == [8]


def test_one_that_fails_holds_up_no_other_and_leaves_nothing_of_itself(bench: Bench) -> None:
    bench.broken = {"b"}
    bench.set("a", "b", "c")

    assert bench.pass_by(HOUR) == 2
    assert bench.recorded() == ["bell.rung", "bell.rung"]
    (left,) = bench.timers.ahead()
    assert (left.key, left.attempts, left.last_error) == ("b", 1, "bell-cracked: the bell is cracked")
    assert left.due_at > bench.clock.now()


def test_one_that_keeps_failing_is_given_up_in_the_open_and_can_be_tried_again(bench: Bench) -> None:
    bench.broken = {"b"}
    bench.set("b")
    for _ in range(5):
        bench.pass_by(HOUR)

    assert bench.rung == ["b"] * 3
    (dead,) = bench.timers.dead()
    assert (dead.key, dead.attempts) == ("b", 3)
    assert bench.recorded() == ["timer.given-up"]

    bench.broken = set()
    letters = DeadLetters(bench.store, bench.units)
    letters.register(TimerLetters(bench.timers.owner_of))
    letters.retry(DANA, "timer", "bell/b")
    assert bench.timers.tick() == 1
    assert bench.timers.dead() == []
    assert sorted(bench.recorded()) == ["bell.rung", "dead-letter.retried", "timer.given-up"]
    with pytest.raises(NotFound):
        letters.retry(DANA, "timer", "bell/b")


def test_a_handler_may_set_its_timer_again(bench: Bench) -> None:
    def again(tx: Transaction, timers: Sequence[Timer]) -> None:
        bench.ring(tx, timers)
        for timer in timers:
            bench.timers.set(tx, timer.kind, timer.key, tx.now + HOUR, timer.data)

    bench.timers.on("bell", again, most=1)
    bench.set("daily", "also")

    assert [bench.pass_by(HOUR) for _ in range(3)] == [2, 2, 2]


def test_one_that_sets_itself_again_at_once_does_not_keep_the_clock_busy(bench: Bench) -> None:
    def at_once(tx: Transaction, timers: Sequence[Timer]) -> None:
        bench.ring(tx, timers)
        for timer in timers:
            bench.timers.set(tx, timer.kind, timer.key, tx.now, timer.data)

    bench.timers.on("bell", at_once, most=1)
    bench.set("restless")

    assert bench.pass_by(HOUR) <= 2


def test_what_nobody_handles_waits(bench: Bench) -> None:
    bench.units.run(DANA, lambda tx: bench.timers.set(tx, "unannounced", "a", tx.now))

    assert bench.timers.tick() == 0
    assert [timer.kind for timer in bench.timers.ahead()] == ["unannounced"]


def test_an_act_runs_with_its_attempt_recorded_and_no_unit_open(bench: Bench) -> None:
    seen: list[tuple[int, list[int]]] = []

    def act(timer: Timer) -> None:
        bench.units.run(DANA, lambda tx: tx.record(Draft("call.made", "Call/x")))  # deadlocks inside a unit
        seen.append((timer.attempts, [each.attempts for each in bench.timers.ahead()]))

    bench.timers.act("bell", act)
    bench.set("x")

    assert bench.pass_by(HOUR) == 1
    assert seen == [(1, [1])]
    assert bench.timers.ahead() == []


def test_the_outcome_of_an_act_commits_with_the_end_of_its_timer(bench: Bench) -> None:
    def fails(_tx: Transaction) -> None:
        raise Unavailable("outcome-lost", "the outcome cannot be kept", remedy="try again")

    bench.timers.act("bell", lambda _timer: fails)
    bench.set("x")
    assert bench.pass_by(HOUR) == 0
    assert [timer.last_error for timer in bench.timers.ahead()] == ["outcome-lost: the outcome cannot be kept"]

    def answered(tx: Transaction) -> None:
        tx.record(Draft("call.answered", "Call/x"))

    bench.timers.act("bell", lambda _timer: answered)
    assert bench.pass_by(HOUR) == 1
    assert bench.recorded() == ["call.answered"]


def test_an_act_that_never_ended_is_tried_again_after_a_while(bench: Bench) -> None:
    def dies(_timer: Timer) -> None:
        raise KeyboardInterrupt  # as a killed process would, it leaves neither outcome nor error

    bench.timers.act("bell", dies)
    bench.set("x")
    with pytest.raises(KeyboardInterrupt):
        bench.pass_by(HOUR)

    attempts: list[int] = []
    bench.timers.act("bell", lambda timer: attempts.append(timer.attempts))
    assert bench.timers.tick() == 0
    assert bench.pass_by(PATIENCE) == 1
    assert attempts == [2]


def overtaken(bench: Bench, meanwhile: Callable[[], object], *, failing: int = 0) -> int:
    """A worker stands still within an act, past its patience; what the tick that it belongs to comes to."""
    began: list[int] = []

    def act(timer: Timer) -> Outcome:
        number = timer.attempts
        if not began:
            began.append(number)
            bench.clock.advance(PATIENCE)
            meanwhile()
        elif number == failing:
            raise Unavailable("call-lost", "nobody answers", remedy="call again")

        def outcome(tx: Transaction) -> None:
            tx.record(Draft("call.answered", f"Call/{number}"))

        return outcome

    bench.timers.act("bell", act)
    bench.set("x", after=dt.timedelta())
    other = Timers(bench.store, bench.units, Runtime(clock=bench.clock))
    other.act("bell", act)
    bench.other = other
    return bench.timers.tick()


def answered(bench: Bench) -> list[str]:
    table = "ledger_entries" if bench.store.dialect == "sqlite" else "ledger_inbox"
    with bench.store.read() as connection:
        found = connection.exec_driver_sql(f"SELECT resource FROM {table} WHERE what = 'call.answered' ORDER BY id")
        return list(found.scalars())


def test_whoever_comes_back_after_another_took_over_records_nothing(bench: Bench) -> None:
    def take_over() -> None:
        assert bench.other.tick() == 1

    assert overtaken(bench, take_over) == 0
    assert answered(bench) == ["Call/2"]
    assert bench.timers.ahead() == []


def test_whoever_comes_back_after_another_took_over_and_failed_records_nothing_either(bench: Bench) -> None:
    def fail() -> None:
        assert bench.other.tick() == 0

    assert overtaken(bench, fail, failing=2) == 0
    assert answered(bench) == []
    assert [timer.attempts for timer in bench.timers.ahead()] == [2]
    assert bench.pass_by(HOUR) == 1
    assert answered(bench) == ["Call/3"]


def test_whoever_comes_back_late_and_finds_nobody_else_records_what_it_did(bench: Bench) -> None:
    assert overtaken(bench, lambda: None) == 1
    assert answered(bench) == ["Call/1"]
    assert bench.timers.ahead() == []


def test_a_timer_that_is_set_anew_during_its_act_is_kept_and_the_outcome_too(bench: Bench) -> None:
    assert overtaken(bench, lambda: bench.set("x", after=2 * HOUR)) == 1
    assert answered(bench) == ["Call/1"]
    assert [(timer.key, timer.attempts, timer.holder) for timer in bench.timers.ahead()] == [("x", 0, None)]


def test_a_timer_that_is_set_anew_during_its_act_is_not_begun_beside_it(bench: Bench) -> None:
    begun: list[int] = []

    def act(timer: Timer) -> None:
        begun.append(timer.attempts)
        if len(begun) == 1:
            bench.set("x", after=dt.timedelta())
            assert bench.other.tick() == 0

    bench.timers.act("bell", act)
    bench.other = Timers(bench.store, bench.units, Runtime(clock=bench.clock))
    bench.other.act("bell", act)
    bench.set("x", after=dt.timedelta())
    bench.timers.tick()
    bench.timers.tick()
    assert begun == [1, 1]


def test_a_clock_that_is_set_back_strands_no_attempt_and_nothing_that_was_put_off(bench: Bench) -> None:
    def dies(_timer: Timer) -> None:
        raise KeyboardInterrupt

    years = dt.timedelta(days=3650)
    bench.broken = {"b"}
    bench.timers.act("call", dies)
    bench.set("b")
    bench.units.run(DANA, lambda tx: bench.timers.set(tx, "call", "x", tx.now))
    bench.clock.advance(years)
    with pytest.raises(KeyboardInterrupt):
        bench.timers.tick()
    bench.timers.tick()
    assert bench.rung == ["b"]

    bench.clock.advance(-years + HOUR)
    bench.broken = set()
    bench.timers.act("call", lambda _timer: None)
    assert bench.timers.tick() + bench.timers.tick() == 2


@pytest.mark.postgres
def test_two_replicas_share_what_is_due_and_neither_waits(postgres_store: Store) -> None:
    clock = SimulatedClock(START)
    runtime = Runtime(clock=clock)
    units = Units(postgres_store, appender_for(postgres_store, runtime, "test"), runtime)
    one, other = Timers(postgres_store, units, runtime), Timers(postgres_store, units, runtime)
    rung: list[tuple[str, str]] = []

    def ring_other(_tx: Transaction, timers: Sequence[Timer]) -> None:
        rung.extend(("other", timer.key) for timer in timers)

    def ring_one(_tx: Transaction, timers: Sequence[Timer]) -> None:
        rung.extend(("one", timer.key) for timer in timers)
        other.tick()  # while the first replica's transaction is open

    one.on("bell", ring_one, most=2)
    other.on("bell", ring_other, most=10)
    units.run(DANA, lambda tx: [one.set(tx, "bell", key, START) for key in "abcd"] and None)
    one.tick()

    assert sorted(rung) == [("one", "a"), ("one", "b"), ("other", "c"), ("other", "d")]
