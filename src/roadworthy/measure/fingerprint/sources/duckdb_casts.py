"""SQL of DuckDB that reads text as the form that was decided; NULL where it does not read."""

from __future__ import annotations

from roadworthy.measure.fingerprint.model import Form
from roadworthy.measure.fingerprint.sources import quoting
from roadworthy.measure.fingerprint.sources.forms import Reading

_WAYS = {
    "integer": "TRY_CAST({text} AS BIGINT)",
    "decimal": "TRY_CAST({text} AS DOUBLE)",
    "thousands": "TRY_CAST(replace({text}, ',', '') AS DOUBLE)",
    "comma": "TRY_CAST(replace(replace({text}, '.', ''), ',', '.') AS DOUBLE)",
    # `t` and `f` are how PostgreSQL writes them.
    "boolean": "CASE WHEN lower(trim({text})) IN ('true', 't') THEN true "
    "WHEN lower(trim({text})) IN ('false', 'f') THEN false END",
    "seconds": "TRY(make_timestamp(TRY_CAST({text} AS BIGINT) * 1000000))",
    "milliseconds": "TRY(make_timestamp(TRY_CAST({text} AS BIGINT) * 1000))",
}


def value_of(text: str, reading: Reading) -> str:
    """SQL of the value of SQL of a text. Dates with a zone come out in UTC."""
    if reading.way == "dates":
        return _date(f"trim({text})", reading)
    return _WAYS.get(reading.way, "{text}").replace("{text}", text)


def _date(text: str, reading: Reading) -> str:
    target = "DATE" if reading.form is Form.DATE else "TIMESTAMP"
    tries = []
    written: list[str] = []
    for name in reading.formats:
        if name in _WAYS:
            tries.append(_WAYS[name].replace("{text}", text))
        elif name.startswith("iso"):
            zoned = name == "iso-zoned"
            one = f"TRY_CAST({text} AS TIMESTAMPTZ)" if zoned else f"TRY_CAST({text} AS {target})"
            tries.append(f"CAST({one} AT TIME ZONE 'UTC' AS {target})" if zoned else one)
        else:
            written.append(name)
    if written:
        one = f"try_strptime({text}, {quoting.texts(written)})"
        tries.append(one if target == "TIMESTAMP" else f"CAST({one} AS DATE)")
    return tries[0] if len(tries) == 1 else f"coalesce({', '.join(tries)})"
