"""Tables and queries of SQLite and PostgreSQL, read once, in a transaction that cannot write."""

from __future__ import annotations

import csv
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import errors, sql

from roadworthy.foundation.errors import InvalidInput, NotFound, Place, Refused, Unavailable
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.sources import quoting, staging
from roadworthy.measure.fingerprint.sources.layout import unique_names
from roadworthy.measure.fingerprint.sources.options import ReadOptions

_QUERY = re.compile(r"\s*(?:select|with|values|table)\b", re.IGNORECASE)
_NULL = "\\N"
_TYPES = {
    "bool": "BOOLEAN",
    "int2": "BIGINT",
    "int4": "BIGINT",
    "int8": "BIGINT",
    "oid": "BIGINT",
    "float4": "DOUBLE",
    "float8": "DOUBLE",
    "numeric": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ",
    "json": "JSON",
    "jsonb": "JSON",
    "bytea": "BLOB",
}


@dataclass(frozen=True, slots=True)
class Queried:
    """Rows of a database in the engine."""

    table: str
    types: dict[str, str]
    """Column to the type that `staging` knows."""
    physical: dict[str, str]
    """Column to the type as the database names it."""
    shown: str
    """The location without credentials."""


def sqlite(location: str, engine: DuckEngine) -> Queried:
    """`sqlite:FILE#TABLE`, or a query in place of the table. The file is opened read-only.

    Raises:
        NotFound: no such file or table.
        InvalidInput: no database, or a query that fails.
    """
    path, what = _split(location.removeprefix("sqlite:"), location)
    if not Path(path).is_file():
        raise NotFound("source-not-found", f"no file is at `{path}`", place=Place(source=path), remedy="check the path")
    query = what if _QUERY.match(what) else f"SELECT * FROM {quoting.name(what)}"
    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)) as connection:
            if not _QUERY.match(what):
                _known(connection, what, location)
            cursor = connection.execute(query)
            names = unique_names([column[0] for column in cursor.description])
            declared = {
                str(row[1]): str(row[2]) for row in connection.execute(f"PRAGMA table_info({quoting.name(what)})")
            }
            table = _staged(engine, names, _text(cursor))
    except sqlite3.Error as error:
        raise InvalidInput(
            "source-query-failed",
            f"the database says: {error}",
            place=Place(source=location),
            remedy="check the table or the query behind `#`; only reading is possible",
        ) from error
    return Queried(table, {}, {name: declared.get(name) or "ANY" for name in names}, location)


def is_sqlite(path: str) -> bool:
    """Whether a file is a database of SQLite, by the first bytes of its format."""
    try:
        with Path(path).open("rb") as file:
            return file.read(16) == b"SQLite format 3\x00"
    except OSError:
        return False


def without_a_table(path: str, location: str) -> InvalidInput:
    """A database was named as if it were a table."""
    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)) as connection:
            names = _tables(connection)
    except sqlite3.Error:
        names = []
    holds = f"; it holds {', '.join(names[:20])}" if names else ""
    return InvalidInput(
        "source-table-missing",
        "it is a database of SQLite, named without a table or a query",
        place=Place(source=location),
        remedy=f"write `sqlite:{location}#TABLE`{holds}",
    )


def _tables(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
    return [str(row[0]) for row in found]


def _known(connection: sqlite3.Connection, table: str, location: str) -> None:
    names = _tables(connection)
    if table not in names:
        raise NotFound(
            "source-table-unknown",
            f"there is no table `{table}`",
            place=Place(source=location),
            remedy=f"name one of: {', '.join(names[:20])}" if names else "the database holds no table",
        )


def _text(cursor: sqlite3.Cursor) -> Iterator[list[str]]:
    for row in cursor:
        yield [_NULL if cell is None else cell.hex() if isinstance(cell, bytes) else str(cell) for cell in row]


def _staged(engine: DuckEngine, names: Sequence[str], rows: Iterator[list[str]]) -> str:
    target = engine.folder / "queried.csv"
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return _from_file(engine, names, target)


def _from_file(engine: DuckEngine, names: Sequence[str], target: Path) -> str:
    columns = ", ".join(f"{quoting.text(name)}: 'VARCHAR'" for name in names)
    try:
        return staging.table_of(
            engine,
            f"SELECT * FROM read_csv({quoting.text(str(target))}, auto_detect = false, columns = {{{columns}}}, "
            f"delim = ',', quote = '\"', escape = '\"', header = false, nullstr = '{_NULL}', "
            "max_line_size = 67108864, buffer_size = 134217728)",
        )
    finally:
        target.unlink(missing_ok=True)


def postgres(location: str, engine: DuckEngine, options: ReadOptions) -> Queried:
    """`env:NAME#schema.table` with the address in that variable, or `postgresql://…#schema.table`; also a query.

    Raises:
        NotFound: the variable, the table or a column is not there.
        Refused: the account may not read it.
        Unavailable: the database does not answer, or not in time.
        InvalidInput: the query is none.
    """
    address, what = _split(location, location)
    shown = f"{_without_credentials(address)}#{what}"
    if address.startswith("env:"):
        variable = address.removeprefix("env:")
        address = os.environ.get(variable, "")
        if not address:
            raise NotFound(
                "source-variable-unset",
                f"the variable `{variable}` is not set",
                place=Place(source=shown),
                remedy=f"set {variable} to the address of the database where Roadworthy runs",
            )
    target = engine.folder / "queried.csv"
    with (
        _explained(shown),
        psycopg.connect(address, connect_timeout=max(2, round(options.connect_timeout))) as connection,
    ):
        connection.read_only = True
        milliseconds = str(round(options.statement_timeout * 1000))
        connection.execute("SELECT set_config('statement_timeout', %s, true)", [milliseconds])
        connection.execute("SET LOCAL TimeZone = 'UTC'")
        connection.execute("SET LOCAL DateStyle = 'ISO'")
        body = (
            sql.SQL(what)
            if _QUERY.match(what)
            else sql.SQL("SELECT * FROM {}").format(sql.Identifier(*what.split(".")))
        )
        cursor = connection.execute(sql.SQL("SELECT * FROM ({}) AS asked LIMIT 0").format(body))
        described = [(column.name, column.type_code) for column in cursor.description or ()]
        known = connection.adapters.types
        names = unique_names([name for name, _ in described])
        kinds = [str(found.name) if (found := known.get(code)) else "text" for _, code in described]
        copy = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, NULL '\\N')").format(body)
        with connection.cursor().copy(copy) as stream, target.open("wb") as file:
            for block in stream:
                file.write(block)
    table = _from_file(engine, names, target)
    arrays = {name for name, (_, code) in zip(names, described, strict=True) if _is_array(code)}
    types = {
        name: "JSON" if name in arrays else _TYPES.get(kind, "VARCHAR") for name, kind in zip(names, kinds, strict=True)
    }
    return Queried(table, types, dict(zip(names, kinds, strict=True)), shown)


def _is_array(code: int) -> bool:
    known = psycopg.adapters.types.get(code)
    return known is not None and known.array_oid == code


@contextmanager
def _explained(shown: str) -> Iterator[None]:
    place = Place(source=shown)
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise Refused(
            "source-forbidden",
            f"the account may not read it: {_line(error)}",
            place=place,
            remedy="ask who owns the database for the right to select from it, for this account",
        ) from error
    except errors.QueryCanceled as error:
        raise Unavailable(
            "source-timed-out",
            "the database did not finish in time",
            place=place,
            remedy="give it more time, a quieter hour or a replica, or ask for fewer rows",
        ) from error
    except (errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidSchemaName) as error:
        raise NotFound(
            "source-table-unknown",
            f"the database says: {_line(error)}",
            place=place,
            remedy="check the name behind `#`; a schema can stand before a point",
        ) from error
    except psycopg.OperationalError as error:
        raise Unavailable(
            "source-unreachable",
            "the database does not answer, or does not let this account in",
            place=place,
            remedy="check host, port, account and network from where Roadworthy runs",
        ) from error
    except psycopg.Error as error:
        raise InvalidInput(
            "source-query-failed",
            f"the database says: {_line(error)}",
            place=place,
            remedy="check the query behind `#`; only reading is possible",
        ) from error


def _line(error: psycopg.Error) -> str:
    return (error.diag.message_primary or str(error)).split("\n", 1)[0]


def _split(text: str, location: str) -> tuple[str, str]:
    address, mark, what = text.partition("#")
    if not mark or not what.strip():
        raise InvalidInput(
            "source-table-missing",
            "a database is named without a table or a query",
            place=Place(source=_without_credentials(location)),
            remedy="write `#` and the table behind the address, such as `env:WAREHOUSE#public.orders`",
        )
    return address, what.strip()


def _without_credentials(address: str) -> str:
    if "://" not in address:
        return address
    parts = urlsplit(address.partition("#")[0])
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
