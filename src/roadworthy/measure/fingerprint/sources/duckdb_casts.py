"""SQL of DuckDB that reads text as the form that was decided; NULL where it does not read."""

from __future__ import annotations

from roadworthy.measure.fingerprint.model import Form
from roadworthy.measure.fingerprint.sources import quoting
from roadworthy.measure.fingerprint.sources.forms import Reading


def value_of(text: str, reading: Reading) -> str:
    """SQL of the value of SQL of a text. Dates with a zone come out in UTC."""
    trimmed = f"trim({text})"
    match reading.way:
        case "integer":
            return f"TRY_CAST({text} AS BIGINT)"
        case "decimal":
            return f"TRY_CAST({text} AS DOUBLE)"
        case "thousands":
            return f"TRY_CAST(replace({text}, ',', '') AS DOUBLE)"
        case "comma":
            return f"TRY_CAST(replace(replace({text}, '.', ''), ',', '.') AS DOUBLE)"
        case "boolean":
            return f"CASE lower({trimmed}) WHEN 'true' THEN true WHEN 'false' THEN false END"
        case "seconds":
            return f"make_timestamp(TRY_CAST({text} AS BIGINT) * 1000000)"
        case "milliseconds":
            return f"make_timestamp(TRY_CAST({text} AS BIGINT) * 1000)"
        case "dates":
            return _date(trimmed, reading)
    return text


def _date(text: str, reading: Reading) -> str:
    target = "DATE" if reading.form is Form.DATE else "TIMESTAMP"
    tries = []
    written: list[str] = []
    for name in reading.formats:
        if name.startswith("iso"):
            zoned = name == "iso-zoned"
            one = f"TRY_CAST({text} AS TIMESTAMPTZ)" if zoned else f"TRY_CAST({text} AS {target})"
            tries.append(f"CAST({one} AT TIME ZONE 'UTC' AS {target})" if zoned else one)
        else:
            written.append(name)
    if written:
        one = f"try_strptime({text}, {quoting.texts(written)})"
        tries.append(one if target == "TIMESTAMP" else f"CAST({one} AS DATE)")
    return tries[0] if len(tries) == 1 else f"coalesce({', '.join(tries)})"
