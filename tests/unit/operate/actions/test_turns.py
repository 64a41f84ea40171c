"""Turns at a system: so often, so many at a time, first come first served, and no place is ever lost."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.operate.actions.declared import Rate
from roadworthy.operate.actions.systems.turns import BUSY, PACED, NoTurn, Pace, Turns


def rate(most: int) -> Rate:
    return Rate.model_validate({"most": most, "per": "second"})


@given(
    most=st.integers(1, 50),
    steps=st.lists(st.tuples(st.floats(0, 3), st.floats(0, 20)), min_size=1, max_size=80),
)
def test_no_second_has_more_turns_than_two_buckets_and_nobody_overtakes(
    most: int, steps: list[tuple[float, float]]
) -> None:
    """A full bucket at once and what flows in meanwhile is the most that a bucket lets pass."""
    pace, now, turns = Pace(rate(most)), 0.0, []
    for later, patience in steps:
        now += later
        wait = pace.take(now, patience)
        if wait <= patience:
            turns.append(now + wait)
    for first in turns:
        assert sum(first <= each < first + 1 for each in turns) <= 2 * most
    assert all(before <= after + 1e-6 for before, after in pairwise(turns))


def test_whoever_would_wait_too_long_takes_nothing_from_those_who_would_not() -> None:
    pace = Pace(rate(1))
    assert pace.take(0.0) == 0.0
    assert pace.take(0.0, 0.5) == 1.0  # further away than it waits
    assert pace.take(0.0, 2.0) == 1.0
    assert pace.take(0.0, 2.0) == 2.0
    assert pace.take(3.0) == 0.0


def test_a_place_that_is_left_goes_to_whoever_waits_longest() -> None:
    async def day() -> list[str]:
        turns, order = Turns(Pace(None), 2), list[str]()

        async def one(name: str) -> None:
            assert await turns.take() is None
            order.append(name)

        await asyncio.gather(one("a"), one("b"))
        waits = [asyncio.ensure_future(one(each)) for each in "cd"]
        await asyncio.sleep(0)
        assert (order, turns.busy) == (["a", "b"], 2)
        turns.leave()
        turns.leave()
        await asyncio.gather(*waits)
        for _ in range(2):
            turns.leave()
        assert turns.busy == 0
        return order

    assert asyncio.run(day()) == ["a", "b", "c", "d"]


def test_whoever_waits_in_vain_is_told_why() -> None:
    async def day() -> tuple[NoTurn | None, NoTurn | None]:
        busy, paced = Turns(Pace(None), 1), Turns(Pace(rate(1)), 1)
        assert await busy.take() is None
        assert await paced.take() is None
        return await busy.take(0.01), await paced.take(0.01)

    none, late = asyncio.run(day())
    assert (none, late is not None and late.error) == (NoTurn(BUSY, 1.0), PACED)


@pytest.mark.parametrize("given_first", [True, False])
def test_a_place_that_is_handed_to_somebody_who_went_away_is_not_lost(given_first: bool) -> None:
    async def day() -> int:
        turns = Turns(Pace(None), 1)
        assert await turns.take() is None
        waits = asyncio.ensure_future(turns.take())
        await asyncio.sleep(0)
        if given_first:
            turns.leave()
        waits.cancel()
        await asyncio.gather(waits, return_exceptions=True)
        if not given_first:
            turns.leave()
        assert await turns.take(0.01) is None
        turns.leave()
        return turns.busy

    assert asyncio.run(day()) == 0
