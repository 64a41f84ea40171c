"""Text, brought into the engine once: as text, with the way each column is read beside it.

Staged tables are temporary ones of the engine: they live in memory and spill to its folder beyond the limit. Nothing is
lost in staging. What a column holds is decided on rows that lie evenly over the whole, and read when it is measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
MOST_COLUMNS = 2_000
"""A table of more is read up to here: engines hold a block of each column, and ten thousand exceed their memory."""
MOST_LOOKED_INTO = 2_000
"""Columns of text in a typed store that are looked into."""


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


def staged(engine: DuckEngine, table: str, types: Mapping[str, str] | None = None) -> Staged:
    """How the columns of a table of text are read.

    Args:
        engine: where the table is.
        table: its quoted name; every column is text.
        types: column to the type that the store gives it, where it gives one; `VARCHAR` is looked into.
    """
    columns = [column for column in engine.describe(table) if column != PART]
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
    listing = ", ".join(quoting.name(column) for column in columns)
    sample = engine.rows(f"SELECT {listing} FROM {table} WHERE rowid % {every} = 0")
    by_column = zip(columns, zip(*sample, strict=True), strict=True) if sample else ((each, ()) for each in columns)
    return {column: reading(column, values) for column, values in by_column}


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
