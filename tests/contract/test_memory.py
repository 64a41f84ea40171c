"""What a connection remembers is what it would be told: on both engines, whoever writes, however a unit ends."""

from __future__ import annotations

import datetime as dt
import operator
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.identity.tables import group_members, groups, people
from roadworthy.foundation.storage import memory
from roadworthy.foundation.storage.memory import Memory, remembered, written_by
from roadworthy.foundation.storage.postgres import PostgresStore
from roadworthy.foundation.storage.prepared import Prepared
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.tables import timers

NOW = dt.datetime(2026, 11, 22, 14, 30, tzinfo=dt.UTC)
_TIMER = {"kind": "k", "due_at": NOW, "data": "{}", "attempts": 0, "last_error": None, "dead_at": None}
_INSERT = Prepared(timers.insert())
_CHANGE = timers.update().where(timers.c.kind == "k")


class Asking:
    """Asks, and counts how often it had to look."""

    def __init__(self) -> None:
        self.looked = 0

    @remembered(timers)
    def keys(self, connection: sa.Connection, kind: str) -> tuple[str, ...]:
        """Keys of a kind."""
        self.looked += 1
        query = sa.select(timers.c.key).where(timers.c.kind == kind).order_by(timers.c.key)
        return tuple(connection.execute(query).scalars())

    @remembered(group_members)
    def members(self, connection: sa.Connection) -> int:
        """How many there are."""
        return connection.execute(sa.select(sa.func.count()).select_from(group_members)).scalar_one()


def _add(connection: sa.Connection, key: str) -> None:
    _INSERT.run(connection, {**_TIMER, "key": key})


def test_what_was_asked_is_not_looked_up_again(store: Store) -> None:
    asking = Asking()

    def work(connection: sa.Connection) -> None:
        for _ in range(3):
            assert asking.keys(connection, "k") == ()
        connection.execute(people.update().values(left_at=None))
        assert asking.keys(connection, "k") == ()

    store.write(work)
    assert asking.looked == 1
    store.write(work)
    assert asking.looked == (1 if store.dialect == "sqlite" else 2)


@pytest.mark.parametrize(
    "written",
    [
        _CHANGE.values(key="b"),
        sa.text("UPDATE timers SET key = 'b' WHERE kind = 'k'"),
        sa.text("WITH gone AS (SELECT 1) UPDATE timers SET key = 'b' WHERE kind = 'k'"),
    ],
    ids=["core", "text", "with"],
)
def test_whoever_writes_in_the_unit_is_heard(store: Store, written: sa.Executable) -> None:
    asking = Asking()

    def work(connection: sa.Connection) -> None:
        assert asking.keys(connection, "k") == ()
        _add(connection, "a")
        assert asking.keys(connection, "k") == ("a",)
        connection.execute(written)
        assert asking.keys(connection, "k") == ("b",)

    store.write(work)


def test_what_is_rolled_back_was_never_so(store: Store) -> None:
    asking = Asking()

    def fails(connection: sa.Connection) -> None:
        _add(connection, "a")
        assert asking.keys(connection, "k") == ("a",)
        raise Unavailable("test-stop", "stop", remedy="none")

    with pytest.raises(Unavailable):
        store.write(fails)
    assert store.write(lambda connection: asking.keys(connection, "k")) == ()


def test_a_deletion_that_reaches_into_another_table_is_heard(store: Store) -> None:
    asking = Asking()

    def work(connection: sa.Connection) -> tuple[int, int]:
        times = {"created_at": NOW, "changed_at": NOW}
        group = {"ref": "g", "name": "risk", "folded": "risk", "source": "local", "version": 1, **times}
        connection.execute(groups.insert(), group)
        member = {"group_ref": "g", "kind": "person", "member_ref": "p", "since": NOW}
        connection.execute(group_members.insert(), member)
        before = asking.members(connection)
        connection.execute(groups.delete())
        return before, asking.members(connection)

    assert store.write(work) == (1, 0)


def test_what_another_program_commits_is_seen_in_the_next_unit(store: Store) -> None:
    asking = Asking()
    assert store.write(lambda connection: asking.keys(connection, "k")) == ()
    row = "INSERT INTO timers (kind, key, due_at, data, attempts) VALUES ('k', 'theirs', '', '{}', 0)"
    if isinstance(store, SqliteStore):
        other = sqlite3.connect(store.path)
        other.execute(row)
        other.commit()
        other.close()
    else:
        assert isinstance(store, PostgresStore)
        with store.read() as connection:
            url = connection.engine.url
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql(row)
        engine.dispose()
    assert store.write(lambda connection: asking.keys(connection, "k")) == ("theirs",)


def test_a_lock_ends_what_was_known_before_it(store: Store) -> None:
    asking = Asking()

    def work(connection: sa.Connection) -> None:
        asking.keys(connection, "k")
        connection.execute(sa.select(people.c.ref).with_for_update())
        asking.keys(connection, "k")

    store.write(work)
    assert asking.looked == (1 if store.dialect == "sqlite" else 2)


def test_a_reader_of_a_file_remembers_nothing(store: Store) -> None:
    asking = Asking()
    with store.read() as connection:
        asking.keys(connection, "k")
        asking.keys(connection, "k")
    assert asking.looked == (2 if store.dialect == "sqlite" else 1)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    units=st.lists(
        st.tuples(st.lists(st.sampled_from(["add", "clear", "core", "ask", "other"]), max_size=6), st.booleans()),
        max_size=6,
    )
)
def test_it_is_never_another_answer(store: Store, units: Sequence[tuple[Sequence[str], bool]]) -> None:
    """Whatever is written, whichever way, in units that hold or fail: what is remembered is what is there."""
    asking = Asking()
    names = (f"{number:04}" for number in range(1_000))

    def truth(connection: sa.Connection) -> tuple[str, ...]:
        return tuple(connection.execute(sa.select(timers.c.key).order_by(timers.c.key)).scalars())

    write: dict[str, Callable[[sa.Connection], object]] = {
        "add": lambda connection: _add(connection, next(names)),
        "core": lambda connection: connection.execute(timers.insert(), {**_TIMER, "key": next(names)}),
        "clear": lambda connection: connection.exec_driver_sql("DELETE FROM timers"),
        "other": lambda connection: connection.execute(people.delete()),
        "ask": truth,
    }

    def unit(connection: sa.Connection, steps: Sequence[str], holds: bool) -> None:
        for step in steps:
            write[step](connection)
            assert asking.keys(connection, "k") == truth(connection)
        if not holds:
            raise Unavailable("test-stop", "stop", remedy="none")

    store.write(lambda connection: connection.execute(timers.delete()))
    for steps, holds in units:
        try:
            store.write(partial(unit, steps=steps, holds=holds))
        except Unavailable:
            assert not holds


def test_it_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 10)
    known = Memory()
    for number in range(25):
        assert known.get(number, ["t"], partial(operator.neg, number)) == -number
    assert len(known) <= memory.MOST


@pytest.mark.parametrize(
    "statement",
    [
        "ROLLBACK TO unit",
        "TRUNCATE timers",
        "INSERT OR REPLACE INTO timers VALUES (1)",
        "WITH a AS (DELETE FROM timers RETURNING 1) SELECT * FROM a",
        "SELECT 1 FROM timers FOR UPDATE",
        "SELECT 1 FROM timers FOR KEY SHARE",
        "SELECT pg_advisory_xact_lock(1)",
        "MERGE INTO timers",
    ],
)
def test_what_cannot_be_told_ends_everything(statement: str) -> None:
    known = Memory()
    known.get("question", ["people"], lambda: 1)
    known.lose(written_by(statement))
    assert len(known) == 0


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("SELECT updated_at FROM timers", 1),
        ("PRAGMA data_version", 1),
        ("SAVEPOINT unit", 1),
        ('UPDATE "people" SET ref = 1', 0),
        ("  delete from people", 0),
        ("INSERT INTO timers VALUES (1)", 1),
        ("WITH RECURSIVE a(b) AS (SELECT 1) SELECT b FROM a", 1),
    ],
)
def test_what_is_about_something_else_leaves_it_alone(statement: str, left: int) -> None:
    known = Memory()
    known.get("question", ["people"], lambda: 1)
    known.lose(written_by(statement))
    assert len(known) == left
