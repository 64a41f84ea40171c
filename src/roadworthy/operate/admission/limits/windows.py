"""Windows of time: where one begins and ends, and which pieces of it are counted together. Pure.

A calendar window is one piece. A sliding window is kept in pieces of a twentieth; all pieces that reach into the last
span are counted whole, so that what was used counts up to a twentieth longer than it has to, and never shorter.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

PIECES: Final = 20
LEAST_PIECE: Final = 1
"""Seconds."""
CALENDAR: Final = ("second", "minute", "hour", "day", "week", "month", "year")
ENDLESS: Final = "always"
"""Of what has no window: calls at the same time."""
_FIXED: Final = {"second": 1, "minute": 60, "hour": 3_600}
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Window:
    """How time is cut.

    Args:
        per: a word of the calendar, `always`, or empty where it slides.
        seconds: the span of a sliding window.
        zone: whose calendar; of the tz database.
    """

    per: str = ""
    seconds: int = 0
    zone: str = "UTC"

    @property
    def slides(self) -> bool:
        """Whether it has no fixed begin."""
        return self.seconds > 0

    @property
    def piece(self) -> int:
        """Seconds of a piece of a sliding window."""
        return max(LEAST_PIECE, -(-self.seconds // PIECES))

    @property
    def back(self) -> int:
        """How far before the begin of the present piece pieces still count, in seconds."""
        return -(-self.seconds // self.piece) * self.piece if self.slides else 0

    @property
    def words(self) -> str:
        """As it is told apart from others in the store."""
        return f"{self.seconds}s sliding" if self.slides else f"{self.per} {self.zone}"

    def piece_at(self, at: float) -> tuple[int, int | None]:
        """Begin and end of the piece in which an instant is, in seconds since 1970; no end for what is endless."""
        second = int(at // 1)
        if self.slides:
            starts = second - second % self.piece
            return starts, starts + self.piece
        if self.per == ENDLESS:
            return 0, None
        fixed = _FIXED.get(self.per)
        if fixed is not None and fixed < _DAY and (fixed < _FIXED["hour"] or self.zone == "UTC"):
            starts = second - second % fixed
            return starts, starts + fixed
        return _calendar(self.per, self.zone, second)


@lru_cache(maxsize=256)  # what is asked for within a second is in the same pieces
def _calendar(per: str, zone: str, second: int) -> tuple[int, int]:
    """Begin and end by a calendar. The local hour of a change of clocks is as long as it is."""
    local = dt.datetime.fromtimestamp(second, _zone(zone))
    if per == "hour":
        starts = second - (local.minute * 60 + local.second)
        return starts, starts + 3_600
    first = _first(per, local.date())
    return _midnight(first, zone), _midnight(_next(per, first), zone)


def _first(per: str, day: dt.date) -> dt.date:
    match per:
        case "week":
            return day - dt.timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "year":
            return day.replace(month=1, day=1)
        case _:
            return day


def _next(per: str, first: dt.date) -> dt.date:
    match per:
        case "week":
            return first + dt.timedelta(days=7)
        case "month":
            return (first + dt.timedelta(days=32)).replace(day=1)
        case "year":
            return first.replace(year=first.year + 1)
        case _:
            return first + dt.timedelta(days=1)


def _midnight(day: dt.date, zone: str) -> int:
    return int(dt.datetime.combine(day, dt.time(), _zone(zone)).timestamp())


@lru_cache(maxsize=64)
def _zone(name: str) -> dt.tzinfo:
    return dt.UTC if name == "UTC" else zoneinfo.ZoneInfo(name)
