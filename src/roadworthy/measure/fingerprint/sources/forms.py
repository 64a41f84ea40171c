"""What a column of text holds: decided on a sample, in Python, so that every engine decides alike.

A column reads as a form when at least nine in ten of its values do, those aside that stand for `missing`. What does not
read is not lost: it is NULL in the value and text in the raw, and is counted as unread. Digits with a zero in front
stay text, since the zero is part of a code and no number keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from roadworthy.measure.fingerprint.model import Form

ENOUGH = 0.9
"""Share of the values that must read as a form."""

STANDS_FOR_MISSING = frozenset(
    {"-", "--", "---", ".", "?", "n/a", "na", "nan", "null", "none", "nil", "missing", "unknown", "undefined", "tbd"}
    | {"#n/a", "#null!", "#value!", "#ref!", "#div/0!", "\\n", "(null)", "<na>", "(blank)"}
    | {"not available", "not applicable"}
)
"""Lower case, without white space at the edges."""

_INTEGER = re.compile(r"[+-]?\d{1,18}")
_PADDED = re.compile(r"0\d+")
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d+|[+-]?\d{1,3}(?:\.\d{3}){2,}")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}(?::?\d{2})?)?")
_NO_DATE = re.compile(r"\D+|[+-]?\d+\.?\d{0,3}|[+-]?\d*\.\d+")
"""What most columns hold: no digit at all, or one number; packed dates are let through by their length."""
_PACKED_LENGTHS = frozenset({8, 12, 14})
_SHORTEST, _LONGEST = 6, 40
_FEW = 100
_SOME_YEARS = range(1850, 2151)
_TIMELY = re.compile(
    r"(?:^|[^a-z])(?:time|timestamp|ts|at|date|epoch|when|created|updated|modified|unix)(?:$|[^a-z])", re.IGNORECASE
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SECONDS = range(631_152_000, 4_102_444_800)
"""1990 to 2100."""

_CLOCK = r"(?:[ T]+(\d{1,2}:\d{2}(?::\d{2})?)(\s?[AaPp][Mm])?)?"
_WRITTEN = tuple(
    (re.compile(pattern + _CLOCK), formats)
    for pattern, formats in (
        (r"\d{1,2}\.\d{1,2}\.\d{4}", ("%d.%m.%Y",)),
        (r"\d{1,2}\.\d{1,2}\.\d{2}", ("%d.%m.%y",)),
        (r"\d{1,2}/\d{1,2}/\d{4}", ("%d/%m/%Y", "%m/%d/%Y")),
        (r"\d{1,2}/\d{1,2}/\d{2}", ("%d/%m/%y", "%m/%d/%y")),
        (r"\d{1,2}-\d{1,2}-\d{4}", ("%d-%m-%Y", "%m-%d-%Y")),
        (r"\d{4}/\d{1,2}/\d{1,2}", ("%Y/%m/%d",)),
        (r"\d{1,2}[ -][A-Za-z]{3}[ -]\d{4}", ("%d %b %Y", "%d-%b-%Y")),
        (r"\d{1,2} [A-Za-z]{4,9} \d{4}", ("%d %B %Y",)),
        (r"[A-Za-z]{3} \d{1,2}, \d{4}", ("%b %d, %Y",)),
        (r"[A-Za-z]{4,9} \d{1,2}, \d{4}", ("%B %d, %Y",)),
    )
)
_PACKED = (
    (re.compile(r"\d{8}"), "%Y%m%d"),
    (re.compile(r"\d{12}"), "%Y%m%d%H%M"),
    (re.compile(r"\d{14}"), "%Y%m%d%H%M%S"),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How the text of one column is read."""

    form: Form
    way: str = "text"
    """`text`, `integer`, `decimal`, `thousands`, `comma`, `boolean`, `dates`, `seconds` or `milliseconds`."""
    formats: tuple[str, ...] = ()
    """For `dates`, in the order in which they are tried; `iso`, `iso-zoned`, `seconds` and `milliseconds` beside those
    of strptime."""
    note: str | None = None
    """What had to be assumed."""


AS_TEXT = Reading(Form.TEXT)


def reading(column: str, values: Sequence[str | None]) -> Reading:
    """How to read a column of which these values are a sample."""
    present = [value.strip() for value in values if value is not None]
    present = [value for value in present if value and value.lower() not in STANDS_FOR_MISSING]
    if not present:
        return Reading(Form.TEXT) if any(value is not None for value in values) else Reading(Form.EMPTY)
    return (
        _truth(present)
        or _perhaps_dates(column, present)
        or _number(column, present)
        or _clocks_of_two_kinds(column, present)
        or AS_TEXT
    )


def _perhaps_dates(column: str, values: Sequence[str]) -> Reading | None:
    """Reading a date is slow, so a few values are asked first whether there is any point in it."""
    few = values[:: max(1, len(values) // _FEW)]
    return _dates(column, values) if 2 * sum(bool(_formats_of(value)) for value in few) >= len(few) else None


def _truth(values: Sequence[str]) -> Reading | None:
    words = sum(value.lower() in {"true", "false"} for value in values)
    return Reading(Form.BOOLEAN, "boolean") if words >= ENOUGH * len(values) else None


def _number(column: str, values: Sequence[str]) -> Reading | None:
    enough = ENOUGH * len(values)
    whole = [value for value in values if _INTEGER.fullmatch(value)]
    if any(_PADDED.fullmatch(value) for value in whole):
        return None
    if len(whole) >= enough:
        return _epoch(column, whole) or Reading(Form.INTEGER, "integer")
    if sum(bool(_DECIMAL.fullmatch(value)) for value in values) >= enough:
        return Reading(Form.DECIMAL, "decimal")
    for way, pattern in (("thousands", _THOUSANDS), ("comma", _COMMA)):
        written = sum(bool(pattern.fullmatch(value)) for value in values)
        plain = _INTEGER if way == "comma" else _DECIMAL
        if written and written + sum(bool(plain.fullmatch(value)) for value in values) >= enough:
            return Reading(Form.DECIMAL, way)
    return None


def _epoch(column: str, whole: Sequence[str]) -> Reading | None:
    if not _TIMELY.search(_CAMEL.sub("_", column)):
        return None
    for way, factor in (("seconds", 1), ("milliseconds", 1000)):
        if sum(int(value) // factor in _SECONDS for value in whole) >= ENOUGH * len(whole):
            return Reading(Form.TIMESTAMP, way, note=f"`{column}` was read as {way} since 1970")
    return None


def _clocks_of_two_kinds(column: str, values: Sequence[str]) -> Reading | None:
    """Some senders count since 1970 and others write the time out: one column of times, in two notations."""
    if not _TIMELY.search(_CAMEL.sub("_", column)):
        return None
    for way, factor in (("seconds", 1), ("milliseconds", 1000)):
        rest = [value for value in values if not (_INTEGER.fullmatch(value) and int(value) // factor in _SECONDS)]
        if len(rest) in {0, len(values)}:
            continue
        written = _perhaps_dates(column, rest)
        if written is not None:
            note = f"`{column}` holds both {way} since 1970 and written times; it was read as either"
            return Reading(Form.TIMESTAMP, "dates", (way, *written.formats), note)
    return None


def _dates(column: str, values: Sequence[str]) -> Reading | None:
    """Formats that together read nine in ten; the day-month order is the one that is possible for more values."""
    counts: dict[str, int] = {}
    clocks = 0
    rivals: dict[tuple[str, str], list[int]] = {}
    for value in values:
        found = _formats_of(value)
        if not found:
            continue
        clocks += _has_clock(found[0])
        if len(found) == 1 and not _is_twin(found[0]):
            counts[found[0]] = counts.get(found[0], 0) + 1
            continue
        pair = _twins(found[0])
        tally = rivals.setdefault(pair, [0, 0, 0])
        tally[0] += pair[0] in found
        tally[1] += pair[1] in found
        tally[2] += 1
    note = None
    for pair, (day_first, month_first, _) in rivals.items():
        chosen = pair[0] if day_first >= month_first else pair[1]
        counts[chosen] = max(day_first, month_first)
        if day_first == month_first:
            note = f"`{column}` could be read day first or month first; it was read day first"
    if sum(counts.values()) < ENOUGH * len(values):
        return None
    # What casts an instant without a zone drops an offset without a word, so those with one are tried first.
    order = tuple(sorted(counts, key=lambda name: (name != "iso-zoned", -counts[name], name)))
    return Reading(Form.TIMESTAMP if clocks else Form.DATE, "dates", order, note)


def _has_clock(name: str) -> bool:
    return name.startswith(("iso-t", "iso-z")) or "%M" in name


def _is_twin(name: str) -> bool:
    return name.startswith(("%d/%m", "%m/%d", "%d-%m", "%m-%d"))


def _twins(name: str) -> tuple[str, str]:
    """The format day first, and the same month first."""
    mark = name[2]
    rest = name[5:]
    return f"%d{mark}%m{rest}", f"%m{mark}%d{rest}"


def _formats_of(value: str) -> tuple[str, ...]:
    if not _SHORTEST <= len(value) <= _LONGEST or (
        _NO_DATE.fullmatch(value) and not (value.isdigit() and len(value) in _PACKED_LENGTHS)
    ):
        return ()
    if _ISO_DATE.fullmatch(value):
        return ("iso",) if _possible(value, "%Y-%m-%d") else ()
    iso = _ISO_TIME.fullmatch(value)
    if iso:
        return ("iso-zoned" if iso[1] else "iso-time",) if _possible(value[:10], "%Y-%m-%d") else ()
    for pattern, name in _PACKED:
        if pattern.fullmatch(value):
            return (name,) if _possible(value, name) else ()
    for pattern, names in _WRITTEN:
        found = pattern.fullmatch(value)
        if found:
            clock = _clock(found[1], found[2])
            return tuple(name + clock for name in names if _possible(value, name + clock))
    return ()


def _clock(digits: str | None, half: str | None) -> str:
    if digits is None:
        return ""
    hour = "%I" if half else "%H"
    seconds = ":%S" if digits.count(":") > 1 else ""
    return f" {hour}:%M{seconds}" + (half.replace(half.strip(), "%p") if half else "")


@lru_cache(maxsize=20_000)
def _possible(value: str, name: str) -> bool:
    try:
        return datetime.strptime(value, name).year in _SOME_YEARS  # noqa: DTZ007 - only whether it is a date
    except ValueError:
        return False
