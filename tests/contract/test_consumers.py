"""Consumers of the ledger, on both engines: nothing missed, nothing twice, nothing stuck."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence

import pytest

from roadworthy.foundation.errors import NotFound, Unavailable
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.runtime import SystemClock
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.consumers import Consumers, Since
from roadworthy.foundation.workflow.model import Retries
from tests.contract.waiting import DANA, HOUR, Deployment, deployment

BROKEN = Unavailable("echo-broken", "there is no echo today", remedy="come back tomorrow")


@pytest.fixture
def at(store: Store) -> Deployment:
    return deployment(store)


class Echo:
    """Records an event for each entry, so that what it did can be compared with what it saw."""

    def __init__(self, broken: set[str] | None = None) -> None:
        self.seen: list[list[str]] = []
        """Resources as handed over, failed units included."""
        self.broken = broken or set()

    def __call__(self, tx: Transaction, entries: Sequence[Entry]) -> None:
        self.seen.append([each.resource for each in entries])
        for each in entries:
            tx.record(Draft("echo.heard", each.resource))
            if each.resource in self.broken:
                raise BROKEN


def heard(at: Deployment) -> list[str]:
    return [each.split()[1] for each in at.recorded("echo.")]


def test_a_consumer_gets_what_it_wants_once_and_in_order(at: Deployment) -> None:
    echo = Echo()
    at.consumers.on("echo", echo, ["bell.", "*.applied"])
    at.consumers.start()
    at.consumers.close()
    at.record("bell.rung A", "use-case.applied B", "use-case.opened C", "bell.cast D")

    assert at.consumers.tick() == 3
    assert at.consumers.tick() == 0
    assert echo.seen == [["A", "B", "D"]]
    assert heard(at) == ["A", "B", "D"]


def test_a_new_consumer_begins_as_it_declares_and_an_old_one_where_it_was(at: Deployment) -> None:
    at.record("bell.rung A")
    late, all_of_it = Echo(), Echo()
    at.consumers.on("late", late, ["bell."])
    at.consumers.on("all", all_of_it, ["bell."], since=Since.BEGINNING)
    at.consumers.tick()
    at.record("bell.rung B")

    again = at.beside()
    again.consumers.on("late", late, ["bell."], since=Since.BEGINNING)
    again.consumers.on("all", all_of_it, ["bell."])
    at.consumers.tick()
    again.consumers.tick()
    assert (late.seen, all_of_it.seen) == ([["B"]], [["A"], ["B"]])


def test_many_are_handed_over_in_portions_and_what_nobody_wants_is_passed_over(at: Deployment) -> None:
    echo = Echo()
    at.consumers.on("echo", echo, ["bell."], most=3)
    at.consumers.tick()
    at.units.run(DANA, lambda tx: [tx.record(Draft("dust.settled", "Dust")) for _ in range(6_000)] and None)
    at.record(*(f"bell.rung {name}" for name in "ABCDEFG"))

    assert at.consumers.tick() == 7
    assert echo.seen == [["A", "B", "C"], ["D", "E", "F"], ["G"]]


def test_an_entry_that_fails_is_tried_by_itself_then_given_up_and_the_rest_goes_on(at: Deployment) -> None:
    echo = Echo({"B"})
    at.consumers.on("echo", echo, ["bell."], retries=Retries(most=3), owner="person-7")
    at.consumers.tick()
    at.record("bell.rung A", "bell.rung B", "bell.rung C")

    assert at.consumers.tick() == 1
    assert heard(at) == ["A"], "what is behind the one that fails waits, and nothing of the failed unit is left"
    assert at.consumers.tick() == 0, "it rests"
    (cursor,) = at.consumers.standing()
    assert (cursor.attempts, cursor.last_error) == (1, "echo-broken: there is no echo today")
    for _ in range(3):
        at.pass_by(HOUR)

    assert heard(at) == ["A", "C"]
    (letter,) = at.letters.all()
    assert (letter.kind, letter.owner, letter.attempts) == ("consumer", "person-7", 3)
    assert letter.reason == "echo-broken: there is no echo today"
    assert at.recorded("dead-letter.") == ["dead-letter.given-up DeadLetter/consumer"]


def given_up(at: Deployment, echo: Echo) -> str:
    at.consumers.on("echo", echo, ["bell."], retries=Retries(most=1))
    at.consumers.tick()
    at.record("bell.rung B")
    at.consumers.tick()
    (letter,) = at.letters.all()
    return letter.key


def test_what_was_given_up_is_tried_again_when_somebody_asks_and_comes_back_where_it_fails(at: Deployment) -> None:
    echo = Echo({"B"})
    key = given_up(at, echo)

    at.consumers.tick()
    assert len(echo.seen) == 1, "by itself it is not tried again"
    at.letters.retry(DANA, "consumer", key)
    assert [letter.again for letter in at.letters.all()] == [True]
    assert at.consumers.tick() == 0
    (letter,) = at.letters.all()
    assert (letter.attempts, letter.again) == (2, False)

    echo.broken = set()
    at.letters.retry(DANA, "consumer", key)
    assert at.consumers.tick() == 1
    assert at.letters.all() == []
    assert heard(at) == ["B"]
    with pytest.raises(NotFound):
        at.letters.retry(DANA, "consumer", key)


def test_what_a_program_does_not_know_it_leaves_to_one_that_does(at: Deployment) -> None:
    key = given_up(at, Echo({"B"}))
    at.letters.retry(DANA, "consumer", key)
    other = at.beside()

    assert other.consumers.tick() == 0
    assert [letter.again for letter in other.letters.all()] == [True]


def test_a_consumer_of_everything_does_not_feed_on_its_own_failures(at: Deployment) -> None:
    def fails(_tx: Transaction, _entries: Sequence[Entry]) -> None:
        raise BROKEN

    at.consumers.on("all", fails, retries=Retries(most=1))
    at.consumers.tick()
    at.record("bell.rung A")
    for _ in range(5):
        at.consumers.tick()
        at.settle()

    assert len(at.letters.all()) == 1


def test_a_clock_that_is_set_back_or_forward_stops_nothing(at: Deployment) -> None:
    echo = Echo({"A"})
    at.consumers.on("echo", echo, ["bell."], retries=Retries(most=9))
    at.consumers.tick()
    at.clock.advance(dt.timedelta(days=3650))
    at.record("bell.rung A")
    at.consumers.tick()
    at.clock.advance(-dt.timedelta(days=3650))
    echo.broken = set()

    assert at.consumers.tick() == 1
    assert at.beside().clock is at.clock
    at.clock.advance(-dt.timedelta(days=3650))
    at.record("bell.rung B")
    assert at.consumers.tick() == 1


@pytest.mark.postgres
def test_entries_of_units_that_commit_late_are_not_missed(postgres_store: Store) -> None:
    """An entry recorded first and committed last gets its position when it is committed, behind the cursor never."""
    at = deployment(postgres_store)
    echo = Echo()
    at.consumers.on("echo", echo, ["bell."])
    at.consumers.tick()

    def slow(tx: Transaction) -> None:
        tx.record(Draft("bell.rung", "early"))
        at.record("bell.rung late")  # another unit begins later and commits first
        at.consumers.tick()

    at.units.run(DANA, slow)
    at.settle()
    at.consumers.tick()
    assert echo.seen == [["late"], ["early"]]


@pytest.mark.postgres
def test_replicas_leave_a_consumer_to_whoever_holds_it_and_take_over_when_the_lease_is_over(
    postgres_store: Store,
) -> None:
    lease = dt.timedelta(seconds=1)
    one = deployment(postgres_store, SystemClock(), lease)
    other = one.beside(lease=lease)
    echo, echo_other = Echo(), Echo()
    one.consumers.on("echo", echo, ["bell."])
    other.consumers.on("echo", echo_other, ["bell."])
    one.consumers.tick()
    one.record("bell.rung A")
    renewed = time.monotonic()
    assert one.consumers.tick() == 1
    one.record("bell.rung B")

    taken = other.consumers.tick()
    held = time.monotonic() - renewed
    assert not taken or held >= lease.total_seconds(), "the lease holds"
    assert taken or taken_over_within(other.consumers, 2 * lease.total_seconds())
    assert (echo.seen, echo_other.seen) == ([["A"]], [["B"]])


def taken_over_within(consumers: Consumers, seconds: float) -> bool:
    """Whether a look that began so late at the latest took over, however slow the machine."""
    began = time.monotonic()
    while True:
        looked = time.monotonic() - began
        if consumers.tick():
            return True
        if looked > seconds:
            return False
        time.sleep(0.02)


@pytest.mark.postgres
def test_whoever_was_stopped_past_the_lease_and_goes_on_leaves_nothing(postgres_store: Store) -> None:
    lease = dt.timedelta(seconds=0.2)
    one = deployment(postgres_store, SystemClock(), lease)
    other = one.beside(lease=lease)
    echo = Echo()
    meanwhile: list[bool] = []

    def stopped(tx: Transaction, entries: Sequence[Entry]) -> None:
        for each in entries:
            tx.record(Draft("echo.heard", f"{each.resource}-stale"))
        if not meanwhile:  # stands still within the unit until the other one has taken over
            meanwhile.append(taken_over_within(other.consumers, 5))

    one.consumers.on("echo", stopped, ["bell."])
    other.consumers.on("echo", echo, ["bell."])
    one.consumers.tick()
    one.record("bell.rung A")
    one.consumers.tick()

    assert meanwhile == [True]
    assert heard(one) == ["A"]
    (cursor,) = one.consumers.standing()
    assert (cursor.attempts, cursor.fence) == (0, 2)


def test_a_handler_that_fails_does_not_stop_the_turns(at: Deployment) -> None:
    tries: list[int] = []

    def stops(_tx: Transaction, _entries: Sequence[Entry]) -> None:
        tries.append(len(tries))
        raise BROKEN

    at.consumers.on("echo", stops, ["bell."])
    at.consumers.tick()
    at.record("bell.rung A")
    at.consumers.tick()
    at.pass_by(HOUR)

    assert len(tries) == 2
