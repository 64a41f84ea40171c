"""Numbers as a reader takes them in: rounded to what they are good for, with the unit behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from roadworthy.measure.data_audit.model import Measure
from roadworthy.measure.fingerprint.model import Distinct, Share

_TENTH, _HUNDREDTH, _LEAST = 0.1, 0.01, 0.0001
_MOST_BELOW_ALL = 0.9999
_ROUNDING = 1e-9
"""So that a tenth from above counts as one."""
_STEPS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_SIZES = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
_NAMES = frozenset({"middle value", "index", "area"})
"""Units that say what the number is; they stand before it."""
_DISTINCT_FEW = 100


def percent(share: float) -> str:
    """`31%`, `3.1%`, `0.31%`; what is not nothing and not all never reads as such."""
    if share <= 0 or share >= 1:
        return f"{share:.0%}"
    if share < _LEAST:
        return "under 0.01%"
    if share > _MOST_BELOW_ALL:
        return "over 99.99%"
    shown = min(share, 1 - share) + _ROUNDING
    digits = 0 if shown >= _TENTH else 1 if shown >= _HUNDREDTH else 2
    return f"{share * 100:.{digits}f}%"


def interval(low: float, high: float) -> str:
    """`29% to 33%`; one number where both read alike."""
    first, last = percent(low), percent(high)
    return first if first == last else f"{first} to {last}"


def counted(count: float) -> str:
    """`12,345`; a fraction only where it matters."""
    if float(count).is_integer() or abs(count) >= _DISTINCT_FEW:
        return f"{count:,.0f}"
    return f"{count:,.2f}".rstrip("0").rstrip(".")


def many(count: int, one: str, more: str | None = None) -> str:
    """`1 gap`, `2 gaps`."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def listed(items: Sequence[str], most: int = 0) -> str:
    """`a, b and c`; with `most`, the rest as a number."""
    if most and len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most:,} more"
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else "none"


def lasting(seconds: float) -> str:
    """`36 hours`, `2.5 minutes`."""
    if seconds < 0:
        return f"minus {lasting(-seconds)}"
    for unit, word in _STEPS:
        if seconds >= unit:
            told = f"{seconds / unit:,.1f}".removesuffix(".0")
            return f"{told} {word}{'' if told == '1' else 's'}"
    return f"{seconds:.3g} seconds"


def stored(size: int | None) -> str:
    """Bytes in decimal units; `not known` where nobody says."""
    if size is None:
        return "not known"
    for unit, least in _SIZES:
        if size >= least:
            return f"{size / least:,.1f} {unit}"
    return many(size, "byte")


def minute(moment: dt.datetime) -> str:
    """`3 March 2026, 14:05 UTC`."""
    utc = moment.astimezone(dt.UTC) if moment.tzinfo else moment
    return f"{utc.day} {utc:%B %Y, %H:%M} UTC"


def day(moment: dt.date) -> str:
    """`3 March 2026`."""
    return f"{moment.day} {moment:%B %Y}"


def share(of: Share) -> str:
    """`1,234 of 20,000 (6.2%)`."""
    value = of.value
    return f"{of.count:,} of {of.of:,}" + (f" ({percent(value)})" if value is not None else "")


def distinct(found: Distinct | None) -> str:
    """`about 12,000`, or the count."""
    if found is None:
        return "not known"
    return f"{found.value:,}" if found.exact else f"about {found.value:,}"


def measured(measure: Measure | None) -> str:
    """A side's number with its unit, what it was counted on, and its interval; empty where there is none."""
    if measure is None or measure.value is None:
        return ""
    text = _value(measure.value, measure.unit)
    if measure.n is not None and measure.n != measure.value and measure.unit == "rows":
        return f"{_plain(measure.value)} of {many(measure.n, 'row')}" if not isinstance(measure.value, str) else text
    if measure.n is not None and measure.n != measure.value:
        text += f" of {measure.n:,}" if measure.unit == "share" else f", from {many(measure.n, 'row')}"
    if measure.low is not None and measure.high is not None and measure.low != measure.high:
        low, high = _value(measure.low, measure.unit), _value(measure.high, measure.unit)
        if low != high:
            text += f" ({low} to {high})"
    return text


def _value(value: float | str, unit: str) -> str:
    if isinstance(value, str):
        return value
    if unit == "share":
        return percent(value)
    if unit == "seconds":
        return lasting(value)
    if unit == "bytes":
        return stored(int(value))
    if unit in _NAMES:
        return f"{unit} {_plain(value)}"
    return f"{_plain(value)} {unit if value != 1 else _one(unit)}".rstrip()


def _one(unit: str) -> str:
    return f"{unit.removesuffix('ies')}y" if unit.endswith("ies") else unit.removesuffix("s")


def _plain(value: float) -> str:
    return counted(value) if abs(value) >= 1 or value == 0 else f"{value:.3g}"
