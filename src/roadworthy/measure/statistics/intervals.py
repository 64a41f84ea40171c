"""Intervals for shares and for the difference of two shares, and what nothing among so many still allows."""

from __future__ import annotations

import math
from dataclasses import dataclass

from roadworthy.measure.statistics.quantiles import two_sided

_HALVINGS = 60
_FARTHEST = 40.0
"""Standard deviations beyond which a probability is 0 in double precision."""
_NEGLIGIBLE = 1e-12
"""Part of a sum that a further term may be before it is left out."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From low to high, both included."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether the value lies inside."""
        return self.low <= value <= self.high


def wilson(count: float, of: float, confidence: float = 0.99) -> Interval:
    """Interval for a share (Wilson 1927); everything from 0 to 1 of nothing."""
    return _wilson(count, of, two_sided(confidence))


def _wilson(count: float, of: float, z: float) -> Interval:
    if of <= 0:
        return Interval(0.0, 1.0)
    share, square = count / of, z * z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = z * math.sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    low = 0.0 if count <= 0 else max(0.0, middle - half)
    high = 1.0 if count >= of else min(1.0, middle + half)
    return Interval(low, high)


def newcombe(count: float, of: float, count_2: float, of_2: float, confidence: float = 0.99) -> Interval:
    """Interval for the second share less the first (Newcombe 1998, method 10); from -1 to 1 where a side is empty."""
    if of <= 0 or of_2 <= 0:
        return Interval(-1.0, 1.0)
    return _newcombe(count, of, count_2, of_2, two_sided(confidence))


def _newcombe(count: float, of: float, count_2: float, of_2: float, z: float) -> Interval:
    first, second = count / of, count_2 / of_2
    one, two = _wilson(count, of, z), _wilson(count_2, of_2, z)
    difference = second - first
    return Interval(
        difference - math.hypot(second - two.low, one.high - first),
        difference + math.hypot(two.high - second, first - one.low),
    )


def newcombe_p(count: float, of: float, count_2: float, of_2: float) -> float:
    """The least 1 - confidence at which Newcombe's interval still excludes a difference of 0.

    Two-sided, from 0 to 1: what Holm's procedure sorts by, so that its verdict and the interval cannot disagree.
    """
    if of <= 0 or of_2 <= 0 or math.isclose(count / of, count_2 / of_2, abs_tol=1e-15):
        return 1.0
    low, high = 0.0, _FARTHEST
    for _ in range(_HALVINGS):
        z = (low + high) / 2
        interval = _newcombe(count, of, count_2, of_2, z)
        if interval.low <= 0 <= interval.high:
            high = z
        else:
            low = z
    return math.erfc(low / math.sqrt(2))


def fisher_p(count: int, of: int, count_2: int, of_2: int) -> float:
    """Probability that two samples of one source differ at least so much: twice Fisher's exact tail, at most 1.

    Newcombe's interval lies too close to a rare event that a small sample met: one row of 50 of what has a share of
    0.001 is beyond it at 99.9 %, and yet happens in one sample of twenty.
    """
    total, hits = of + of_2, count + count_2
    if of <= 0 or of_2 <= 0 or hits <= 0 or hits >= total:
        return 1.0
    step = 1 if count * total >= hits * of else -1
    last = min(hits, of) if step > 0 else max(0, hits - of_2)
    term = math.exp(_chosen(hits, count) + _chosen(total - hits, of - count) - _chosen(total, of))
    tail, at = term, count
    while at != last and term > tail * _NEGLIGIBLE:
        if step > 0:
            term *= (hits - at) * (of - at) / ((at + 1) * (total - hits - of + at + 1))
        else:
            term *= at * (total - hits - of + at) / ((hits - at + 1) * (of - at + 1))
        at += step
        tail += term
    return min(1.0, 2 * tail)


def _chosen(of: int, count: int) -> float:
    """Logarithm of the number of ways to choose so many."""
    return math.lgamma(of + 1) - math.lgamma(count + 1) - math.lgamma(of - count + 1)


def rule_of_three(of: float) -> float:
    """The greatest share that none of so many rows leaves possible: 3 / n, at 95 % (Hanley and Lippman-Hand 1983)."""
    return min(1.0, 3 / of) if of > 0 else 1.0
