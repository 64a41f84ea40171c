"""Statements that count by a key, written once for all engines over the pieces that an `Emitter` spells.

Each gives rows of `a` (key), `b` (second key or NULL) and `n` (count).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from roadworthy.measure.fingerprint import metrics as m
from roadworthy.measure.fingerprint.histogram import PACK
from roadworthy.measure.fingerprint.model import BINS_PER_E
from roadworthy.measure.fingerprint.relation import Field

if TYPE_CHECKING:
    from roadworthy.measure.fingerprint.emit.base import Emitter

# Statements are put together from templates of ours and from names and expressions that were quoted by whoever read
# them from the source; values that come from data are literals of the emitter.

HOUR = 3_600_000_000
"""Microseconds."""
MONDAY = 72
"""Hours from Monday 29 December 1969 to the beginning of 1970, a Thursday."""


def _counted(source: str, a: str, *, b: str | None = None, where: str | None = None, most: int | None = None) -> str:
    """Rows per key; the fullest first and no more than `most`, where that is given."""
    keys = f"{a} AS a, {b} AS b" if b else f"{a} AS a"
    kept = f" WHERE {where}" if where else ""
    inner = f"SELECT {keys}, count(*) AS n FROM {source}{kept} GROUP BY {'1, 2' if b else '1'}"
    if most is not None:
        inner += f" ORDER BY n DESC, a{', b' if b else ''} LIMIT {most}"
    return inner if b else f"SELECT a, NULL AS b, n FROM ({inner}) AS c"


def packed(f: str) -> str:
    """SQL of sign and bin of a finite double as one number; see `histogram.packed`."""
    number = f"CAST(floor(ln(abs(nullif({f}, 0))) * {BINS_PER_E}) AS INTEGER)"
    return f"CASE WHEN {f} > 0 THEN {PACK} + {number} WHEN {f} < 0 THEN {number} - {PACK} WHEN {f} = 0 THEN 0 END"


def _values(_: Emitter, metric: m.Values, source: str) -> str:
    x = f"({metric.field.expression})"
    # No order: whether there are more than `most` is all that is read of a result that is cut here.
    return f"{_counted(source, x, where=f'{x} IS NOT NULL')} LIMIT {metric.most + 1}"


def _commonest(emit: Emitter, metric: m.Commonest, source: str) -> str:
    x = emit.as_text(f"({metric.field.expression})")
    short = f"{emit.pieces(x)['octets']} <= {metric.longest}"
    return _counted(source, x, where=f"{metric.field.expression} IS NOT NULL AND {short}", most=metric.most)


def _among(emit: Emitter, metric: m.Among, source: str) -> str:
    x = f"({metric.field.expression})"
    if metric.field.form.temporal:
        whole = emit.as_text(x)
        text = f"substr({whole}, 1, 10)"
        among = f"{text} IN ({', '.join(emit.literal(word) for word in metric.words)})"
        # DuckDB writes years before the first with `(BC)` behind.
        return _counted(source, text, where=f"{among} AND {whole} NOT LIKE '%(BC)'")
    return _counted(source, x, where=f"{emit.double(metric.field)} IN ({', '.join(metric.words)})")


def _bins(emit: Emitter, metric: m.Bins, source: str) -> str:
    f = emit.finite(metric.field)
    return _counted(f"(SELECT {f} AS f FROM {source}) AS s", packed("f"), where="f IS NOT NULL")


def _lengths(emit: Emitter, metric: m.Lengths, source: str) -> str:
    x = f"({metric.field.expression})"
    return _counted(source, emit.pieces(x)["length"], where=f"{x} IS NOT NULL")


def _days(emit: Emitter, metric: m.Days, source: str) -> str:
    inner = f"(SELECT {emit.micros(metric.field)} AS t FROM {source}) AS s"
    return _counted(inner, emit.floored("t", 24 * HOUR), where="t IS NOT NULL", most=metric.most)


def _hours(emit: Emitter, metric: m.Hours, source: str) -> str:
    inner = f"(SELECT {emit.micros(metric.field)} AS t FROM {source}) AS s"
    return _counted(inner, emit.floored("t", HOUR), where="t IS NOT NULL", most=metric.most)


def _clock(emit: Emitter, metric: m.Clock, source: str) -> str:
    inner = f"(SELECT {emit.micros(metric.field)} AS t FROM {source}) AS s"
    hour = emit.floored("t", HOUR)
    return _counted(inner, f"((({hour} + {MONDAY}) % 168) + 168) % 168", where="t IS NOT NULL")


def _lags(emit: Emitter, metric: m.Lags, source: str) -> str:
    seconds = f"CAST({emit.micros(metric.ingest)} - {emit.micros(metric.event)} AS DOUBLE) / 1000000"
    return _counted(f"(SELECT {seconds} AS f FROM {source}) AS s", packed("f"), where="f IS NOT NULL")


def _together(emit: Emitter, metric: m.Together, source: str) -> str:
    first, second = (emit.as_text(f"({field.expression})") for field in (metric.first, metric.second))
    where = f"{metric.first.expression} IS NOT NULL AND {metric.second.expression} IS NOT NULL"
    return _counted(source, first, b=second, where=where, most=metric.most)


def _sketch(emit: Emitter, metric: m.Sketch, source: str) -> str:
    hashed = f"(SELECT {emit.key_hash(metric.fields, narrow=metric.narrow)} AS h FROM {source}) AS s"
    return _counted(hashed, "h", where=f"h < {metric.threshold}")


def cellwise(emit: Emitter, metric: m.Cellwise) -> tuple[str, Callable[[str], str]]:
    """What is counted within the values of a breakdown: SQL over a row, then over the name of that; NULL counts not."""
    match metric:
        case m.CellRows():
            return "0", str
        case m.GapsWithin():
            return f"CASE WHEN {metric.field.expression} IS NULL THEN 1 END", str
        case m.BinsWithin():
            return emit.finite(metric.field), packed
        case m.DaysWithin():
            return emit.floored(emit.micros(metric.field), 24 * HOUR), str
        case m.HoursWithin():
            return f"((({emit.floored(emit.micros(metric.field), HOUR)}) % 24) + 24) % 24", str


def _cells(emit: Emitter, metric: m.Cellwise, source: str) -> str:
    """Rows per value of one column and per second key, for the values of the breakdown only."""
    value, key = cellwise(emit, metric)
    inner = f"(SELECT {emit.as_text(metric.by.expression)} AS c, {value} AS v FROM {source}) AS s"
    words = ", ".join(emit.literal(word) for word in metric.within)
    return _counted(inner, "c", b=key("v"), where=f"c IN ({words}) AND v IS NOT NULL")


_STATEMENTS: Mapping[type[Any], Callable[[Emitter, Any, str], str]] = {
    m.Values: _values,
    m.Commonest: _commonest,
    m.Among: _among,
    m.Bins: _bins,
    m.Lengths: _lengths,
    m.Days: _days,
    m.Hours: _hours,
    m.Clock: _clock,
    m.Lags: _lags,
    m.Together: _together,
    m.Sketch: _sketch,
    m.CellRows: _cells,
    m.GapsWithin: _cells,
    m.BinsWithin: _cells,
    m.DaysWithin: _cells,
    m.HoursWithin: _cells,
}


def statement(emit: Emitter, metric: m.Grouped, source: str) -> str:
    """The statement of a grouped metric."""
    return _STATEMENTS[type(metric)](emit, metric, source)


# ---------------------------------------------------------------- statements with one row


def _keys(emit: Emitter, metric: m.KeysOfClass, source: str) -> str:
    """Rows with a whole key, different keys, rows of which a part of the key is missing."""
    parts = [field.expression for field in metric.fields]
    missing = " OR ".join(f"({part}) IS NULL" for part in parts)
    inner = f"SELECT {emit.row_hash(parts)} AS h, ({missing}) AS gone FROM {source}"
    kept = f" WHERE {emit.class_of('h', metric.classes)} = {metric.remainder}" if metric.classes > 1 else ""
    return (
        "SELECT count(*) FILTER (WHERE NOT gone), count(DISTINCT CASE WHEN NOT gone THEN h END), "
        f"count(*) FILTER (WHERE gone) FROM ({inner}) AS s{kept}"
    )


def _dense(emit: Emitter, metric: m.DenseKeys, source: str) -> str:
    """The same of one whole number, by blocks of 64."""
    x = f"CAST({metric.field.expression} AS BIGINT)"
    block = emit.shifted(x, 6)
    kept = f"{block} % {metric.classes} IN ({metric.remainder}, {metric.remainder - metric.classes})"
    if metric.remainder == 0:
        kept += f" OR {metric.field.expression} IS NULL"
    found = f"count(*) AS n, {emit.bit_set(emit.low_bits(x, 6))} AS bits"
    inner = f"SELECT {block} AS block, {found} FROM {source} WHERE {kept} GROUP BY 1"
    there = "FILTER (WHERE block IS NOT NULL)"
    return f"SELECT sum(n) {there}, sum(bits) {there}, sum(n) FILTER (WHERE block IS NULL) FROM ({inner}) AS s"


def _stored(fields: Sequence[Field]) -> list[str]:
    """What makes a row what it is: values, and the text of those that did not read."""
    return [part for field in fields for part in (field.expression, field.raw) if part is not None]


def _copies(emit: Emitter, metric: m.CopiesOfClass, source: str) -> str:
    """Rows looked at, and wholly different ones among them."""
    kept = ""
    if metric.by:
        kept = f" WHERE {emit.class_of(emit.row_hash(_stored(metric.by)), metric.classes)} = 0"
    inner = f"SELECT {emit.row_hash(_stored(metric.fields))} AS h FROM {source}{kept}"
    return f"SELECT count(*), count(DISTINCT h) FROM ({inner}) AS s"


def _resent(emit: Emitter, metric: m.Resent, source: str) -> str:
    """Rows that follow one of the same key and content within so many seconds."""
    key = emit.row_hash([field.expression for field in metric.key])
    # A row that is nothing but its key repeats its whole content with it.
    content = emit.row_hash(_stored(metric.content or metric.key))
    there = " AND ".join(f"({field.expression}) IS NOT NULL" for field in metric.key)
    if metric.classes > 1:
        there += f" AND {emit.class_of(key, metric.classes)} = {metric.remainder}"
    twice = f"SELECT k FROM (SELECT {key} AS k FROM {source} WHERE {there}) AS s GROUP BY k HAVING count(*) > 1"
    rows = f"SELECT {key} AS k, {content} AS c, {emit.micros(metric.moment)} AS t FROM {source} WHERE {there}"
    gaps = f"SELECT t - lag(t) OVER (PARTITION BY k, c ORDER BY t) AS gap FROM ({rows}) AS r WHERE k IN ({twice})"
    return f"SELECT count(*) FROM ({gaps}) AS g WHERE gap <= {metric.seconds * 1_000_000}"


_SPECIAL: Mapping[type[Any], Callable[[Emitter, Any, str], str]] = {
    m.KeysOfClass: _keys,
    m.DenseKeys: _dense,
    m.CopiesOfClass: _copies,
    m.Resent: _resent,
}


def special(emit: Emitter, metric: m.Special, source: str) -> str:
    """The statement of a metric that stands alone."""
    return _SPECIAL[type(metric)](emit, metric, source)
