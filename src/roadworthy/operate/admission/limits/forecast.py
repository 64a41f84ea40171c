"""When a window will be full, from what was used of it so far. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from roadworthy.operate.admission.limits.model import Standing

LEAST_PART = 20
"""A forecast needs a twentieth of the window behind it."""


class Says(StrEnum):
    """What a forecast comes to."""

    FULL = "full"
    """Nothing is left."""
    FILLS = "fills"
    """At this rate it is full before its end."""
    LASTS = "lasts"
    """At this rate it is not full before its end."""
    TOO_EARLY = "too-early"
    """Too little of the window has passed to say anything."""
    NOTHING_USED = "nothing-used"
    NO_WINDOW = "no-window"
    """Calls at the same time come and go."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What will become of a window if it goes on like this."""

    says: Says
    full_at: dt.datetime | None = None
    by_end: int | None = None
    """What it would come to by its end, at the rate so far."""
    seconds: int = 0
    """Over which the rate was taken: from the begin of the window until now."""
    before: tuple[int, ...] = ()
    """What the windows before came to, the latest first: how far to trust a rate that is taken from this one alone."""


def forecast(standing: Standing, now: float, before: Sequence[int] = ()) -> Forecast:
    """Carry on what was used so far.

    Args:
        standing: of the window, with all that counts as used.
        now: seconds since 1970.
        before: what former windows came to, the latest first.
    """
    known = tuple(before)
    if standing.ends is None:
        return Forecast(Says.NO_WINDOW, before=known)
    passed = max(0, int(now) - standing.starts)
    used = standing.used + standing.unknown
    if used >= standing.most:
        return Forecast(Says.FULL, dt.datetime.fromtimestamp(int(now), dt.UTC), used, passed, known)
    if used == 0:
        return Forecast(Says.NOTHING_USED, seconds=passed, before=known)
    length = standing.ends - standing.starts
    if passed * LEAST_PART < length:
        return Forecast(Says.TOO_EARLY, seconds=passed, before=known)
    by_end = used * length // passed
    if by_end < standing.most:
        return Forecast(Says.LASTS, None, by_end, passed, known)
    full = standing.starts + -(-standing.most * passed // used)
    return Forecast(Says.FILLS, dt.datetime.fromtimestamp(full, dt.UTC), by_end, passed, known)
