"""SQL that shows a gap on production, to be run by whoever doubts it: plain DuckDB, over files or a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import TypeAlias

from roadworthy.measure.data_audit.model import Check, Pair, Verdict
from roadworthy.measure.data_audit.rules.standins import stand_ins
from roadworthy.measure.fingerprint.model import Column, Fingerprint, Form
from roadworthy.measure.fingerprint.terms import Declared

_READERS = {
    # Values stay as they are written: a type that is guessed would drop leading zeros, and refuse what does not fit.
    ".csv": "read_csv({0}, all_varchar = true, union_by_name = true)",
    ".tsv": "read_csv({0}, all_varchar = true, union_by_name = true)",
    ".json": "read_json({0}, union_by_name = true)",
    ".jsonl": "read_json({0}, union_by_name = true)",
    ".ndjson": "read_json({0}, union_by_name = true)",
    ".parquet": "read_parquet({0}, union_by_name = true)",
}
_PACKED = frozenset({".gz", ".zst", ".bz2", ".xz"})
_MOST_LISTED = 60
"""Values that are written into a query."""
_TYPES = {
    Form.INTEGER: "BIGINT", Form.DECIMAL: "DOUBLE", Form.BOOLEAN: "BOOLEAN", Form.DATE: "DATE",
    Form.TIMESTAMP: "TIMESTAMP",
}  # fmt: skip


def query(checks: Sequence[Check], pair: Pair) -> str | None:
    """The query for the first check; None where no SQL would show it, or nothing can be selected from."""
    first = checks[0]
    make = _BY_RULE.get(first.rule)
    source = table(pair.production)
    if make is None or source is None or first.verdict is not Verdict.GAP:
        return None
    return make(_Asked(first, pair, source))


def table(side: Fingerprint) -> str | None:
    """What stands after FROM: files by their pattern, a table by its name."""
    place, mark, of = side.location.partition("#")
    if mark:
        return f"({of})" if of.lstrip().lower().startswith(("select", "with")) else _name(of)
    suffix = _suffix(place)
    if suffix in _READERS:
        return _READERS[suffix].format(_text(place))
    inside = {_suffix(part.name) for part in side.parts}
    if len(inside) != 1 or not inside <= _READERS.keys() or any(each in place for each in "*?["):
        return None
    ending = next(iter(side.parts)).name
    whole = "".join(PurePath(ending).suffixes[-2:]) if PurePath(ending).suffix in _PACKED else PurePath(ending).suffix
    return _READERS[next(iter(inside))].format(_text(f"{place.rstrip('/')}/**/*{whole}"))


def _suffix(path: str) -> str:
    suffixes = [each.lower() for each in PurePath(path).suffixes]
    if suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _name(path: str) -> str:
    return ".".join('"' + each.replace('"', '""') + '"' for each in path.split("."))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


class _Asked:
    """A check with the names that its query needs."""

    def __init__(self, check: Check, pair: Pair, source: str) -> None:
        self.check = check
        self.source = source
        match = next((each for each in pair.matching.pairs if check.column in {each.pilot, each.production}), None)
        before = match.pilot if match else check.column
        after = match.production if match else check.column
        self.pilot: Column | None = pair.pilot.column(before) if before else None
        self.production: Column | None = pair.production.column(after) if after else None
        self.column = _name(after) if after and self.production is not None else None
        self.declared: Declared = pair.production.declared
        key = pair.production.key
        self.key = ", ".join(_name(each) for each in (key.columns if key else ()))

    @property
    def as_text(self) -> str:
        """The column as text."""
        return f"CAST({self.column} AS VARCHAR)"

    @property
    def as_number(self) -> str:
        """The column as a number, where it reads as one."""
        return f"TRY_CAST({self.column} AS DOUBLE)"


_Maker: TypeAlias = Callable[[_Asked], str | None]


def _counted(asked: _Asked, what: str, where: str = "") -> str:
    condition = f" WHERE {where}" if where else ""
    return f"SELECT {what} AS value, count(*) AS n FROM {asked.source}{condition} GROUP BY 1 ORDER BY 2 DESC LIMIT 50"


def _schema(asked: _Asked) -> str | None:
    return f"DESCRIBE SELECT * FROM {asked.source}"


def _missing(asked: _Asked) -> str | None:
    if asked.column is None:
        return None
    nothing = ["", *(stand_ins(asked.production) if asked.production else ())][:_MOST_LISTED]
    listed = ", ".join(_text(each) for each in nothing)
    empty = f"{asked.column} IS NULL OR trim({asked.as_text}) IN ({listed})"
    return f"SELECT count(*) AS n, count(*) FILTER (WHERE {empty}) AS missing FROM {asked.source}"


def _unseen(asked: _Asked) -> str | None:
    if asked.column is None:
        return None
    vocabulary = asked.pilot.vocabulary if asked.pilot else None
    known = sorted(vocabulary.counts) if vocabulary else []
    if not known or len(known) > _MOST_LISTED:
        return _counted(asked, asked.column)
    listed = ", ".join(_text(each) for each in known)
    return _counted(asked, asked.column, f"{asked.column} IS NOT NULL AND {asked.as_text} NOT IN ({listed})")


def _values(asked: _Asked) -> str | None:
    return _counted(asked, asked.column) if asked.column else None


def _range(asked: _Asked) -> str | None:
    numbers = asked.pilot.numbers if asked.pilot else None
    if asked.column is None or numbers is None:
        return None
    detail = asked.check.detail
    low, high = detail.get("low", numbers.least), detail.get("high", numbers.greatest)
    return _counted(asked, asked.as_number, f"{asked.as_number} NOT BETWEEN {low!r} AND {high!r}")


def _spread(asked: _Asked) -> str | None:
    if asked.column is None or asked.production is None:
        return None
    if not asked.production.form.numeric:
        return _values(asked)
    quantiles = f"quantile_cont({asked.as_number}, [0.05, 0.25, 0.5, 0.75, 0.95])"
    return f"SELECT count(*) AS n, {quantiles} AS quantiles FROM {asked.source}"


def _retyped(asked: _Asked) -> str | None:
    wanted = _TYPES.get(asked.pilot.form) if asked.pilot else None
    if asked.column is None or wanted is None:
        return _values(asked)
    unread = f"{asked.column} IS NOT NULL AND TRY_CAST({asked.as_text} AS {wanted}) IS NULL"
    return _counted(asked, asked.column, unread)


def _forms(asked: _Asked) -> str | None:
    if asked.column is None:
        return None
    mask = f"regexp_replace({asked.as_text}, '[a-z]+', 'a', 'g')"
    mask = f"regexp_replace(regexp_replace({mask}, '[A-Z]+', 'A', 'g'), '[0-9]+', '9', 'g')"
    return _counted(asked, mask)


def _damaged(asked: _Asked) -> str | None:
    if asked.column is None:
        return None
    return _counted(asked, asked.column, f"regexp_matches({asked.as_text}, 'Ã.|Â.|â€|\ufffd')")


def _clock(asked: _Asked) -> str | None:
    name = asked.column or (_name(asked.declared.event_time) if asked.declared.event_time else None)
    if name is None:
        return None
    hour = f"hour(TRY_CAST({name} AS TIMESTAMP))"
    return f"SELECT {hour} AS hour, count(*) AS n FROM {asked.source} GROUP BY 1 ORDER BY 1"


def _days(asked: _Asked) -> str | None:
    name = asked.declared.ingest_time or asked.declared.event_time
    if name is None:
        return None
    day = f"CAST(TRY_CAST({_name(name)} AS TIMESTAMP) AS DATE)"
    return f"SELECT {day} AS day, count(*) AS n FROM {asked.source} GROUP BY 1 ORDER BY 1"


def _newest(asked: _Asked) -> str | None:
    names = [name for name in (asked.declared.event_time, asked.declared.ingest_time) if name]
    if not names:
        return None
    newest = (f"max(TRY_CAST({_name(name)} AS TIMESTAMP)) AS {_name(name)}" for name in names)
    return f"SELECT {', '.join(newest)} FROM {asked.source}"


def _late(asked: _Asked) -> str | None:
    event, ingest = asked.declared.event_time, asked.declared.ingest_time
    if event is None or ingest is None:
        return None
    lag = f"date_diff('second', TRY_CAST({_name(event)} AS TIMESTAMP), TRY_CAST({_name(ingest)} AS TIMESTAMP))"
    return f"SELECT count(*) AS n, quantile_cont({lag}, [0.5, 0.9, 0.99, 0.999]) AS seconds_late FROM {asked.source}"


def _repeated(asked: _Asked) -> str | None:
    key = asked.key or asked.column
    if not key:
        return f"SELECT *, count(*) AS n FROM {asked.source} GROUP BY ALL HAVING count(*) > 1 LIMIT 50"
    return f"SELECT {key}, count(*) AS n FROM {asked.source} GROUP BY ALL HAVING count(*) > 1 ORDER BY n DESC LIMIT 50"


def _label(asked: _Asked) -> str | None:
    label = asked.declared.label
    if label is None:
        return _values(asked)
    if asked.column is None or asked.check.column == label:
        return _counted(asked, _name(label))
    named = f"{asked.column} AS value, {_name(label)} AS label"
    return f"SELECT {named}, count(*) AS n FROM {asked.source} GROUP BY ALL ORDER BY n DESC LIMIT 50"


_BY_RULE: Mapping[str, _Maker] = {
    "column-missing": _schema,
    "column-extra": _schema,
    "column-renamed": _schema,
    "column-retyped": _retyped,
    "unit-changed": _spread,
    "vocabulary-unseen": _unseen,
    "meaning-changed": _values,
    "missing-values": _missing,
    "out-of-range": _range,
    "format-changed": _forms,
    "clock-shifted": _clock,
    "encoding-damaged": _damaged,
    "distribution-shifted": _spread,
    "segments-unproven": _unseen,
    "volume-unproven": _days,
    "label-unavailable": _missing,
    "label-shifted": _label,
    "label-leaked": _label,
    "cadence-slower": _days,
    "stale-now": _newest,
    "late-records": _late,
    "deliveries-missing": _days,
    "duplicates": _repeated,
}
