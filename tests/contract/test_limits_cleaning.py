"""Windows that count no more go; what still counts, or is in a living process's hands, stays."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from roadworthy.foundation.storage.store import Store
from roadworthy.operate.admission.limits.cleaning import NEWEST, clean
from roadworthy.operate.admission.limits.tables import limit_subjects, limit_windows
from tests.harness.limits import Fleet, book


@pytest.fixture
def fleet(store: Store) -> Fleet:
    return Fleet(store)


def cleaned(fleet: Fleet) -> tuple[int, int]:
    return fleet.store.write(lambda connection: clean(connection, fleet.clock.now()))


def count(fleet: Fleet, table: sa.Table) -> int:
    with fleet.store.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def used_in(fleet: Fleet, days: int) -> None:
    """A call on each of so many days, each in a process of its own that ends."""
    for _ in range(days):
        limits = fleet.process(book(daily={"limits": [{"calls": 5, "per": "day"}]}))
        limits.settle(fleet.admits(limits), {"calls": 1})
        limits.close()
        fleet.clock.advance(dt.timedelta(days=1))


def test_the_newest_windows_stay_and_older_ones_go(fleet: Fleet) -> None:
    used_in(fleet, 2 * NEWEST)
    assert cleaned(fleet) == (0, 0), "not before there are twice as many"
    used_in(fleet, 1)
    assert cleaned(fleet) == (NEWEST + 1, 0)
    assert count(fleet, limit_windows) == NEWEST
    assert cleaned(fleet) == (0, 0)


def test_a_subject_of_whom_nothing_was_heard_for_over_a_year_is_forgotten(fleet: Fleet) -> None:
    used_in(fleet, 3)
    fleet.clock.advance(dt.timedelta(days=399))
    assert cleaned(fleet) == (0, 0)
    fleet.clock.advance(dt.timedelta(days=3))
    cleaned(fleet)
    assert (count(fleet, limit_windows), count(fleet, limit_subjects)) == (0, 0)


def test_what_counts_in_a_sliding_window_is_not_taken_away(fleet: Fleet) -> None:
    rules = book(rate={"limits": [{"calls": 40, "per": "1h", "window": "sliding"}]})
    limits = fleet.process(rules)
    for _ in range(90):
        held = fleet.admits(limits)
        if held is not None:
            limits.settle(held, {"calls": 1})
        fleet.clock.advance(dt.timedelta(minutes=3))
        limits.turn()
    before = fleet.admits(limits)
    windows, _ = cleaned(fleet)
    assert windows > 0
    other = fleet.process(rules)
    passed = sum(fleet.admits(other) is not None for _ in range(50)) + (before is not None)
    with fleet.store.read() as connection:
        since = fleet.clock.now().timestamp() - 3_600
        counted = sa.select(sa.func.sum(limit_windows.c.spent + limit_windows.c.leased)).where(
            limit_windows.c.starts >= since
        )
        assert connection.execute(counted).scalar_one() <= 40
    assert passed <= 40


def test_what_a_living_process_holds_stays_and_calls_at_the_same_time_leave_nothing_behind(fleet: Fleet) -> None:
    limits = fleet.process(book(busy={"each": ["user"], "limits": [{"concurrent": 2}]}))
    held = fleet.admits(limits, {"use-case": "triage", "user": "ada"}, concurrent=1)
    assert held is not None
    assert cleaned(fleet) == (0, 0)
    limits.settle(held, {})
    limits.close()
    assert cleaned(fleet) == (1, 1)
    assert count(fleet, limit_subjects) == 0


def test_what_a_dead_process_held_of_a_window_long_over_goes_with_it(fleet: Fleet) -> None:
    dead = fleet.process(book(daily={"limits": [{"calls": 5, "per": "day"}]}))
    assert fleet.admits(dead) is not None
    fleet.clock.advance(dt.timedelta(days=1))
    used_in(fleet, 2 * NEWEST)
    alive = fleet.process(book(daily={"limits": [{"calls": 5, "per": "day"}]}))
    assert fleet.admits(alive) is not None
    cleaned(fleet)
    assert fleet.leases() == 1, "that of the one that lives"
