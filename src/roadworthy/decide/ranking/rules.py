"""The order of pilots: pure functions over points, exact, and the same for any order of the input.

A point is better the more value counts for each day of open work. That order respects dominance (who offers at least
as much for at most as much work never comes later), and it does not know the units: it stays the same when all
values, or all efforts, are multiplied by one number. Whole numbers are compared crosswise, so nothing is rounded.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import cmp_to_key
from typing import NamedTuple

from roadworthy.decide.ranking.model import Fits, Point, Span

DAY = 100
"""Hundredths of a working day, in which efforts are counted."""


def better(one: Point, other: Point) -> int:
    """Compare two points: negative where `one` comes first.

    What needs no more work comes first where it is worth anything; what is worth nothing comes last. Equal ratios
    are ordered by value, then by effort, then by name, so that the order is total.
    """
    value, effort = one.value.low + one.value.high, one.effort.low + one.effort.high
    other_value, other_effort = other.value.low + other.value.high, other.effort.low + other.effort.high
    if (value > 0) != (other_value > 0):
        return -1 if value > 0 else 1
    if value > 0:
        crosswise = other_value * effort - value * other_effort
        if crosswise:
            return crosswise
    if value != other_value:
        return other_value - value
    if effort != other_effort:
        return effort - other_effort
    return (one.name > other.name) - (one.name < other.name)


_KEY = cmp_to_key(better)


def ordered(points: Iterable[Point]) -> list[Point]:
    """All points, the best first."""
    return sorted(points, key=_KEY)


def dominates(one: Point, other: Point) -> bool:
    """Whether `one` offers at least as much for at most as much work in the middle of the ranges, and one is better."""
    value, effort = one.value.doubled - other.value.doubled, other.effort.doubled - one.effort.doubled
    return value >= 0 and effort >= 0 and (value > 0 or effort > 0)


def surely_dominates(one: Point, other: Point) -> bool:
    """Whether it does so wherever in their ranges the two really lie: its worst is not worse than the other's best."""
    return one.value.low >= other.value.high and one.effort.high <= other.effort.low and dominates(one, other)


class Front(NamedTuple):
    """The Pareto front."""

    names: frozenset[str]
    """Of the points that no other dominates."""
    dominators: Mapping[str, Point]
    """For every other point one that dominates it, the one of most value."""


def front_of(points: Sequence[Point]) -> Front:
    """The points that no other dominates: one pass in order of effort, so ten thousand are no burden."""
    by_effort = sorted(points, key=lambda point: (point.effort.doubled, -point.value.doubled, point.name))
    steps: list[Point] = []
    names: set[str] = set()
    for point in by_effort:
        best = steps[-1] if steps else None
        if best is None or point.value.doubled > best.value.doubled:
            steps.append(point)
            names.add(point.name)
        elif point.value.doubled == best.value.doubled and point.effort.doubled == best.effort.doubled:
            names.add(point.name)  # as good as the best of its effort: neither dominates the other
    efforts = [step.effort.doubled for step in steps]
    dominators = {
        point.name: steps[bisect_right(efforts, point.effort.doubled) - 1]
        for point in points
        if point.name not in names
    }
    return Front(frozenset(names), dominators)


def fits(effort: Span, horizon: int, people: int) -> Fits:
    """Whether open work fits into the near term, given working days and people."""
    room = horizon * people * DAY
    if effort.high <= room:
        return Fits.YES
    return Fits.PERHAPS if effort.low <= room else Fits.NO
