from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.draws import Draws, Weights
from examples.measuring import Found, Share, bootstrap


@given(st.integers(), st.integers(min_value=1, max_value=10_000))
def test_draws_stay_within_their_limits_and_repeat(seed: int, limit: int) -> None:
    first, again = Draws(seed, "a"), Draws(seed, "a")
    drawn = [first.below(limit) for _ in range(20)]
    assert all(0 <= each < limit for each in drawn)
    assert drawn == [again.below(limit) for _ in range(20)]


def test_streams_of_other_names_are_other_streams() -> None:
    assert [Draws(1, "a").below(1000) for _ in range(1)] != [Draws(1, "b").below(1000) for _ in range(1)]


def test_the_first_numbers_of_a_stream_never_change() -> None:
    """The data of a seed is the same on every machine and in every version; a change here changes all of it."""
    draws = Draws(2026, "pinned")
    assert [draws.below(1_000_000) for _ in range(4)] == [91053, 134019, 584307, 599809]


def test_shares_are_drawn_in_proportion() -> None:
    draws, weights = Draws(3), Weights({"a": 0.7, "b": 0.3})
    drawn = [draws.weighted(weights) for _ in range(5_000)]
    assert 0.67 < drawn.count("a") / 5_000 < 0.73


@pytest.mark.parametrize("mean", [0.3, 3.0])
def test_counts_and_waits_have_their_mean(mean: float) -> None:
    draws = Draws(5)
    assert sum(draws.count(mean) for _ in range(5_000)) / 5_000 == pytest.approx(mean, rel=0.1)
    assert sum(draws.waiting(mean) for _ in range(5_000)) / 5_000 == pytest.approx(mean, rel=0.1)


@given(st.lists(st.integers(), unique=True), st.integers(min_value=0, max_value=20))
def test_some_are_different_ones(items: list[int], many: int) -> None:
    drawn = Draws(1).some(items, many)
    assert len(set(drawn)) == len(drawn) == min(many, len(items))
    assert set(drawn) <= set(items)


# ---------------------------------------------------------------- figures


@given(st.integers(min_value=0, max_value=500), st.integers(min_value=0, max_value=500))
def test_an_interval_holds_its_share(hits: int, more: int) -> None:
    share = Share(hits, hits + more)
    low, high = share.interval
    assert 0 <= low <= high <= 1
    if share.value is not None:
        assert low <= share.value + 1e-12
        assert share.value <= high + 1e-12


def test_wilsons_interval_is_the_published_one() -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263 by the score method without correction."""
    low, high = Share(81, 263).interval
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert Share(0, 0).value is None


def test_found_counts_what_is_right_wrong_and_missed() -> None:
    found = Found()
    found.add({"a", "b"}, {"b", "c"})
    assert (found.right, found.wrong, found.missed) == (1, 1, 1)
    assert found.precision.value == found.recall.value == 0.5


def test_a_bootstrap_of_equal_cases_has_no_width() -> None:
    assert bootstrap([1.0] * 20, lambda cases: sum(cases) / len(cases), Draws(1)) == (1.0, 1.0)
