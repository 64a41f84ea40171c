"""Spans of time as people and contracts write them: `15m`, `4` with unit `d`, `P1D`, `daily`, `every 2 hours`.

One table for everybody, so that a month does not have one length where it is declared and another where it is judged.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_UNITS: Final = {
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), Decimal("0.001")),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), Decimal(1)),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), Decimal(60)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), Decimal(3_600)),
    **dict.fromkeys(("d", "day", "days"), Decimal(86_400)),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), Decimal(604_800)),
    **dict.fromkeys(("mo", "mon", "month", "months"), Decimal(2_592_000)),
    **dict.fromkeys(("q", "quarter", "quarters"), Decimal(7_776_000)),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), Decimal(31_536_000)),
}
"""Seconds. `m` is a minute; a month is 30 days, a quarter 90, a year 365."""
_WORDS: Final = {
    **dict.fromkeys(("streaming", "continuous", "continuously", "realtime", "real-time", "real time"), "minute"),
    "minutely": "minute", "hourly": "hour", "daily": "day", "nightly": "day", "overnight": "day", "weekly": "week",
    "monthly": "month", "quarterly": "quarter", "yearly": "year", "annually": "year",
}  # fmt: skip
"""What always flows is held to a minute: nobody means less who does not say it."""
_NUMBER: Final = r"[0-9]{1,12}(?:\.[0-9]{1,6})?"
_DATE: Final = "".join(rf"(?:(?P<{unit}>{_NUMBER}){unit[0]})?" for unit in ("year", "month", "week", "day"))
_TIME: Final = "".join(rf"(?:(?P<{unit}>{_NUMBER}){unit[0]})?" for unit in ("hour", "minute", "second"))
_ISO: Final = rf"p(?=[0-9t]){_DATE}(?:t(?=[0-9]){_TIME})?"
_SPAN: Final = re.compile(
    rf"(?<![\w.])(?<![0-9],)(?:{_ISO}|(?P<word>{'|'.join(_WORDS)})"
    rf"|(?P<every>(?:every|each|per)\s+)?(?:(?P<count>{_NUMBER})\s*)?(?P<unit>{'|'.join(_UNITS)}))(?!\w)"
)
_ISO_UNITS: Final = ("year", "month", "week", "day", "hour", "minute", "second")
_WRITTEN: Final = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))
"""Milliseconds."""


def of_unit(name: str) -> float | None:
    """Seconds of a unit by its name or one of its abbreviations; None for anything else."""
    found = _UNITS.get(name.strip().casefold())
    return None if found is None else float(found)


def seconds(value: object, unit: object = None) -> float | None:
    """One span in seconds; None where the whole of it cannot be read as one that is longer than nothing.

    Args:
        value: a number or a text. Durations of ISO 8601 are read too.
        unit: of the number, where it stands apart.
    """
    text = str(value).strip().casefold()
    if unit is not None and re.fullmatch(_NUMBER, text):
        text = f"{text} {str(unit).strip().casefold()}"
    found = _SPAN.fullmatch(text)
    return None if found is None else _length(found)


def longest(text: str | None) -> float | None:
    """The longest span that a sentence names, in seconds: a day for `5m to nightly`; None where it names none.

    A promise that names two is kept already when the longer of them is.
    """
    lengths = [_length(found) for found in _SPAN.finditer((text or "").casefold())]
    return max((length for length in lengths if length is not None), default=None)


def parted(span: float) -> tuple[int, str]:
    """Seconds as a number of the largest unit that divides them, to the millisecond, such as 36 and `h`."""
    thousandths = max(1, round(span * 1_000))
    return next((thousandths // each, unit) for unit, each in _WRITTEN if thousandths % each == 0)


def written(span: float) -> str:
    """What `parted` gives as one word: `15m`, `36h`, `7d`."""
    count, unit = parted(span)
    return f"{count}{unit}"


def _length(found: re.Match[str]) -> float | None:
    if found["word"]:
        total = _UNITS[_WORDS[found["word"]]]
    elif found["unit"]:
        total = Decimal(found["count"] or (1 if found["every"] else 0)) * _UNITS[found["unit"]]
    else:
        total = sum((Decimal(found[unit]) * _UNITS[unit] for unit in _ISO_UNITS if found[unit]), Decimal(0))
    return float(total) or None
