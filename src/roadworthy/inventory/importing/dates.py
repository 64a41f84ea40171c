"""Dates as people write them, read without inventing more than was said."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

_MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1)}  # fmt: skip
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_PARTS = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})(?:[ ,T].*)?")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4})")
_NAMED_DAY = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?[ \-]([a-z]+)\.?|([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?),?[ \-](\d{4}|\d{2})"
)
_NAMED_MONTH = re.compile(r"([a-z]+)\.?[ ,\-']+(\d{4}|\d{2})|(\d{4})[ \-]([a-z]+)")
_DAY_AND_MONTH = re.compile(r"(\d{1,2})-([a-z]{3})")
_QUARTER = re.compile(r"(?:fy ?)?q([1-4])[ \-/]*(\d{4})|(\d{4})[ \-/]*q([1-4])")
_YEAR = re.compile(r"(?:fy|cy)? ?(\d{4})")
_EPOCH = dt.date(1899, 12, 30)
"""Day 0 of spreadsheet programs (ECMA-376, part 1, section 18.17.4.1)."""
_LIKELY_YEARS = range(1950, 2100)
_SHORT_YEARS = 70


@dataclass(frozen=True, slots=True)
class ReadDate:
    """A date, and what had to be assumed to make it one; no date means the text is none."""

    date: dt.date | None
    note: str = ""


def month_first(values: Iterable[str]) -> bool:
    """Whether `7/1/2023` is the first of July in this column: no value proves the other order.

    A value such as `13/1/2023` proves day first; month first is the habit of the inventories we know.
    """
    day_first = False
    for value in values:
        found = _PARTS.fullmatch(value.strip())
        if found is None:
            continue
        if int(found[2]) > 12:  # noqa: PLR2004 - months in a year
            return True
        day_first = day_first or int(found[1]) > 12 or "." in value  # noqa: PLR2004 - months in a year
    return not day_first


def read_date(text: str, *, months_first: bool = True) -> ReadDate:
    """Read one date; a month or a year alone becomes its first day, and the note says so."""
    value = " ".join(text.strip().lower().split())
    for attempt in (_numeric_date, _named_date):
        try:
            found = attempt(value, months_first=months_first)
        except ValueError:
            return ReadDate(None, f"`{text.strip()}` is no day of the calendar")
        if found is not None:
            return found
    return ReadDate(None)


def _numeric_date(value: str, *, months_first: bool) -> ReadDate | None:
    if found := _ISO.fullmatch(value) or _YEAR_FIRST.fullmatch(value):
        return _plain(dt.date(int(found[1]), int(found[2]), int(found[3])))
    if found := _PARTS.fullmatch(value):
        first, second = int(found[1]), int(found[2])
        month, day = (first, second) if months_first else (second, first)
        return _plain(dt.date(_year(found[3]), month, day))
    if found := _MONTH.fullmatch(value):
        whole, part = (found[1], found[2]) if found[1] else (found[4], found[3])
        return ReadDate(dt.date(int(whole), int(part), 1), "only the month is given; its first day is taken")
    if found := _QUARTER.fullmatch(value):
        quarter, year = (found[1], found[2]) if found[1] else (found[4], found[3])
        return ReadDate(
            dt.date(int(year), int(quarter) * 3 - 2, 1), "only the quarter is given; its first day is taken"
        )
    if (found := _YEAR.fullmatch(value)) and int(found[1]) in _LIKELY_YEARS:
        return ReadDate(dt.date(int(found[1]), 1, 1), "only the year is given; its first day is taken")
    return None


def _plain(date: dt.date) -> ReadDate:
    days = (date - _EPOCH).days
    if days in _LIKELY_YEARS:
        note = f"{date.isoformat()} is how a spreadsheet shows the number {days} as a date; the year is taken"
        return ReadDate(dt.date(days, 1, 1), note)
    return ReadDate(date)


def _named_date(value: str, *, months_first: bool) -> ReadDate | None:
    del months_first  # A month with a name has no order to mistake.
    if found := _NAMED_DAY.fullmatch(value):
        day, name = (found[1], found[2]) if found[1] else (found[4], found[3])
        month = _MONTHS.get(name[:3])
        return ReadDate(dt.date(_year(found[5]), month, int(day))) if month else None
    if (found := _DAY_AND_MONTH.fullmatch(value)) and found[2] in _MONTHS:
        return ReadDate(None, f"`{value}` can be a day without a year or a month without a day")
    if found := _NAMED_MONTH.fullmatch(value):
        name, year = (found[1], found[2]) if found[1] else (found[4], found[3])
        month = _MONTHS.get(name[:3])
        if month:
            return ReadDate(dt.date(_year(year), month, 1), "only the month is given; its first day is taken")
    return None


def _year(text: str) -> int:
    """Two digits mean the century that makes the date possible: 70 to 99 the last one, the rest this one."""
    year = int(text)
    if len(text) == 4:  # noqa: PLR2004 - digits of a whole year
        return year
    return year + (1900 if year >= _SHORT_YEARS else 2000)
