"""Histograms of the two sides on bins of their own making: pilot quantiles, a common grid, the tails."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from roadworthy.measure.fingerprint.model import BINS_PER_E, LogHistogram

Bin = tuple[int, int]
"""Sign and place, so that bins sort as their values do."""

_FEWEST = 10
"""Rows of either side that a bin should have, so that the distance follows its distribution."""
_MOST = 10


def placed(histogram: LogHistogram) -> dict[Bin, int]:
    """Counts by bin; bins compare as the values in them do."""
    bins: dict[Bin, int] = {(-1, -place): count for place, count in histogram.negative.items() if count}
    if histogram.zero:
        bins[0, 0] = histogram.zero
    bins.update({(1, place): count for place, count in histogram.positive.items() if count})
    return bins


def middle(place: Bin) -> float:
    """The value in the middle of a bin, on the scale of logarithms."""
    sign, bin_ = place
    return sign * math.exp((sign * bin_ + 0.5) / BINS_PER_E) if sign else 0.0


def edges(place: Bin) -> tuple[float, float]:
    """Least and greatest value of a bin."""
    sign, bin_ = place
    if not sign:
        return 0.0, 0.0
    low, high = math.exp(sign * bin_ / BINS_PER_E), math.exp((sign * bin_ + 1) / BINS_PER_E)
    return (low, high) if sign > 0 else (-high, -low)


def bins_for(n: float, m: float) -> int:
    """How many bins so many rows of either side bear: a tenth of the rows, at most ten."""
    return int(max(2, min(_MOST, n // _FEWEST, m // _FEWEST)))


def grouped(pilot: Mapping[Bin, int], production: Mapping[Bin, int], bins: int) -> tuple[list[int], list[int]]:
    """Counts of both in the pilot's quantiles; what lies beyond the pilot's ends is in the end bins."""
    total = sum(pilot.values())
    one, two = [0], [0]
    filled = 0
    for place in sorted({*pilot, *production}):
        if filled >= total * len(one) / bins and one[-1] and len(one) < bins and filled < total:
            one.append(0)
            two.append(0)
        one[-1] += pilot.get(place, 0)
        two[-1] += production.get(place, 0)
        filled += pilot.get(place, 0)
    return one, two


def quantile_bin(counts: Mapping[Bin, int], share: float) -> Bin:
    """The bin in which the quantile lies; counts must not be empty."""
    rank = share * sum(counts.values())
    filled = 0
    last = (0, 0)
    for last in sorted(counts):
        filled += counts[last]
        if filled > rank:
            return last
    return last


def median(counts: Mapping[Bin, int]) -> float:
    """The middle value, to within half a bin."""
    return middle(quantile_bin(counts, 0.5))


def outside(counts: Mapping[Bin, int], low: Bin, high: Bin) -> tuple[int, int]:
    """How many are below and above the two bins."""
    return (
        sum(count for place, count in counts.items() if place < low),
        sum(count for place, count in counts.items() if place > high),
    )


def merged_small(one: Sequence[int], two: Sequence[int], fewest: float) -> tuple[list[int], list[int]]:
    """Categories of which either side would expect fewer rows than that are counted as one."""
    n, m = sum(one), sum(two)
    kept: tuple[list[int], list[int]] = ([], [])
    rest = [0, 0]
    for left, right in zip(one, two, strict=True):
        share = (left + right) / (n + m)
        if min(n, m) * share >= fewest:
            kept[0].append(left)
            kept[1].append(right)
        else:
            rest[0] += left
            rest[1] += right
    if any(rest):
        kept[0].append(rest[0])
        kept[1].append(rest[1])
    return kept
