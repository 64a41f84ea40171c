"""What a sample has not met: estimated from the sample alone, or tested against another sample of more rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from roadworthy.measure.statistics.intervals import Interval
from roadworthy.measure.statistics.quantiles import two_sided

_STEPS = 80
_LEAST = 1e-260
"""The least probability worked with: one that underflows to zero would make its event no event at all."""
_GOLDEN = (math.sqrt(5) - 1) / 2


def good_turing(counts: Iterable[int], confidence: float = 0.99) -> tuple[float, Interval]:
    """Share of the source in values that the sample never met, from the values' counts in the sample.

    Values met once, over rows (Good 1953). The interval takes the variance N1/n2 + 2 N2/n2 (Esty 1983), and its upper
    end is at least 3/n.
    """
    met = [count for count in counts if count > 0]
    rows = sum(met)
    if not rows:
        return 1.0, Interval(0.0, 1.0)
    once, twice = met.count(1), met.count(2)
    share = once / rows
    half = two_sided(confidence) * math.sqrt(max(0.0, once * (1 - once / rows) + 2 * twice)) / rows
    return share, Interval(max(0.0, share - half), min(1.0, max(share + half, 3 / rows)))


def expected_unseen(shares: Iterable[float], rows: float) -> float:
    """Share of a source that so many rows drawn from it leave unmet, when each value's share is known."""
    return sum(share * math.exp(rows * math.log1p(-share)) for share in shares if 0 < share < 1)


def chance_of_weight(parts: Sequence[tuple[float, float, int]], observed: float) -> float:
    """Upper bound on the probability that independent events weigh at least `observed` together (Chernoff 1952).

    Args:
        parts: weight of an event, its probability, and how many such events there are.
        observed: the weight that was found.

    The events of "no row of this value fell into the sample" are negatively associated, for which the bound holds too.
    """
    known = [(weight, max(_LEAST, chance), many) for weight, chance, many in parts if weight > 0 and many > 0]
    mean = sum(weight * chance * many for weight, chance, many in known)
    if observed <= mean or not known:
        return 1.0
    heaviest = max(weight for weight, _, _ in known)

    def exponent(rate: float) -> float:
        return sum(many * _log_moment(rate * weight, chance) for weight, chance, many in known) - rate * observed

    low, high = 0.0, 1.0 / heaviest
    while exponent(2 * high) < exponent(high) and high * heaviest < 1e6:  # noqa: PLR2004 - where a search surely ends
        high *= 2
    high *= 2
    for _ in range(_STEPS):
        width = (high - low) * _GOLDEN
        if exponent(high - width) < exponent(low + width):
            high = low + width
        else:
            low = high - width
        if high - low < 1e-6 * high:
            break
    return min(1.0, math.exp(min(0.0, exponent((low + high) / 2))))


def _log_moment(rate: float, chance: float) -> float:
    """ln(1 + chance (e^rate - 1)), without overflow."""
    if chance >= 1:
        return rate
    if rate > 30:  # noqa: PLR2004 - e^30 leaves the other term below double precision
        return rate + math.log(chance + (1 - chance) * math.exp(-rate))
    return math.log1p(chance * math.expm1(rate))


def chance_of_unseen(counts: Sequence[tuple[int, int]], n: int, m: int) -> tuple[float, float]:
    """How much of the second sample is in values the first lacks, and how probable as much is from one source.

    Under one source all n + m rows could have changed places: of a value with c rows in both, none is in the first
    with probability (m / (n + m)) ** c. That needs no knowledge of the true shares and holds for open lists too.

    Args:
        counts: rows of each value in the first and in the second sample.
        n: rows of the first.
        m: rows of the second.
    """
    if n <= 0 or m <= 0:
        return 0.0, 1.0
    unseen = sum(second for first, second in counts if first == 0) / m
    if unseen <= 0:
        return 0.0, 1.0
    tally: dict[int, int] = {}
    for first, second in counts:
        tally[first + second] = tally.get(first + second, 0) + 1
    left = math.log(m / (n + m))
    parts = [(total / m, math.exp(total * left), many) for total, many in tally.items() if total]
    return unseen, chance_of_weight(parts, unseen)
