import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.measure.statistics.coverage import chance_of_unseen, chance_of_weight, expected_unseen, good_turing


def _draw(random_: random.Random, values: int, rows: int) -> Counter[int]:
    weights = [1 / (place + 1) for place in range(values)]
    return Counter(random_.choices(range(values), weights, k=rows))


@pytest.mark.parametrize("values", [20, 500, 5000])
def test_good_turing_holds_what_the_sample_did_not_meet(values: int) -> None:
    random_ = random.Random(values)
    total = sum(1 / (place + 1) for place in range(values))
    outside = 0
    for _ in range(100):
        met = _draw(random_, values, 400)
        unmet = sum(1 / (place + 1) for place in range(values) if place not in met) / total
        outside += not good_turing(met.values())[1].holds(unmet)
    assert outside <= 5


def test_an_empty_sample_knows_nothing() -> None:
    share, between = good_turing([])
    assert (share, between.low, between.high) == (1, 0, 1)


def test_what_was_met_again_and_again_leaves_three_over_n() -> None:
    assert good_turing([50, 50])[1].high == pytest.approx(3 / 100)


@pytest.mark.parametrize("values", [5, 50, 3000, 10**6])
def test_two_samples_of_one_source_are_not_called_unlike(values: int) -> None:
    random_ = random.Random(values)
    chances = []
    for _ in range(100):
        one, two = _draw(random_, min(values, 20000), 150), _draw(random_, min(values, 20000), 1500)
        chances.append(chance_of_unseen([(one[value], count) for value, count in two.items()], 150, 1500)[1])
    # The bound is never too small: at most one in a hundred, and here far fewer.
    assert sum(chance < 0.01 for chance in chances) <= 3


def test_a_value_that_is_common_on_one_side_only_is_no_chance() -> None:
    unseen, chance = chance_of_unseen([(40, 840), (10, 0), (0, 160)], 50, 1000)
    assert unseen == pytest.approx(0.16)
    assert chance < 0.01


def test_a_huge_unseen_value_is_no_chance_either() -> None:
    assert chance_of_unseen([(10**5, 10**7), (0, 10**6)], 10**5, 11 * 10**6)[1] < 1e-20


@given(st.lists(st.tuples(st.floats(0.001, 1), st.floats(0, 1), st.integers(1, 5)), min_size=1, max_size=6))
def test_the_bound_is_at_least_the_chance_of_everything_at_once(parts: list[tuple[float, float, int]]) -> None:
    everything = sum(weight * many for weight, _, many in parts)
    together = 1.0
    for _, chance, many in parts:
        together *= chance**many
    assert chance_of_weight(parts, everything * (1 - 1e-9)) >= together * (1 - 1e-6)


def test_more_rows_leave_less_unmet() -> None:
    shares = [0.5, 0.3, 0.2]
    assert expected_unseen(shares, 1) > expected_unseen(shares, 10) > expected_unseen(shares, 100)
    assert expected_unseen(shares, 0) == pytest.approx(1)
