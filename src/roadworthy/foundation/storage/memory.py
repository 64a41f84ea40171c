"""Answers that are kept while they are true: questions about what seldom changes, asked in nearly every transaction.

Who is in a group, which rights are in force, who is still here: a decision asks for all of it, and for some of it
several times. A connection on which units write remembers the answers, together with the tables that they were read
from, and forgets an answer as soon as one of its tables is written to. How long it may remember depends on who else
can write:

- On SQLite everything is written by the one connection, so an answer holds until that connection writes. Should another
  program write to the file nevertheless, the file's version says so when the next transaction begins.
- On PostgreSQL anybody writes, so an answer holds to the end of the transaction, and not beyond a lock, behind which
  another transaction may just have ended.

Connections that only read a SQLite file remember nothing: what they read was committed on another one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache, wraps
from typing import Final, ParamSpec, TypeVar, cast

import sqlalchemy as sa

MOST = 20_000
"""Answers of one connection; when there are more, all are forgotten. Our own choice: some megabytes."""

ALL: Final = frozenset({"*"})
"""Stands for every table, where what a statement writes to cannot be told."""

_KEY: Final = "remembered"
_WRITE = re.compile(r'\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)"?', re.IGNORECASE)
_READ = re.compile(r"\s*(?:SELECT|WITH|PRAGMA|SAVEPOINT|RELEASE|BEGIN|SET|SHOW)\b", re.IGNORECASE)
_MORE_THAN_READ = re.compile(r"\bFOR\s+(?:KEY\s+)?SHARE|\b(?:INSERT|UPDATE|DELETE)\b|_lock\b", re.IGNORECASE)

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class Memory:
    """What one connection remembers. A connection is used by one thread at a time, so it needs no lock."""

    __slots__ = ("_answers", "_by_table", "_version")

    def __init__(self) -> None:
        self._answers: dict[Hashable, object] = {}
        self._by_table: dict[str, set[Hashable]] = {}
        self._version: int | None = None

    def __len__(self) -> int:
        return len(self._answers)

    def begin(self, version: int | None) -> None:
        """A transaction begins on this version of everything; None where that cannot be told from the last one."""
        if version is None or version != self._version:
            self.forget()
            self._version = version

    def get(self, question: Hashable, tables: Iterable[str], find: Callable[[], object]) -> object:
        """The answer that is remembered, or one that is found now."""
        try:
            return self._answers[question]
        except KeyError:
            answer = find()
        if len(self._answers) >= MOST:
            self.forget()
        self._answers[question] = answer
        for table in tables:
            self._by_table.setdefault(table, set()).add(question)
        return answer

    def lose(self, tables: frozenset[str]) -> None:
        """Forget what was read from some tables, or everything."""
        if tables is ALL:
            self.forget()
            return
        for table in tables:
            for question in self._by_table.pop(table, ()):
                self._answers.pop(question, None)

    def forget(self) -> None:
        """Forget everything."""
        self._answers.clear()
        self._by_table.clear()


def remembered(*tables: sa.Table) -> Callable[[Callable[Asked, Answer]], Callable[Asked, Answer]]:
    """Have the answers of a function, or of a method, remembered by the connection that it is given first.

    Everything that an answer depends on stands in these tables and in the arguments, which can be hashed; and an answer
    is a value that nobody changes.

    Args:
        tables: all that it reads.
    """
    names = _with_causes(tables)

    def decorate(find: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
        @wraps(find)
        def ask(*args: Asked.args, **named: Asked.kwargs) -> Answer:
            at = 0 if isinstance(args[0], sa.Connection) else 1
            memory = memory_of(cast("sa.Connection", args[at]))
            if memory is None or named:
                return find(*args, **named)
            question = (find, *args[:at], *args[at + 1 :])
            return cast("Answer", memory.get(question, names, lambda: find(*args, **named)))

        return ask

    return decorate


def remember(engine: sa.Engine) -> None:
    """Give every connection of an engine a memory, and keep it true by all that goes through SQLAlchemy."""
    embedded = engine.dialect.name == "sqlite"

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        memory: Memory = connection.info.setdefault(_KEY, Memory())
        memory.begin(_version_of_file(connection) if embedded else None)

    @sa.event.listens_for(engine, "rollback")
    def _rollback(connection: sa.Connection) -> None:
        if connection.invalidated:  # it was cut off, and its memory goes with it
            return
        memory = memory_of(connection)
        if memory is not None:
            memory.forget()

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _execute(connection: sa.Connection, _cursor: object, statement: str, *_rest: object) -> None:
        memory = memory_of(connection)
        if memory is not None:
            memory.lose(written_by(statement))


def memory_of(connection: sa.Connection) -> Memory | None:
    """What remembers for a connection; None where nothing does."""
    memory: Memory | None = connection.info.get(_KEY)
    return memory


def _version_of_file(connection: sa.Connection) -> int:
    """Another one than before once another connection has written (sqlite.org/pragma.html#pragma_data_version)."""
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA data_version")
    [[version]] = cursor.fetchall()
    return int(version)


def _with_causes(tables: Iterable[sa.Table]) -> frozenset[str]:
    """Names of tables, and of those whose deletions reach into them."""
    found: set[str] = set()
    open_ = list(tables)
    while open_:
        table = open_.pop()
        if table.name not in found:
            found.add(table.name)
            open_ += [key.column.table for key in table.foreign_keys if key.ondelete is not None]
    return frozenset(found)


@lru_cache(maxsize=2_048)
def written_by(statement: str) -> frozenset[str]:
    """Names of the tables that a statement writes to; all, where that cannot be told."""
    write = _WRITE.match(statement)
    if write is not None:
        return frozenset({write[1].lower()})
    read = _READ.match(statement)
    return frozenset() if read is not None and _MORE_THAN_READ.search(statement) is None else ALL
