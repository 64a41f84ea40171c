"""Answers that are kept while they are true: questions about what seldom changes, asked in nearly every transaction.

Who is in a group, which rights are in force, who is still here: a decision asks for all of it, and for some of it
several times. A connection on which units write remembers the answers, together with the tables that they were read
from, and forgets an answer as soon as one of its tables is written to. How long it may remember depends on who else
can write:

- On SQLite everything is written by the one connection, so an answer holds until that connection writes. Should another
  program write to the file nevertheless, the file's version says so when the next transaction begins.
- On PostgreSQL anybody writes, so an answer holds to the end of the transaction, and not beyond a lock, behind which
  another transaction may just have ended.

A connection that only reads remembers nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache, wraps
from typing import Concatenate, Final, ParamSpec, TypeVar, cast

import sqlalchemy as sa

MOST = 20_000
"""Answers of one connection; when there are more, all are forgotten. Our own choice: some megabytes."""

_KEY: Final = "remembered"
_ALL: Final = frozenset({"*"})
_NONE: Final[frozenset[str]] = frozenset()
_WRITE = re.compile(r'\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)"?', re.IGNORECASE)
_READ = re.compile(r"\s*(?:SELECT|WITH|PRAGMA|SAVEPOINT|RELEASE|BEGIN|SET|SHOW)\b", re.IGNORECASE)
_MORE_THAN_READ = re.compile(r"\bFOR\s+(?:KEY\s+)?SHARE|\b(?:INSERT|UPDATE|DELETE)\b|_lock\b", re.IGNORECASE)

Self = TypeVar("Self")
Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class Memory:
    """What one connection remembers. A connection is used by one thread at a time, so it needs no lock."""

    __slots__ = ("_answers", "_by_table")

    def __init__(self) -> None:
        self._answers: dict[Hashable, object] = {}
        self._by_table: dict[str, set[Hashable]] = {}

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

    def hear(self, statement: str) -> None:
        """Forget what a statement may change."""
        if not self._answers:
            return
        written = _written(statement)
        if written is _ALL:
            self.forget()
            return
        for table in written:
            for question in self._by_table.pop(table, ()):
                self._answers.pop(question, None)

    def forget(self) -> None:
        """Forget everything."""
        self._answers.clear()
        self._by_table.clear()


def remembered(
    *tables: sa.Table,
) -> Callable[
    [Callable[Concatenate[Self, sa.Connection, Asked], Answer]],
    Callable[Concatenate[Self, sa.Connection, Asked], Answer],
]:
    """Have a method's answers remembered by the connection that it is given.

    Everything the answer depends on stands in these tables and in the arguments, which can be hashed; and the answer
    is a value that nobody changes.

    Args:
        tables: all that it reads.
    """
    names = _with_causes(tables)

    def decorate(
        find: Callable[Concatenate[Self, sa.Connection, Asked], Answer],
    ) -> Callable[Concatenate[Self, sa.Connection, Asked], Answer]:
        @wraps(find)
        def asked(self: Self, connection: sa.Connection, /, *args: Asked.args, **named: Asked.kwargs) -> Answer:
            memory = connection.info.get(_KEY)
            if memory is None:
                return find(self, connection, *args, **named)
            question = (find, self, args, *named.items()) if named else (find, self, args)
            answer = memory.get(question, names, lambda: find(self, connection, *args, **named))
            return cast("Answer", answer)

        return asked

    return decorate


def heard(connection: sa.Connection, statement: str) -> None:
    """Tell a connection's memory of a statement that goes past SQLAlchemy."""
    memory = connection.info.get(_KEY)
    if memory is not None:
        memory.hear(statement)


def remember(engine: sa.Engine) -> None:
    """Give every connection of an engine a memory, kept true by all that it runs through SQLAlchemy."""
    version_of_file = engine.dialect.name == "sqlite"

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        memory: Memory = connection.info.setdefault(_KEY, Memory())
        if not version_of_file:
            memory.forget()
            return
        found = connection.connection.cursor().execute("PRAGMA data_version").fetchone()[0]
        if connection.info.get(_VERSION) != found:
            memory.forget()
            connection.info[_VERSION] = found

    @sa.event.listens_for(engine, "rollback")
    def _rollback(connection: sa.Connection) -> None:
        if _KEY in connection.info:
            connection.info[_KEY].forget()

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _execute(connection: sa.Connection, _cursor: object, statement: str, *_rest: object) -> None:
        heard(connection, statement)


_VERSION: Final = "version of the file"


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
def _written(statement: str) -> frozenset[str]:
    """Names of the tables that a statement writes to; all, where that cannot be told."""
    write = _WRITE.match(statement)
    if write is not None:
        return frozenset({write[1].lower()})
    read = _READ.match(statement)
    return _NONE if read is not None and _MORE_THAN_READ.search(statement) is None else _ALL
