"""Refresh contracts as people write them, in seconds."""

from __future__ import annotations

import re

_UNITS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "m": 60,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hr": 3600,
    "hour": 3600,
    "d": 86400,
    "day": 86400,
    "w": 604800,
    "week": 604800,
    "month": 2_678_400,
    "quarter": 7_948_800,
    "y": 31_622_400,
    "year": 31_622_400,
}
_WORDS = {
    "realtime": 60,
    "real-time": 60,
    "real time": 60,
    "streaming": 60,
    "continuous": 60,
    "continuously": 60,
    "minutely": 60,
    "hourly": 3600,
    "daily": 86400,
    "nightly": 86400,
    "overnight": 86400,
    "weekly": 604800,
    "monthly": 2_678_400,
    "quarterly": 7_948_800,
    "yearly": 31_622_400,
    "annually": 31_622_400,
}
_ISO = re.compile(
    r"\bP(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?(?![a-z0-9])", re.IGNORECASE
)
_ISO_UNITS = (31_622_400, 2_678_400, 604800, 86400, 3600, 60, 1)
_PLAIN = re.compile(r"(?:(\d+(?:\.\d+)?)\s*|every\s+|each\s+|per\s+)([a-z]+)\b")


def seconds(text: str | None) -> float | None:
    """The longest interval that a contract allows: `15m`, `daily`, `P1D`, `every 2 hours`, `5m to nightly`.

    None where nothing in it is a time.
    """
    if not text:
        return None
    folded = text.strip().casefold()
    found = [
        float(length) for word, length in _WORDS.items() if re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", folded)
    ]
    found += [length for match in _ISO.finditer(text.strip()) if (length := _iso(match))]
    found += [length for match in _PLAIN.finditer(folded) if (length := _plain(match))]
    return max(found) if found else None


def _iso(match: re.Match[str]) -> float:
    return sum(int(count) * unit for count, unit in zip(match.groups(), _ISO_UNITS, strict=True) if count)


def _plain(match: re.Match[str]) -> float:
    count, word = match.groups()
    unit = _UNITS.get(word) or _UNITS.get(word.removesuffix("s"))
    return float(count or 1) * unit if unit else 0.0
