import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from roadworthy.measure.statistics.quantiles import (
    binomial_below,
    chi2_quantile,
    chi2_tail,
    normal_tail,
    poisson_upper,
    two_sided,
)


@given(st.floats(0.01, 0.9999), st.integers(1, 400))
def test_chi_squared_is_that_of_scipy(probability: float, freedom: int) -> None:
    assert math.isclose(chi2_quantile(probability, freedom), stats.chi2.ppf(probability, freedom), rel_tol=1e-6)


@given(st.floats(0.0, 500), st.integers(1, 300))
def test_its_tail_is_that_of_scipy(value: float, freedom: int) -> None:
    assert math.isclose(chi2_tail(value, freedom), stats.chi2.sf(value, freedom), rel_tol=1e-8, abs_tol=1e-280)


def test_no_freedom_has_no_spread() -> None:
    assert chi2_quantile(0.99, 0) == 0


@given(st.floats(-30, 30))
def test_the_normal_tail_is_that_of_scipy(value: float) -> None:
    assert math.isclose(normal_tail(value), stats.norm.sf(value), rel_tol=1e-9)


def test_ninety_nine_percent_lie_within_2_576_deviations() -> None:
    assert two_sided(0.99) == pytest.approx(2.5758, abs=1e-4)


@given(st.integers(0, 60), st.integers(1, 3000), st.floats(0.0001, 0.9999))
def test_few_successes_are_as_probable_as_scipy_says(limit: int, trials: int, share: float) -> None:
    expected = stats.binom.cdf(limit - 1, trials, share) if limit else 0.0
    assert binomial_below(limit, trials, share) == pytest.approx(expected, abs=1e-9)


@given(st.integers(0, 500))
def test_the_greatest_mean_leaves_the_count_with_the_rest_of_the_confidence(count: int) -> None:
    assert stats.poisson.cdf(count, poisson_upper(count, 0.99)) == pytest.approx(0.01, rel=1e-6)
