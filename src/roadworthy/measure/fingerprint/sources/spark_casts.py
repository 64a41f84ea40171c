"""SQL of Spark that reads text as the form that was decided; NULL where it does not read, also in ANSI mode."""

from __future__ import annotations

from roadworthy.measure.fingerprint.model import Form
from roadworthy.measure.fingerprint.sources.forms import Reading

_DOUBLE = "CASE WHEN NOT regexp_like({text}, '[0-9.][dDfF] *\\\\z') THEN try_cast({number} AS DOUBLE) END"
"""Java reads `1d` and `1.5f` as numbers, since its programs write them so."""
_WHOLE = (
    "CASE WHEN NOT regexp_like({text}, '[^\\\\x00-\\\\x7F]') THEN "
    "coalesce(try_cast({text} AS BIGINT), try_cast(round(try_cast({text} AS DECIMAL(38, 9))) AS BIGINT)) END"
)
"""A fraction is rounded and other digits than those of ASCII are none, as DuckDB has it."""
_WAYS = {
    "integer": _WHOLE,
    "decimal": _DOUBLE.replace("{number}", "{text}"),
    "thousands": _DOUBLE.replace("{number}", "replace({text}, ',', '')"),
    "comma": _DOUBLE.replace("{number}", "replace(replace({text}, '.', ''), ',', '.')"),
    "boolean": "CASE WHEN lower(trim({text})) IN ('true', 't') THEN true "
    "WHEN lower(trim({text})) IN ('false', 'f') THEN false END",
    "seconds": "timestamp_micros(try_multiply({whole}, 1000000L))".replace("{whole}", _WHOLE),
    "milliseconds": "timestamp_micros(try_multiply({whole}, 1000L))".replace("{whole}", _WHOLE),
}
_WHOLE_DATE = "^[0-9]+-[0-9]{1,2}-[0-9]{1,2}"
"""What a written moment begins with: Spark would take a year, a clock or `today` for one too."""
_LAST = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]24:00(:00)?\\\\z"
"""The end of a day, which Spark knows as the beginning of the next only; a date it is still of its own day."""
_CENTURY = 1969
"""First year of the hundred that two digits stand for, with strptime; with Java they begin in 2000."""
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
    tries = [_moment(f"trim({text})", name, reading.form) for name in reading.formats]
    one = tries[0] if len(tries) == 1 else f"coalesce({', '.join(tries)})"
    return f"CAST(({one}) AS DATE)" if reading.form is Form.DATE else one


def _moment(text: str, name: str, form: Form) -> str:
    if name in _WAYS:
        return _WAYS[name].replace("{text}", text)
    if name.startswith("iso"):
        # What has no zone is a reading of some clock, and an offset that stands beside it is dropped.
        kind = "TIMESTAMP" if name == "iso-zoned" else "TIMESTAMP_NTZ"
        next_day = 0 if form is Form.DATE else 1
        midnight = f"CASE WHEN regexp_like({text}, '{_LAST}') THEN try_cast(left({text}, 10) AS DATE) + {next_day} END"
        tried = f"coalesce(try_cast({text} AS {kind}), CAST({midnight} AS {kind}))"
        return f"CAST(CASE WHEN regexp_like({text}, '{_WHOLE_DATE}') THEN {tried} END AS TIMESTAMP)"
    read = f"try_to_timestamp({text}, '{java_pattern(name)}')"
    if "%y" not in name:
        return read
    earlier = f"CAST(CAST({read} AS TIMESTAMP_NTZ) - INTERVAL 100 YEARS AS TIMESTAMP)"
    return f"CASE WHEN year({read}) >= {_CENTURY + 100} THEN {earlier} ELSE {read} END"


def java_pattern(name: str) -> str:
    """A format of strptime as one of Java."""
    for theirs, java in _PATTERNS:
        name = name.replace(theirs, java)
    return name
