"""Quantiles of the distributions that the verdicts rest on: normal, chi-squared, gamma and binomial tails."""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist

_NORMAL = NormalDist()
_STEPS = 200
"""Halvings or terms after which a search has long converged in double precision."""
_TINY = 1e-300
_CLOSE = 1e-15


@cache
def normal_quantile(probability: float) -> float:
    """The value below which a standard normal falls with this probability, 0 < probability < 1."""
    return _NORMAL.inv_cdf(probability)


@cache
def two_sided(confidence: float) -> float:
    """Standard deviations to each side that hold this share of a normal: 2.576 for 0.99."""
    return normal_quantile(0.5 + confidence / 2)


def normal_tail(value: float) -> float:
    """Probability that a standard normal is above the value."""
    return 0.5 * math.erfc(value / math.sqrt(2))


@cache
def chi2_quantile(probability: float, freedom: float) -> float:
    """The value below which chi-squared of so many degrees of freedom falls with this probability.

    By halving on the regularised incomplete gamma function (Abramowitz and Stegun 6.5); 0 for no freedom.
    """
    if freedom <= 0 or probability <= 0:
        return 0.0
    high = freedom + 10 * math.sqrt(2 * freedom) + 10
    while chi2_tail(high, freedom) > 1 - probability:
        high *= 2
    low = 0.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if chi2_tail(middle, freedom) > 1 - probability:
            low = middle
        else:
            high = middle
        if high - low <= _CLOSE * high:
            break
    return (low + high) / 2


def chi2_tail(value: float, freedom: float) -> float:
    """Probability that chi-squared of so many degrees of freedom is above the value."""
    return gamma_tail(freedom / 2, value / 2)


def gamma_tail(shape: float, value: float) -> float:
    """The upper regularised incomplete gamma function Q(shape, value), for shape > 0.

    The series below shape + 1 and Lentz's continued fraction above it, as in Numerical Recipes 6.2.
    """
    if value <= 0:
        return 1.0
    scale = math.exp(-value + shape * math.log(value) - math.lgamma(shape))
    if value < shape + 1:
        return max(0.0, 1 - scale * _series(shape, value))
    return min(1.0, scale * _fraction(shape, value))


def _series(shape: float, value: float) -> float:
    term = total = 1 / shape
    step = shape
    while term > total * _CLOSE:
        step += 1
        term *= value / step
        total += term
    return total


def _fraction(shape: float, value: float) -> float:
    below = value + 1 - shape
    ratio = 1 / _TINY
    inverse = 1 / below
    total = inverse
    for step in range(1, 10_000):
        factor = -step * (step - shape)
        below += 2
        inverse = 1 / _off_zero(factor * inverse + below)
        ratio = _off_zero(below + factor / ratio)
        change = inverse * ratio
        total *= change
        if abs(change - 1) < _CLOSE:
            break
    return total


def _off_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def poisson_upper(count: float, confidence: float) -> float:
    """The greatest mean that still leaves `count` or fewer with probability 1 - confidence (Garwood 1936)."""
    return chi2_quantile(confidence, 2 * (count + 1)) / 2


def binomial_below(limit: int, trials: int, share: float) -> float:
    """Probability of fewer than `limit` successes in so many trials; exact for small limits, else by the normal."""
    if limit <= 0:
        return 0.0
    if limit > trials or share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    mean = trials * share
    if mean > limit + 12 * math.sqrt(mean) + 40:
        return 0.0
    log_share, log_rest = math.log(share), math.log1p(-share)
    whole = math.lgamma(trials + 1)
    total = 0.0
    for count in range(limit):
        ways = whole - math.lgamma(count + 1) - math.lgamma(trials - count + 1)
        total += math.exp(ways + count * log_share + (trials - count) * log_rest)
    return min(1.0, total)
