"""Spans of time as contracts write them: `4` with unit `d`, `15m`, `PT15M`, `daily`, `3 years`."""

from __future__ import annotations

import re
from typing import Final

_SECONDS: Final = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "wk", "week", "weeks"), 604_800),
    **dict.fromkeys(("mo", "mon", "month", "months"), 2_592_000),
    **dict.fromkeys(("q", "quarter", "quarters"), 7_776_000),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), 31_536_000),
}
"""The standard names days and years; tools write hours and minutes too. A month is 30 days, a year 365."""
_WORDS: Final = {
    "hourly": 3_600, "daily": 86_400, "nightly": 86_400, "weekly": 604_800, "monthly": 2_592_000,
    "quarterly": 7_776_000, "yearly": 31_536_000, "annually": 31_536_000,
    "continuous": 1, "continuously": 1, "streaming": 1, "realtime": 1, "real-time": 1,
}  # fmt: skip
_NUMBERED: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)")
_ISO: Final = re.compile(
    r"p(?:(?P<y>\d+)y)?(?:(?P<mo>\d+)m)?(?:(?P<w>\d+)w)?(?:(?P<d>\d+)d)?"
    r"(?:t(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+)s)?)?"
)
_WRITTEN: Final = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def seconds(value: object, unit: object = None) -> int | None:
    """A span in seconds; None where it cannot be read as one.

    Args:
        value: a number or a text.
        unit: of the number, where it stands apart.
    """
    text = str(value).strip().lower()
    if text in _WORDS:
        return _WORDS[text]
    iso = _ISO.fullmatch(text)
    if iso is not None and any(iso.groupdict().values()):
        return sum(int(count) * _SECONDS[each] for each, count in iso.groupdict().items() if count)
    found = _NUMBERED.fullmatch(text)
    if found is None:
        return None
    factor = _SECONDS.get(found[2] or str(unit or "").strip().lower())
    return None if factor is None else round(float(found[1]) * factor)


def written(span: int) -> str:
    """Seconds in the largest unit that divides them, such as `15m`, `36h`, `7d`."""
    for unit, factor in _WRITTEN:
        if span and span % factor == 0:
            return f"{span // factor}{unit}"
    return f"{span}s"


def parted(text: str) -> tuple[int, str]:
    """What `written` gives as number and unit."""
    return int(text[:-1]), text[-1]
