"""Limit windows of actions: never overshot, on both engines, whatever comes at once and however it is split."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roadworthy.foundation.money import Money
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.actions.catalogue.compiled import Ceiling, ceiling_of
from roadworthy.operate.actions.deciding import charging
from roadworthy.operate.actions.deciding.windows import charges
from roadworthy.operate.actions.declared import ActionCeiling
from roadworthy.operate.actions.model import Charge
from roadworthy.operate.actions.tables import action_windows

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
EDGE, AT_ONCE = 20, 500


@dataclass(frozen=True)
class Tried:
    """An action that was asked for."""

    at: dt.datetime
    customer: str
    user: str
    minor: int
    done: bool = False


def ceiling(index: int = 0, **said: object) -> Ceiling:
    return ceiling_of("refunds", ActionCeiling.model_validate(said), index)


def taken(store: Store, some: Sequence[Ceiling], tried: Tried) -> bool:
    """Whether an action passed."""
    scopes = {"customer": tried.customer, "user": tried.user, "agent": "a", "use-case": "u", "run": "r"}
    wanted = list(charges(some, scopes, Money(tried.minor, "EUR"), tried.at))

    return store.write(lambda connection: charging.charge(connection, wanted)) is None


TIMES = st.integers(0, 3 * 3_600)
ACTIONS = st.builds(
    Tried, TIMES.map(lambda seconds: NOON + dt.timedelta(seconds=seconds)), st.sampled_from(["c1", "c2"]),
    st.sampled_from(["u1", "u2", "u3"]), st.integers(1, 6_000),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTIONS, max_size=25))
def test_no_sequence_of_pieces_exceeds_any_window(store: Store, some: list[Tried]) -> None:
    """Neither by splitting, nor by delegating, nor at the turn of an hour."""
    store.write(lambda connection: connection.execute(action_windows.delete()))
    bounds = [
        ceiling(0, amount="100 EUR", per="1h", window="sliding", each=["customer"]),
        ceiling(1, amount="150 EUR", per="hour"),
        ceiling(2, count=6, per="2h", window="sliding", each=["user"]),
    ]
    done = [each for each in sorted(some, key=lambda one: one.at) if taken(store, bounds, each)]
    hour = dt.timedelta(hours=1)
    for each in done:
        of = [one for one in done if one.customer == each.customer and each.at - hour < one.at <= each.at]
        assert sum(one.minor for one in of) <= 10_000
        calendar = [one for one in done if one.at.replace(minute=0, second=0) == each.at.replace(minute=0, second=0)]
        assert sum(one.minor for one in calendar) <= 15_000
        delegated = [one for one in done if one.user == each.user and each.at - 2 * hour < one.at <= each.at]
        assert len(delegated) <= 6


def test_at_the_edge_as_many_pass_as_there_is_room_for(store: Store) -> None:
    bounds = [ceiling(0, amount="20 EUR", per="day"), ceiling(1, count=1_000, per="1h", window="sliding")]
    tried = Tried(NOON, "c1", "u1", 100)
    with ThreadPoolExecutor(16) as pool:
        passed = sum(pool.map(lambda _number: taken(store, bounds, tried), range(AT_ONCE)))
    assert passed == EDGE
    with store.read() as connection:
        used = {row.limit + row.unit: row.used for row in connection.execute(sa.select(action_windows))}
    assert used == {"refundsEUR": 2_000, "refundscount": EDGE}


def test_what_was_not_done_is_given_back(store: Store) -> None:
    bounds = [ceiling(0, amount="1 EUR", per="day")]
    tried = Tried(NOON, "c1", "u1", 100)
    assert taken(store, bounds, tried)
    assert not taken(store, bounds, tried)
    again: list[Charge] = list(charges(bounds, {}, Money(100, "EUR"), NOON))
    store.write(lambda connection: charging.give_back(connection, charging.said(again)))
    assert taken(store, bounds, tried)


def test_an_amount_that_cannot_be_compared_does_not_pass(store: Store) -> None:
    wanted = list(charges([ceiling(0, amount="1000 EUR", per="day")], {}, Money(1, "USD"), NOON))
    over = store.write(lambda connection: charging.charge(connection, wanted))
    assert over is not None
    assert over.used == 0
