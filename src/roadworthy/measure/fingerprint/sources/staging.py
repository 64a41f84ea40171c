"""Text, brought into the engine once: as text, with the way each column is read beside it.

Staged tables are temporary ones of the engine: they live in memory and spill to its folder beyond the limit. Nothing is
lost in staging. What a column holds is decided on rows that lie evenly over the whole, and read when it is measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.model import Form
from roadworthy.measure.fingerprint.relation import Field
from roadworthy.measure.fingerprint.sources import duckdb_casts, quoting
from roadworthy.measure.fingerprint.sources.formats import PART
from roadworthy.measure.fingerprint.sources.forms import Reading, reading

_ROWS = 5_000
_CELLS = 2_000_000
_FEWEST = 200
_TOGETHER = 50
WIDTH = 500
"""Columns that one table holds, and that are looked at by one statement: an engine holds a block of each, and ten
thousand exceed its memory; and what it plans takes more than twice as long for twice as many."""
MOST_PATHS = 2_000
"""Paths of JSON that become columns."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A table of text, and how to read it."""

    table: str
    rows: int
    fields: tuple[Field, ...]
    notes: tuple[str, ...]


def table_of(engine: DuckEngine, sql: str) -> str:
    """A new temporary table with the rows of a query; returns its quoted name."""
    engine.rows("CREATE TEMP SEQUENCE IF NOT EXISTS staged_number")
    number = engine.rows("SELECT nextval('staged_number')")[0][0]
    name = quoting.name(f"staged_{number}")
    engine.rows(f"CREATE TEMP TABLE {name} AS {sql}")
    return name


def slices(columns: Sequence[str]) -> Iterator[Sequence[str]]:
    """Columns of a table each: all of them, unless there are far more than one holds."""
    width = WIDTH if len(columns) > 2 * WIDTH else max(1, len(columns))
    for begin in range(0, len(columns), width):
        yield columns[begin : begin + width]


def beside(engine: DuckEngine, tables: Sequence[str]) -> str:
    """Tables whose rows belong together by their place, as one; what it is made of goes with it."""
    if len(tables) == 1:
        return tables[0]
    name = tables[0][:-1] + '_wide"'
    rows = " POSITIONAL JOIN ".join(tables)
    engine.rows(f"CREATE TEMP VIEW {name} AS SELECT {tables[0]}.rowid AS rowid, * FROM {rows}")
    return name


def dropped(engine: DuckEngine, tables: Sequence[str]) -> None:
    """Let go of what `table_of` and `beside` made."""
    for table in tables:
        kind = "VIEW" if table.endswith('_wide"') else "TABLE"
        engine.rows(f"DROP {kind} IF EXISTS {table}")


def staged(engine: DuckEngine, table: str, types: Mapping[str, str] | None = None) -> Staged:
    """How the columns of a table of text are read.

    Args:
        engine: where the table is.
        table: its quoted name; every column is text.
        types: column to the type that the store gives it, where it gives one; `VARCHAR` is looked into.
    """
    apart = {PART, "rowid"} if table.endswith('_wide"') else {PART}
    columns = [column for column in engine.describe(table) if column not in apart]
    given = types or {}
    rows = int(engine.rows(f"SELECT count(*) FROM {table}")[0][0])
    readings = _readings(engine, table, [each for each in columns if given.get(each, "VARCHAR") == "VARCHAR"], rows)
    readings |= {column: _typed(kind) for column, kind in given.items() if kind != "VARCHAR"}
    readings = _with_fractions(engine, table, readings)
    fields = tuple(
        field_of(column, quoting.name(column), readings[column], given.get(column, "VARCHAR")) for column in columns
    )
    return Staged(table, rows, fields, tuple(how.note for how in readings.values() if how.note))


def field_of(name: str, text: str, how: Reading, physical: str) -> Field:
    """A field over text that is read in some way."""
    if how.way == "text":
        return Field(name, text, physical, how.form)
    return Field(name, duckdb_casts.value_of(text, how), physical, how.form, f"nullif(trim({text}), '')")


def _readings(engine: DuckEngine, table: str, columns: Sequence[str], rows: int) -> dict[str, Reading]:
    if not columns:
        return {}
    wanted = max(_FEWEST, min(_ROWS, _CELLS // len(columns)))
    every = max(1, rows // wanted)
    found: dict[str, Reading] = {}
    for some in slices(columns):
        listing = ", ".join(quoting.name(column) for column in some)
        sample = engine.rows(f"SELECT {listing} FROM {table} WHERE rowid % {every} = 0")
        by_column = zip(some, zip(*sample, strict=True), strict=True) if sample else ((each, ()) for each in some)
        found |= {column: reading(column, values) for column, values in by_column}
    return found


def _typed(kind: str) -> Reading:
    """How a value is read whose store knows its type."""
    return {
        "BIGINT": Reading(Form.INTEGER, "integer"),
        "DOUBLE": Reading(Form.DECIMAL, "decimal"),
        "BOOLEAN": Reading(Form.BOOLEAN, "boolean"),
        "DATE": Reading(Form.DATE, "dates", ("iso",)),
        "TIMESTAMP": Reading(Form.TIMESTAMP, "dates", ("iso-time",)),
        "TIMESTAMPTZ": Reading(Form.TIMESTAMP, "dates", ("iso-zoned",)),
        "BLOB": Reading(Form.BINARY),
        "NULL": Reading(Form.EMPTY),
        "JSON": Reading(Form.NESTED),
    }.get(kind, Reading(Form.TEXT))


def _with_fractions(engine: DuckEngine, table: str, readings: dict[str, Reading]) -> dict[str, Reading]:
    """A cast to a whole number rounds `1.5` without a word, so one look at all rows says whether there is one."""
    whole = [column for column, how in readings.items() if how.way == "integer"]
    if not whole:
        return readings
    broken: set[str] = set()
    # A few at a time: planning one statement over two thousand such sums takes a minute and a half.
    for begin in range(0, len(whole), _TOGETHER):
        some = whole[begin : begin + _TOGETHER]
        looks = ", ".join(
            f"coalesce(bool_or(contains({name}, '.') AND TRY_CAST({name} AS DOUBLE) % 1 <> 0), false)"
            for name in map(quoting.name, some)
        )
        found = engine.rows(f"SELECT {looks} FROM {table}")[0]
        broken |= {column for column, is_broken in zip(some, found, strict=True) if is_broken}
    return {column: Reading(Form.DECIMAL, "decimal") if column in broken else how for column, how in readings.items()}
