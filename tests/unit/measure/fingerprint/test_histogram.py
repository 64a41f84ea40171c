"""Logarithmic histograms add up and tell quantiles within 2.5 %."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.measure.fingerprint import histogram
from roadworthy.measure.fingerprint.model import LogHistogram

FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)
MANY = st.lists(FINITE, max_size=60)


def of(values: list[float]) -> LogHistogram:
    return histogram.of((value, 1) for value in values)


@given(MANY, MANY, MANY)
def test_the_histogram_of_all_is_the_sum_of_those_of_the_parts(
    first: list[float], second: list[float], third: list[float]
) -> None:
    whole = of(first + second + third)

    assert histogram.added(histogram.added(of(first), of(second)), of(third)) == whole
    assert histogram.added(of(third), histogram.added(of(second), of(first))) == whole
    assert histogram.added(whole, LogHistogram()) == whole
    assert whole.count == len(first) + len(second) + len(third)


@given(st.lists(FINITE.filter(lambda value: value == 0 or 1e-280 < abs(value) < 1e280), min_size=1), st.floats(0, 1))
def test_a_quantile_is_within_two_and_a_half_percent_of_the_order_statistic(values: list[float], share: float) -> None:
    rank = min(len(values), max(1, math.ceil(share * len(values))))
    true = sorted(values)[rank - 1]

    assert histogram.quantile(of(values), share) == pytest.approx(true, rel=0.0254, abs=0)


def test_of_nothing_there_is_no_quantile() -> None:
    assert math.isnan(histogram.quantile(LogHistogram(), 0.5))


@given(MANY, st.lists(st.floats(-1e9, 1e9), max_size=6).map(sorted))
def test_counts_between_edges_add_up_to_the_count(values: list[float], edges: list[float]) -> None:
    counts = histogram.counts_on(of(values), edges)

    assert len(counts) == len(edges) + 1
    assert sum(counts) == pytest.approx(len(values))
    assert min(counts) >= 0


def test_counts_between_edges_of_bins_are_exact() -> None:
    values = [-3.0, -1.5, 0.0, 0.2, 1.0, 2.0, 8.0]

    assert histogram.counts_on(of(values), [-2.0, 0.0, 0.5, 5.0]) == [1, 1, 2, 2, 1]


@given(st.lists(st.floats(1e-6, 1e6), min_size=1), st.sampled_from([0.01, 0.4536, 2.54, 100.0, -1.0]))
def test_moving_by_a_factor_moves_every_quantile_by_it(values: list[float], factor: float) -> None:
    moved = histogram.shifted(of(values), factor)
    least = histogram.quantile(of(values), 0.0)

    assert moved.count == len(values)
    edge = 0.0 if factor > 0 else 1.0
    assert histogram.quantile(moved, edge) == pytest.approx(least * factor, rel=0.026)


@pytest.mark.parametrize("factor", [0.0, math.inf, math.nan])
def test_no_histogram_is_moved_by_what_is_no_factor(factor: float) -> None:
    with pytest.raises(ValueError, match="factor"):
        histogram.shifted(of([1.0]), factor)


@given(FINITE.filter(bool))
def test_a_value_lies_in_its_bin(value: float) -> None:
    number = histogram.bin_of(abs(value))

    assert histogram.lower(number) * (1 - 1e-9) <= abs(value) <= histogram.upper(number) * (1 + 1e-9) + 5e-324
    assert histogram.unpacked({histogram.packed(value): 1}).count == 1
