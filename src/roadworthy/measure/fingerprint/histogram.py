"""Logarithmic histograms: adding, reading quantiles, moving by a factor, and counts between given edges.

Bin `b` of a sign holds exp(b/20) <= |x| < exp((b+1)/20). Its edges do not depend on the data, so any two histograms
add up. Inside a bin values are taken to lie evenly on the logarithmic scale; the middle is then at most 2.5 % from any
of them (exp(1/40) - 1 = 0.0253).
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from roadworthy.measure.fingerprint.model import BINS_PER_E, LogHistogram

PACK = 100_000
"""Added to the bin for positive numbers, subtracted for negative ones, so that sign and bin travel as one whole number;
the bins of double precision lie between -14,903 and 14,195."""


def bin_of(magnitude: float) -> int:
    """The bin of a positive number."""
    return math.floor(math.log(magnitude) * BINS_PER_E)


def lower(number: int) -> float:
    """Least magnitude in a bin; infinite beyond double precision."""
    return _exp(number / BINS_PER_E)


def upper(number: int) -> float:
    """Magnitude at which the next bin begins; infinite beyond double precision."""
    return _exp((number + 1) / BINS_PER_E)


def _exp(power: float) -> float:
    try:
        return math.exp(power)
    except OverflowError:
        return math.inf


def packed(value: float) -> int:
    """Sign and bin of a finite number as one whole number."""
    if value == 0:
        return 0
    number = bin_of(abs(value))
    return PACK + number if value > 0 else number - PACK


def unpacked(counts: Mapping[int, int]) -> LogHistogram:
    """The histogram of packed bins."""
    return LogHistogram(
        zero=counts.get(0, 0),
        positive={key - PACK: count for key, count in sorted(counts.items()) if key > PACK // 2},
        negative={key + PACK: count for key, count in sorted(counts.items()) if key < -PACK // 2},
    )


def of(values: Iterable[tuple[float, int]]) -> LogHistogram:
    """The histogram of finite numbers with their counts."""
    counts: Counter[int] = Counter()
    for value, count in values:
        counts[packed(value)] += count
    return unpacked(counts)


def added(first: LogHistogram, second: LogHistogram) -> LogHistogram:
    """The histogram of both together. Associative and commutative; the empty one changes nothing."""
    return LogHistogram(
        zero=first.zero + second.zero,
        positive=_sum(first.positive, second.positive),
        negative=_sum(first.negative, second.negative),
    )


def _sum(first: Mapping[int, int], second: Mapping[int, int]) -> dict[int, int]:
    return {number: first.get(number, 0) + second.get(number, 0) for number in sorted({*first, *second})}


def _spans(histogram: LogHistogram) -> Iterator[tuple[float, float, int]]:
    """Bins in ascending order of value: least, greatest, count; zero is a span without width."""
    for number in sorted(histogram.negative, reverse=True):
        yield -upper(number), -lower(number), histogram.negative[number]
    if histogram.zero:
        yield 0.0, 0.0, histogram.zero
    for number in sorted(histogram.positive):
        yield lower(number), upper(number), histogram.positive[number]


def quantile(histogram: LogHistogram, share: float) -> float:
    """The value below which a share of the values lies, within 2.5 % of the true order statistic.

    Returns:
        The geometric middle of the bin that holds it; NaN of nothing.
    """
    total = histogram.count
    if not total:
        return math.nan
    rank = min(total, max(1, math.ceil(share * total)))
    seen = 0
    for low, high, count in _spans(histogram):
        seen += count
        if seen >= rank:
            return _middle(low, high)
    return math.nan


def _middle(low: float, high: float) -> float:
    if low == 0 == high:
        return 0.0
    sign = -1.0 if high <= 0 else 1.0
    near, far = sorted((abs(low), abs(high)))
    return sign * (near * _exp(0.5 / BINS_PER_E) if math.isinf(far) else math.sqrt(near) * math.sqrt(far))


def counts_on(histogram: LogHistogram, edges: Sequence[float]) -> list[float]:
    """Counts between ascending edges: below the first, between each two (the left one included), from the last on.

    A bin that an edge cuts is shared out evenly on the logarithmic scale.

    Returns:
        One count more than there are edges; they add up to the histogram's count.
    """
    counts = [0.0] * (len(edges) + 1)
    for low, high, count in _spans(histogram):
        cuts = [edge for edge in edges if low < edge < high]
        borders = [low, *cuts, high]
        first = sum(1 for edge in edges if edge <= low)
        for place, (left, right) in enumerate(itertools.pairwise(borders)):
            counts[first + place] += count * (_width(left, right) / _width(low, high) if cuts else 1.0)
    return counts


def _width(low: float, high: float) -> float:
    near, far = sorted((abs(low), abs(high)))
    return math.log(far) - math.log(near) if near > 0 and not math.isinf(far) else 1.0


def shifted(histogram: LogHistogram, factor: float) -> LogHistogram:
    """The histogram as if every value had been multiplied by a factor other than zero, exact to half a bin.

    Raises:
        ValueError: the factor is zero or not finite.
    """
    if factor == 0 or not math.isfinite(factor):
        message = "a histogram is moved by a finite factor other than zero"
        raise ValueError(message)
    move = round(math.log(abs(factor)) * BINS_PER_E)
    positive = {number + move: count for number, count in histogram.positive.items()}
    negative = {number + move: count for number, count in histogram.negative.items()}
    if factor < 0:
        positive, negative = negative, positive
    return LogHistogram(zero=histogram.zero, positive=positive, negative=negative)
