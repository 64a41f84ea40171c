import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from roadworthy.measure.statistics.intervals import fisher_p, newcombe, newcombe_p, rule_of_three, wilson

_SHARES = st.integers(1, 5000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@given(_SHARES)
def test_wilson_is_that_of_scipy(share: tuple[int, int]) -> None:
    count, of = share
    expected = stats.binomtest(count, of).proportion_ci(0.99, method="wilson")
    found = wilson(count, of, 0.99)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_nothing_leaves_everything_possible() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0, 1)
    assert (newcombe(0, 0, 1, 2).low, newcombe(0, 0, 1, 2).high) == (-1, 1)
    assert rule_of_three(0) == 1


def test_newcombe_gives_the_example_of_its_paper() -> None:
    # Newcombe 1998, table II, (a): 56/70 less 48/80 is 0.2, from 0.0524 to 0.3339.
    between = newcombe(48, 80, 56, 70, 0.95)
    assert (between.low, between.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@given(_SHARES, _SHARES)
def test_the_difference_is_inside_and_turns_with_the_sides(one: tuple[int, int], two: tuple[int, int]) -> None:
    there, back = newcombe(*one, *two), newcombe(*two, *one)
    difference = two[0] / two[1] - one[0] / one[1]
    assert there.low - 1e-12 <= difference <= there.high + 1e-12
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-9)


@given(_SHARES, _SHARES)
def test_the_probability_agrees_with_the_interval(one: tuple[int, int], two: tuple[int, int]) -> None:
    chance = newcombe_p(*one, *two)
    for confidence in (0.9, 0.99, 0.9999):
        if abs(chance - (1 - confidence)) > 1e-9:
            assert newcombe(*one, *two, confidence).holds(0) == (chance > 1 - confidence)


def test_none_of_fifty_leaves_six_percent_possible() -> None:
    assert rule_of_three(50) == pytest.approx(0.06)


@given(_SHARES, _SHARES)
def test_the_exact_probability_is_twice_the_tail_of_scipy(one: tuple[int, int], two: tuple[int, int]) -> None:
    table = [[one[0], one[1] - one[0]], [two[0], two[1] - two[0]]]
    tail = min(stats.fisher_exact(table, side).pvalue for side in ("less", "greater"))
    found = fisher_p(*one, *two)
    # Equal shares count from the middle, where both tails are more than a half.
    assert found == pytest.approx(min(1.0, 2 * tail), rel=1e-6, abs=1e-250) or (found == 1.0 and tail > 0.4)


def test_a_rare_event_that_a_small_sample_met_is_no_proof() -> None:
    assert newcombe_p(1, 50, 100, 100_000) < 0.001
    assert fisher_p(1, 50, 100, 100_000) > 0.05
    assert fisher_p(0, 0, 1, 2) == fisher_p(0, 5, 0, 9) == 1
