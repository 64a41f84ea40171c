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
from operator import itemgetter
from typing import Any, Protocol, TypeAlias, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import iterate

from roadworthy.foundation.storage.lines import Line, line_of, refused
from roadworthy.foundation.storage.memory import memory_of, written_by

Statement: TypeAlias = sa.Select[Any] | sa.Insert | sa.Update | sa.Delete | sa.TextClause
Values: TypeAlias = Mapping[str, Any]
Convert: TypeAlias = Callable[[Any], Any]
Answer = TypeVar("Answer")

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
    names: tuple[str, ...] | None
    """Of the parameters, where the driver takes them by name."""
    take: Callable[[Values], Iterable[Any]]
    """The values in the order of the text."""
    inward: tuple[tuple[int, Convert], ...]
    row: Callable[[Iterable[Any]], Row]
    outward: tuple[tuple[int, Convert], ...]
    writes: frozenset[str]
    """Tables that it writes to."""

    def bind(self, values: Values) -> Any:  # noqa: ANN401 - a list or a dict, as the driver wants it
        """The values as the driver wants them."""
        bound = list(self.take(values))
        for at, convert in self.inward:
            bound[at] = convert(bound[at])
        return bound if self.names is None else dict(zip(self.names, bound, strict=True))

    def read(self, found: Iterable[Sequence[Any]]) -> list[Row]:
        """Rows from what the driver found."""
        if not self.outward:
            return list(map(self.row, found))
        rows = []
        for each in found:
            values = list(each)
            for at, convert in self.outward:
                values[at] = convert(values[at])
            rows.append(self.row(values))
        return rows


class Prepared:
    """A statement to be run many times, inside a transaction.

    Args:
        statement: a Core statement, or a text that reads nothing, with a named parameter for every value that
            changes; a list of any length for an `expanding` one. An insert names no columns: it takes those that the
            values name.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._lists = None if isinstance(statement, sa.Insert) else _lists_of(statement)
        self._compiled: dict[Hashable, _Compiled] = {}

    def run(self, connection: sa.Connection, values: Values) -> None:
        """Run it. In a unit on PostgreSQL, what the server has against it comes out later in the unit."""
        compiled = self._for(connection, values)
        _send(connection, compiled, compiled.bind(values), _nothing)

    def count(self, connection: sa.Connection, values: Values) -> int:
        """Run it; how many rows it changed."""
        compiled = self._for(connection, values)
        return _send(connection, compiled, compiled.bind(values), _changed)

    def each(self, connection: sa.Connection, rows: Sequence[Values]) -> None:
        """Run it once for each of some values, all of the same names."""
        if len(rows) == 1:
            self.run(connection, rows[0])
        elif rows:
            compiled = self._for(connection, rows[0])
            _send(connection, compiled, [compiled.bind(values) for values in rows], _nothing, many=True)

    def tuples(self, connection: sa.Connection, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        """Run it once for each of some rows, on SQLite.

        Args:
            connection: inside a transaction.
            names: of the values.
            rows: values in the order of the names, as the driver takes them: types convert nothing.
        """
        if not rows:
            return
        compiled = self._for(connection, dict.fromkeys(names))
        order = tuple(compiled.take({name: at for at, name in enumerate(names)}))
        bound = rows if order == tuple(range(len(names))) else list(map(itemgetter(*order), rows))
        _send(connection, compiled, bound, _nothing, many=True)

    def all(self, connection: sa.Connection, values: Values) -> list[Row]:
        """Every row."""
        compiled = self._for(connection, values)
        return compiled.read(_send(connection, compiled, compiled.bind(values), _found))

    def one(self, connection: sa.Connection, values: Values) -> Row | None:
        """The first row, where there is one."""
        found = self.all(connection, values)
        return found[0] if found else None

    def column(self, connection: sa.Connection, values: Values) -> list[Any]:
        """The first value of every row."""
        compiled = self._for(connection, values)
        found = _send(connection, compiled, compiled.bind(values), _found)
        convert = dict(compiled.outward).get(0)
        return [row[0] for row in found] if convert is None else [convert(row[0]) for row in found]

    def _for(self, connection: sa.Connection, values: Values) -> _Compiled:
        engine = connection.dialect.name
        key = (engine, tuple(values)) if self._lists is None else (engine, *(len(values[name]) for name in self._lists))
        found = self._compiled.get(key)
        if found is None:
            shape = tuple((name, len(each) if isinstance(each, list) else None) for name, each in values.items())
            found = self._compiled[key] = _compile(self._statement, connection.dialect, shape)
        return found


def _lists_of(statement: Statement) -> tuple[str, ...]:
    """Names of the values that are lists."""
    binds = [each for each in iterate(statement) if isinstance(each, sa.BindParameter)]
    return tuple(sorted({each.key for each in binds if each.expanding and each.required}))


def _compile(statement: Statement, dialect: sa.Dialect, shape: _Shape) -> _Compiled:
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
    order = tuple(made.positiontup or made.parameters)
    into = [_inward(compiled.binds[of.get(name, name)].type, dialect) for name in order]
    return _Compiled(
        text=made.statement,
        names=None if compiled.positional else order,
        take=_taking([made.parameters[name] for name in order]),
        inward=tuple((at, convert) for at, convert in enumerate(into) if convert is not None),
        row=_row_of([each.key for each in columns]),
        outward=tuple(
            (at, convert)
            for at, each in enumerate(columns)
            if (convert := each.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
        ),
        writes=written_by(made.statement),
    )


def _inward(type_: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Convert | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _taking(places: Sequence[object]) -> Callable[[Values], Iterable[Any]]:
    """What takes the values of a statement, in its order: a stand-in's value, or what always stands there."""
    plain = [place.name for place in places if isinstance(place, _Slot) and place.at is None]
    if len(plain) == len(places) > 1:
        return cast("Callable[[Values], Iterable[Any]]", itemgetter(*plain))

    def take(values: Values) -> Iterable[Any]:
        for place in places:
            if not isinstance(place, _Slot):
                yield place
            else:
                yield values[place.name] if place.at is None else values[place.name][place.at]

    return take


def _row_of(keys: list[str]) -> Callable[[Iterable[Any]], Row]:
    kind: Any = namedtuple("Row", keys)  # type: ignore[misc]  # noqa: PYI024 - the columns of a statement
    return cast("Callable[[Iterable[Any]], Row]", kind._make)


def _nothing(_cursor: object, _line: object) -> None:
    """Nobody waits for an answer."""


def _changed(cursor: Any, line: Line | None) -> int:  # noqa: ANN401 - the driver's own
    if line is not None:
        line.sync()
    return int(cursor.rowcount)


def _found(cursor: Any, _line: object) -> list[Sequence[Any]]:  # noqa: ANN401 - the driver's own
    found: list[Sequence[Any]] = cursor.fetchall()
    return found


def _send(
    connection: sa.Connection,
    compiled: _Compiled,
    bound: Any,  # noqa: ANN401 - as the driver takes it
    answer: Callable[[Any, Line | None], Answer],
    *,
    many: bool = False,
) -> Answer:
    if not connection.in_transaction():
        message = "a prepared statement runs inside a transaction that was begun"
        raise RuntimeError(message)
    if compiled.writes and (memory := memory_of(connection)) is not None:
        memory.lose(compiled.writes)
    line = line_of(connection)
    driver: Any = connection.dialect.dbapi
    cursor = connection.connection.cursor()
    try:
        if line is not None:
            line.open()
        (cursor.executemany if many else cursor.execute)(compiled.text, bound)
        return answer(cursor, line)
    except driver.Error as error:
        raise refused(connection, error, compiled.text, bound) from error
