"""Statements that are made once: compiled for an engine the first time, from then on text and values for its driver.

SQLAlchemy compiles a statement once, too, but looks it up, checks it, wraps its cursor and describes its rows every
time. That takes several times as long as SQLite takes to answer from memory. So what every decision runs is prepared:
the statement stays a Core statement, written against the tables, and types convert as they do elsewhere. What is asked
once in a while is better written as a plain Core statement.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, cast

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import iterate

from roadworthy.foundation.storage.memory import heard

Values: TypeAlias = Mapping[str, Any]
Convert: TypeAlias = Callable[[Any], Any]

_Shape: TypeAlias = tuple[tuple[str, int | None], ...]
"""Names of the values that a statement is given, with the length of those that are lists."""


class Row(Protocol):
    """A row: a tuple whose values are also found by the keys of their columns."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a column holds whatever its type says
        """The value of a column."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """Stands for a value while a statement is compiled."""

    name: str
    at: int | None = None
    """Which one of a list."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as one engine's driver takes it."""

    text: str
    slots: tuple[tuple[str, _Slot | None, Any, Convert | None], ...]
    """In the order of the text: name, whose value it is or a constant, and how it is converted."""
    named: bool
    row: Callable[[Iterable[Any]], Row]
    conversions: tuple[tuple[int, Convert], ...]

    def bind(self, values: Values) -> Any:  # noqa: ANN401 - a list or a dict, as the driver wants it
        """The values as the driver wants them."""
        bound = []
        for _, slot, constant, convert in self.slots:
            if slot is None:
                bound.append(constant)
                continue
            value = values[slot.name] if slot.at is None else values[slot.name][slot.at]
            bound.append(value if convert is None else convert(value))
        return {slot[0]: value for slot, value in zip(self.slots, bound, strict=True)} if self.named else bound

    def read(self, found: Iterable[Sequence[Any]]) -> list[Row]:
        """Rows from what the driver found."""
        if not self.conversions:
            return list(map(self.row, found))
        rows = []
        for each in found:
            values = list(each)
            for at, convert in self.conversions:
                values[at] = convert(values[at])
            rows.append(self.row(values))
        return rows


class Prepared:
    """A statement to be run many times, inside a transaction.

    Args:
        statement: a Core statement with a named parameter for every value that changes; a list of any length for an
            `expanding` one. An insert names no columns: it takes those that the values name.
    """

    def __init__(self, statement: sa.Select[Any] | sa.Insert | sa.Update | sa.Delete) -> None:
        self._statement = statement
        self._lists = None if isinstance(statement, sa.Insert) else _lists_of(statement)
        self._compiled: dict[Hashable, _Compiled] = {}

    def run(self, connection: sa.Connection, values: Values) -> int:
        """Run it; how many rows it changed."""
        compiled = self._for(connection, values)
        return int(_execute(connection, compiled, compiled.bind(values)).rowcount)

    def each(self, connection: sa.Connection, rows: Sequence[Values]) -> None:
        """Run it once for each of some values, all of the same names."""
        if len(rows) == 1:
            self.run(connection, rows[0])
        elif rows:
            compiled = self._for(connection, rows[0])
            _execute(connection, compiled, [compiled.bind(values) for values in rows], many=True)

    def all(self, connection: sa.Connection, values: Values) -> list[Row]:
        """Every row."""
        compiled = self._for(connection, values)
        return compiled.read(_execute(connection, compiled, compiled.bind(values)).fetchall())

    def one(self, connection: sa.Connection, values: Values) -> Row | None:
        """The first row, where there is one."""
        found = self.all(connection, values)
        return found[0] if found else None

    def column(self, connection: sa.Connection, values: Values) -> list[Any]:
        """The first value of every row."""
        compiled = self._for(connection, values)
        found = _execute(connection, compiled, compiled.bind(values)).fetchall()
        convert = dict(compiled.conversions).get(0)
        return [row[0] for row in found] if convert is None else [convert(row[0]) for row in found]

    def _for(self, connection: sa.Connection, values: Values) -> _Compiled:
        engine = connection.dialect.name
        key = (engine, tuple(values)) if self._lists is None else (engine, *(len(values[name]) for name in self._lists))
        found = self._compiled.get(key)
        if found is None:
            shape = tuple((name, len(each) if isinstance(each, list) else None) for name, each in values.items())
            found = self._compiled[key] = _compile(self._statement, connection.dialect, shape)
        return found


def _lists_of(statement: sa.Select[Any] | sa.Update | sa.Delete) -> tuple[str, ...]:
    """Names of the values that are lists."""
    binds = [each for each in iterate(statement) if isinstance(each, sa.BindParameter)]
    return tuple(sorted({each.key for each in binds if each.expanding and each.required}))


def _compile(
    statement: sa.Select[Any] | sa.Insert | sa.Update | sa.Delete, dialect: sa.Dialect, shape: _Shape
) -> _Compiled:
    """Compile with a stand-in for every value, and find where each of them came to be."""
    slots: dict[str, Any] = {
        name: _Slot(name) if size is None else [_Slot(name, at) for at in range(size)] for name, size in shape
    }
    given = [name for name, _ in shape] if isinstance(statement, sa.Insert) else None
    columns: Sequence[Any] = getattr(statement, "exported_columns", ())
    compiled = statement.compile(dialect=dialect, column_keys=given)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - what both engines' dialects compile with
    made = compiled.construct_expanded_state(slots)
    of = {each: name for name, some in made.parameter_expansion.items() for each in some}
    return _Compiled(
        text=made.statement,
        slots=tuple(
            _slot(name, made.parameters[name], _into(compiled.binds[of.get(name, name)].type, dialect))
            for name in made.positiontup or made.parameters
        ),
        named=not compiled.positional,
        row=_row_of([each.key for each in columns]),
        conversions=tuple(
            (at, convert)
            for at, each in enumerate(columns)
            if (convert := each.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
        ),
    )


def _into(type_: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Convert | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _slot(name: str, value: object, convert: Convert | None) -> tuple[str, _Slot | None, Any, Convert | None]:
    """A place in a statement: whose value comes there, or what always stands there."""
    if isinstance(value, _Slot):
        return name, value, None, convert
    return name, None, value if convert is None else convert(value), None


def _row_of(keys: list[str]) -> Callable[[Iterable[Any]], Row]:
    kind: Any = namedtuple("Row", keys)  # type: ignore[misc]  # noqa: PYI024 - the columns of a statement
    return cast("Callable[[Iterable[Any]], Row]", kind._make)


def _execute(connection: sa.Connection, compiled: _Compiled, bound: Any, *, many: bool = False) -> Any:  # noqa: ANN401 - the driver's own values and cursor
    if not connection.in_transaction():
        message = "a prepared statement runs inside a transaction that was begun"
        raise RuntimeError(message)
    heard(connection, compiled.text)
    driver: Any = connection.dialect.dbapi
    cursor = connection.connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(compiled.text, bound)
    except driver.Error as error:
        raise sa.exc.DBAPIError.instance(
            compiled.text, bound, error, driver.Error, dialect=connection.dialect, ismulti=many
        ) from error
    return cursor
