"""How firmly the picks stand: the ranking made again with every assumption somewhere else in its range.

Sixteen scenarios are corners: every use case at the same end of its value, of its confidence, of its effort and of
the underestimate. In the others every use case stands somewhere of its own in each of the four ranges. Where it
stands is drawn from its name (SHAKE-128), so that a ranking comes out the same twice, on every machine, and for any
order of the input.
"""

from __future__ import annotations

import hashlib
import heapq
import math
from collections import Counter
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from roadworthy.decide.ranking.model import Estimate, Span

DRAWN = 240
SCENARIOS = 16 + DRAWN
_AT_ONCE = 200
_NOTHING = 1e-9
"""Instead of no work at all, by which nothing can be divided."""
_LAST = 255.0
"""A draw is one byte."""


def staying(estimates: Sequence[Estimate], pick: int, factors: Span) -> Counter[str]:
    """In how many of the scenarios each use case is among the picks; those that never are do not stand in it."""
    by_name = sorted(estimates, key=lambda each: each.case.name, reverse=True)
    candidates = [_Candidate.of(each, place) for place, each in enumerate(by_name)]
    found: Counter[int] = Counter()
    for value, share, effort in product((0, 1), repeat=3):
        column = [
            (_ratio(each.values[value], each.shares[share], each.works[effort]), each.place) for each in candidates
        ]
        # The same underestimate for all moves nobody, so its two ends are two scenarios with one outcome.
        found.update({place: 2 for _, place in heapq.nlargest(pick, column)})
    for top in _drawn(candidates, pick, factors):
        found.update(place for _, place in top)
    return Counter({by_name[place].case.name: count for place, count in found.items()})


class _Candidate(NamedTuple):
    """The ends of the ranges of one use case, as they are needed thousands of times."""

    values: tuple[float, float]
    """Its value, with what its commitment lets count."""
    shares: tuple[float, float]
    """What its confidence lets count."""
    works: tuple[float, float]
    """Its work, with what is added because somebody has yet to be found."""
    place: int
    """Its place among all names, in descending order: of equals the first name comes first."""
    name: str

    @classmethod
    def of(cls, each: Estimate, place: int) -> _Candidate:
        value, share, effort = each.declared, each.confidence, each.case.effort
        return cls(
            (float(value.low * each.commitment), float(value.high * each.commitment)),
            (float(share.low), float(share.high)),
            (float(effort.low * each.surcharge), float(effort.high * each.surcharge)),
            place,
            each.case.name,
        )


_Top = list[tuple[float, int]]


def _drawn(candidates: Sequence[_Candidate], pick: int, factors: Span) -> list[_Top]:
    """The picks of each drawn scenario.

    Candidates are taken by the best that they can reach. Once what is picked in the poorest scenario is better than
    that, nobody who comes later can be picked in any, so most of a large portfolio need not be looked at.
    """
    tops: list[_Top] = [[] for _ in range(DRAWN)]
    best = [(_ratio(each.values[1], each.shares[1], each.works[0]) / factors.low, each) for each in candidates]
    best.sort(key=lambda one: (-one[0], -one[1].place))
    for start in range(0, len(best), _AT_ONCE):
        if start and best[start][0] < min(top[-1][0] if len(top) == pick else 0.0 for top in tops):
            break
        some = [each for _, each in best[start : start + _AT_ONCE]]
        ratios = [_ratios(each, factors) for each in some]
        places = [each.place for each in some]
        for scenario, top in enumerate(tops):
            column = [(row[scenario], place) for row, place in zip(ratios, places, strict=True)]
            tops[scenario] = heapq.nlargest(pick, [*top, *column])
    return tops


def _ratios(each: _Candidate, factors: Span) -> list[float]:
    """Its value for each day of work in every drawn scenario."""
    (low, high), (unsure, sure), (least, most) = each.values, each.shares, each.works
    if not most or not high:
        return [_ratio(high, sure, most)] * DRAWN
    gain, more, longer = (high - low) / _LAST, (sure - unsure) / _LAST, (most - least) / _LAST
    factor, harder = float(factors.low), (factors.high - factors.low) / _LAST
    drawn = hashlib.shake_128(each.name.encode()).digest(4 * DRAWN)
    return [
        (low + gain * one) * (unsure + more * two) / ((least + longer * three) * (factor + harder * four) or _NOTHING)
        for one, two, three, four in zip(drawn[0::4], drawn[1::4], drawn[2::4], drawn[3::4], strict=True)
    ]


def _ratio(value: float, share: float, work: float) -> float:
    worth = value * share
    return worth / work if work else math.inf if worth else 0.0
