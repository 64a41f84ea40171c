import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import distance

from roadworthy.measure.statistics.distances import homogeneity_p, jensen_shannon, kolmogorov, psi, psi_noise

_COUNTS = st.integers(2, 12).flatmap(
    lambda bins: st.tuples(*(st.lists(st.integers(1, 1000), min_size=bins, max_size=bins) for _ in range(2)))
)


@given(_COUNTS)
def test_jensen_shannon_is_that_of_scipy(sides: tuple[list[int], list[int]]) -> None:
    assert jensen_shannon(*sides) == pytest.approx(distance.jensenshannon(*sides, base=2), abs=1e-7)


@given(_COUNTS)
def test_homogeneity_is_the_more_cautious_of_two_tests_of_scipy(sides: tuple[list[int], list[int]]) -> None:
    pearson, ratio = (
        stats.chi2_contingency(sides, correction=False, lambda_=name).pvalue for name in ("pearson", "log-likelihood")
    )
    assert homogeneity_p(*sides) == pytest.approx(max(pearson, ratio), rel=1e-6, abs=1e-250)


def test_quantiles_of_a_small_sample_are_not_surer_than_they_say() -> None:
    draw = random.Random(7)
    found = []
    for _ in range(4_000):
        # Shares of a source between the order statistics of 50 of its rows, ten to a bin.
        gaps = [draw.gammavariate(10, 1) for _ in range(4)] + [draw.gammavariate(11, 1)]
        found.append(homogeneity_p([10] * 5, [1e6 * gap / sum(gaps) for gap in gaps]))
    assert sum(p < 0.001 for p in found) <= 4_000 * 0.001 * 2.5


@given(_COUNTS)
def test_a_distance_is_nothing_to_itself_and_the_same_both_ways(sides: tuple[list[int], list[int]]) -> None:
    one, two = sides
    for measure in (psi, jensen_shannon, kolmogorov):
        assert measure(one, one) == pytest.approx(0, abs=1e-7)
        assert measure(one, two) == pytest.approx(measure(two, one), abs=1e-9)
        assert measure(one, two) >= 0


def test_an_empty_side_is_at_no_distance() -> None:
    assert psi([], []) == psi([0, 0], [1, 2]) == jensen_shannon([0], [3]) == kolmogorov([0], [3]) == 0
    assert homogeneity_p([0, 0], [1, 2]) == 1
    assert psi_noise(10, 0, 5) == math.inf


def test_nothing_in_common_is_as_far_as_can_be() -> None:
    assert jensen_shannon([5, 0], [0, 7]) == pytest.approx(1)
    assert kolmogorov([5, 0], [0, 7]) == pytest.approx(1)


@pytest.mark.parametrize("n", [200, 1000])
def test_two_samples_of_one_source_stay_under_the_noise(n: int) -> None:
    random_ = random.Random(n)
    over = 0
    for _ in range(200):
        one, two = ([0] * 10, [0] * 10)
        for side, size in ((one, n), (two, 10 * n)):
            for value in random_.choices(range(10), k=size):
                side[value] += 1
        over += psi(one, two) > psi_noise(10, n, 10 * n)
    # One in a hundred is expected; eleven of 200 has a probability of 1e-5.
    assert over < 11
