"""How firmly the picks stand: the ranking made again with every assumption somewhere else in its range.

Sixteen scenarios are corners: every use case at the same end of its value, of its confidence, of its effort and of
the underestimate. In the others every use case stands somewhere of its own in each of the four ranges. Where it
stands is drawn from its name (SHAKE-128), so that a ranking comes out the same twice, on every machine, and for any
order of the input.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Sequence
from itertools import product

from roadworthy.decide.ranking.model import Estimate, Span

DRAWN = 240
SCENARIOS = 16 + DRAWN
_CORNERS = tuple(product((0.0, 1.0), repeat=4))
_LAST = 255.0
"""A draw is one byte."""


def staying(estimates: Sequence[Estimate], pick: int, factors: Span) -> Counter[str]:
    """In how many of the scenarios each use case is among the picks; those that never are do not stand in it."""
    contenders = _contenders(estimates, pick, factors)
    ratios = [_ratios(each, factors) for each in contenders]
    names = [each.case.name for each in contenders]
    found: Counter[str] = Counter()
    for scenario in range(SCENARIOS):
        # Names in descending order come last among equals, as in the order itself.
        column = [(row[scenario], index) for index, row in enumerate(ratios)]
        found.update(names[index] for _, index in heapq.nlargest(pick, column))
    return found


def _contenders(estimates: Sequence[Estimate], pick: int, factors: Span) -> list[Estimate]:
    """Those that can be among the picks at all: their best is not below what the picks have at their worst."""
    worst = [_ratio(each, factors, 0.0, 0.0, 1.0, 1.0) for each in estimates]
    floor = min(heapq.nlargest(pick, worst), default=0.0)
    able = [each for each in estimates if _ratio(each, factors, 1.0, 1.0, 0.0, 0.0) >= floor]
    return sorted(able, key=lambda each: each.case.name, reverse=True)


def _ratios(each: Estimate, factors: Span) -> list[float]:
    drawn = hashlib.shake_128(each.case.name.encode()).digest(4 * DRAWN)
    corners = [_ratio(each, factors, *corner) for corner in _CORNERS]
    value, gain = each.declared.low * each.commitment, (each.declared.high - each.declared.low) * each.commitment
    share, more = each.confidence.low, each.confidence.high - each.confidence.low
    days, longer = (
        each.case.effort.low * each.surcharge,
        (each.case.effort.high - each.case.effort.low) * each.surcharge,
    )
    factor, harder = factors.low, factors.high - factors.low
    if days + longer == 0 or value + gain == 0:
        return [*corners, *([corners[0]] * DRAWN)]
    return corners + [
        (value + gain * one / _LAST)
        * (share + more * two / _LAST)
        / max((days + longer * three / _LAST) * (factor + harder * four / _LAST), 1.0)
        for one, two, three, four in zip(drawn[0::4], drawn[1::4], drawn[2::4], drawn[3::4], strict=True)
    ]


def _ratio(each: Estimate, factors: Span, value: float, share: float, effort: float, factor: float) -> float:
    """Value for each day of work, with each of the four somewhere between 0 (low) and 1 (high)."""
    worth = _at(each.declared, value) * each.commitment * _at(each.confidence, share)
    work = _at(each.case.effort, effort) * each.surcharge * _at(factors, factor)
    return worth / work if work else float("inf") if worth else 0.0


def _at(span: Span, place: float) -> float:
    return span.low + (span.high - span.low) * place
