"""When something that happens again and again happens: pure.

A cadence gives the same instants to every process that asks, whenever it asks: steps are counted from a fixed instant,
days by the calendar of a named zone. Each day has exactly one instant, also the two a year on which the clocks are
changed: a time that the day does not have is taken by the offset before the change, one that it has twice the first
time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

_EPOCH = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
"""A Monday at midnight, so that steps of hours, days and weeks begin where people expect it."""
_DAY = dt.timedelta(days=1)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Every:
    """Again after each step of the same length."""

    step: dt.timedelta

    def __post_init__(self) -> None:
        """Raises ValueError for a step that is shorter than a second."""
        if self.step < dt.timedelta(seconds=1):
            message = "a step lasts at least a second"
            raise ValueError(message)

    def __str__(self) -> str:
        return f"every {self.step}"


@dataclass(frozen=True, slots=True)
class At:
    """Every day, or one day of every week, at a time of day."""

    time: dt.time
    zone: str
    """Name in the time zone database, such as `Europe/Berlin`."""
    weekday: int | None = None
    """0 for Monday to 6 for Sunday; None for every day."""

    def __post_init__(self) -> None:
        """Raises ValueError or ZoneInfoNotFoundError for what no calendar has."""
        ZoneInfo(self.zone)
        if self.weekday is not None and not 0 <= self.weekday < len(_WEEKDAYS):
            message = "a week has the days 0 to 6"
            raise ValueError(message)

    def __str__(self) -> str:
        day = "day" if self.weekday is None else _WEEKDAYS[self.weekday]
        return f"every {day} at {self.time:%H:%M:%S} {self.zone}"


Cadence: TypeAlias = Every | At


class Missed(StrEnum):
    """What becomes of what fell due while nobody was there."""

    SKIP = "skip"
    """Nothing; the next one comes when it comes."""
    ONE = "one"
    """The latest happens now, the others do not."""
    ALL = "all"
    """Each happens now, in order."""


def next_after(cadence: Cadence, instant: dt.datetime) -> dt.datetime:
    """The first fire after an instant, in UTC."""
    if isinstance(cadence, Every):
        steps = (instant - _EPOCH) // cadence.step
        return _EPOCH + (steps + 1) * cadence.step
    zone = ZoneInfo(cadence.zone)
    day = instant.astimezone(zone).date() - _DAY
    while True:
        fire = dt.datetime.combine(day, cadence.time, zone).astimezone(dt.UTC)
        if fire > instant and cadence.weekday in {None, day.weekday()}:
            return fire
        day += _DAY


def fires(cadence: Cadence, first: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
    """The fires from `first`, which is one, up to and with `until`."""
    fire = first
    while fire <= until:
        yield fire
        fire = next_after(cadence, fire)


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done about the fires that are due."""

    fire: dt.datetime | None
    """Which one happens; None when all are passed over."""
    skipped: int
    """How many before it, or in all, are passed over."""
    then: dt.datetime
    """What is next."""


def due(cadence: Cadence, missed: Missed, first: dt.datetime, now: dt.datetime, grace: dt.timedelta) -> Due:
    """What is to be done next about the fires from `first` to `now`, of which there is at least one.

    Args:
        cadence: which instants.
        missed: the declared policy.
        first: the earliest fire that nothing was done about.
        now: at or after `first`.
        grace: a fire that is late by no more than this was not missed.
    """
    if missed is Missed.ALL:
        return Due(first, 0, next_after(cadence, first))
    count, last = _count(cadence, first, now)
    after = next_after(cadence, last)
    if missed is Missed.ONE or now - last <= grace:
        return Due(last, count - 1, after)
    return Due(None, count, after)


def _count(cadence: Cadence, first: dt.datetime, now: dt.datetime) -> tuple[int, dt.datetime]:
    """How many fires from `first` to `now`, and the last of them."""
    if isinstance(cadence, Every):
        steps = (now - first) // cadence.step
        return steps + 1, first + steps * cadence.step
    count, last = 0, first
    for fire in fires(cadence, first, now):
        count, last = count + 1, fire
    return count, last
