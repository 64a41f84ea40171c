"""SQL of Spark that reads text as the form that was decided; NULL where it does not read, also in ANSI mode."""

from __future__ import annotations

from roadworthy.measure.fingerprint.model import Form
from roadworthy.measure.fingerprint.sources.forms import Reading

_WAYS = {
    "integer": "try_cast({text} AS BIGINT)",
    "decimal": "try_cast({text} AS DOUBLE)",
    "thousands": "try_cast(replace({text}, ',', '') AS DOUBLE)",
    "comma": "try_cast(replace(replace({text}, '.', ''), ',', '.') AS DOUBLE)",
    "boolean": "CASE lower(trim({text})) WHEN 'true' THEN true WHEN 'false' THEN false END",
    "seconds": "timestamp_micros(try_multiply(try_cast({text} AS BIGINT), 1000000L))",
    "milliseconds": "timestamp_micros(try_multiply(try_cast({text} AS BIGINT), 1000L))",
}
_PATTERNS = (
    ("%Y%m%d%H%M%S", "yyyyMMddHHmmss"),
    ("%Y%m%d%H%M", "yyyyMMddHHmm"),
    ("%Y%m%d", "yyyyMMdd"),
    ("%d", "d"),
    ("%m", "M"),
    ("%Y", "yyyy"),
    ("%y", "yy"),
    ("%b", "MMM"),
    ("%B", "MMMM"),
    ("%H", "H"),
    ("%I", "h"),
    ("%M", "mm"),
    ("%S", "ss"),
    ("%p", "a"),
)
"""From strptime to the letters of Java's DateTimeFormatter, the packed ones first because they have no separators."""


def value_of(text: str, reading: Reading) -> str:
    """SQL of the value of SQL of a text. Instants are those of the session, which is in UTC."""
    if reading.way != "dates":
        return _WAYS.get(reading.way, "{text}").replace("{text}", text)
    tries = [
        f"try_cast(trim({text}) AS TIMESTAMP)"
        if name.startswith("iso")
        else f"try_to_timestamp(trim({text}), '{java_pattern(name)}')"
        for name in reading.formats
    ]
    one = tries[0] if len(tries) == 1 else f"coalesce({', '.join(tries)})"
    return f"CAST({one} AS DATE)" if reading.form is Form.DATE else one


def java_pattern(name: str) -> str:
    """A format of strptime as one of Java."""
    for theirs, java in _PATTERNS:
        name = name.replace(theirs, java)
    return name
