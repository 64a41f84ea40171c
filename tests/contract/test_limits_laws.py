"""Laws of windows that processes share: whatever they do, die of, or leave unsaid, none has more than its ceiling."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.operate.admission.limits.book import Book
from roadworthy.operate.admission.limits.model import Reserved
from roadworthy.operate.admission.limits.service import Limits
from roadworthy.operate.admission.limits.tables import limit_leases, limit_subjects, limit_windows
from tests.harness.limits import Fleet, book

TRIAGE = {"use-case": "triage"}
PROCESSES = 3
MINUTE = dt.timedelta(minutes=1)
_NAMES = itertools.count()


@dataclass
class Call:
    """A call that passed, as it was really made."""

    at: dt.datetime
    amount: int
    """What it may have used at most, until it is known."""
    by: Limits
    reserved: Reserved
    open: bool = True


@dataclass
class World:
    """Processes, and the truth about them."""

    fleet: Fleet
    rules: Book
    most: int
    sliding: bool
    processes: list[Limits] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    dead: list[Limits] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.processes = [self.fleet.process(self.rules) for _ in range(PROCESSES)]

    def ask(self, which: int, amount: int) -> None:
        limits = self.processes[which % PROCESSES]
        reserved = self.fleet.admits(limits, TRIAGE, tokens=amount)
        if reserved is not None:
            self.calls.append(Call(self.fleet.clock.now(), amount, limits, reserved))

    def settle(self, which: int, amount: int) -> None:
        living = [call for call in self.calls if call.open and call.by in self.processes]
        if living:
            call = living[which % len(living)]
            used = min(amount, call.amount)
            call.by.settle(call.reserved, {"tokens": used})
            call.amount, call.open = used, False

    def wait(self, which: int, amount: int) -> None:
        del which
        self.fleet.clock.advance(dt.timedelta(seconds=amount if self.sliding else 2 * amount))

    def turn(self, which: int, amount: int) -> None:
        del amount
        self.processes[which % PROCESSES].turn()

    def crash(self, which: int, amount: int) -> None:
        del amount
        self.dead.append(self.processes[which % PROCESSES])
        self.processes[which % PROCESSES] = self.fleet.process(self.rules)

    def holds(self) -> bool:
        """Whether no window ever had more than its ceiling."""
        if not self.sliding:
            return sum(call.amount for call in self.calls) <= self.most
        return all(
            sum(other.amount for other in self.calls if call.at <= other.at < call.at + MINUTE) <= self.most
            for call in self.calls
        )


MOVES: dict[str, Callable[[World, int, int], None]] = {
    "ask": World.ask,
    "ask again": World.ask,
    "settle": World.settle,
    "wait": World.wait,
    "turn": World.turn,
    "crash": World.crash,
}
STEPS = st.lists(
    st.tuples(st.sampled_from(list(MOVES)), st.integers(0, 5), st.integers(1, 90)), min_size=5, max_size=25
)


def world(store: SqliteStore, most: int, *, sliding: bool) -> World:
    name = f"law-{next(_NAMES)}"
    ceiling = {"tokens": most, "per": "1m", "window": "sliding"} if sliding else {"tokens": most, "per": "year"}
    return World(Fleet(store), book(**{name: {"limits": [ceiling]}}), most, sliding)


@pytest.mark.parametrize("sliding", [False, True], ids=["year", "any minute"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=30)
@given(steps=STEPS, most=st.integers(1, 150))
def test_no_window_is_ever_overshot(
    sqlite_store: SqliteStore, steps: list[tuple[str, int, int]], most: int, sliding: bool
) -> None:
    here = world(sqlite_store, most, sliding=sliding)
    for name, which, amount in steps:
        MOVES[name](here, which, amount)
        assert here.holds()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=30)
@given(steps=STEPS, most=st.integers(1, 150))
def test_nothing_is_lost_for_good(sqlite_store: SqliteStore, steps: list[tuple[str, int, int]], most: int) -> None:
    """Once every call is over and every process that lives has said so, only what the dead held is in doubt."""
    here = world(sqlite_store, most, sliding=False)
    for name, which, amount in steps:
        MOVES[name](here, which, amount)
    for call in here.calls:
        if call.open and call.by in here.processes:
            call.by.settle(call.reserved, {"tokens": call.amount})
            call.open = False
    for limits in here.processes:
        limits.turn()  # hears of leases that were given up
        limits.close()

    name = here.rules.limits[0].name
    with sqlite_store.read() as connection:
        ids = sa.select(limit_subjects.c.id).where(limit_subjects.c.name == name)
        row = connection.execute(
            sa.select(sa.func.sum(limit_windows.c.spent), sa.func.sum(limit_windows.c.leased)).where(
                limit_windows.c.id.in_(ids)
            )
        ).one()
        left = set(connection.execute(sa.select(limit_leases.c.replica).where(limit_leases.c.id.in_(ids))).scalars())
    known = sum(call.amount for call in here.calls if call.by in here.processes)
    doubted = sum(call.amount for call in here.calls if call.by in here.dead)
    spent, leased = row[0] or 0, row[1] or 0
    assert left <= {limits.replica for limits in here.dead}
    assert known <= spent <= known + doubted  # a dead process may have said something before it died
    assert doubted <= leased + spent - known
    assert spent + leased <= most
