"""Prepared statements on both engines: the same rows and the same refusals as SQLAlchemy's own execution."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roadworthy.foundation.identity.tables import groups
from roadworthy.foundation.ledger.tables import payloads
from roadworthy.foundation.notify.tables import messages
from roadworthy.foundation.storage.prepared import Prepared
from roadworthy.foundation.storage.statements import upsert
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.tables import timers

NOW = dt.datetime(2026, 11, 22, 14, 30, 5, 123456, tzinfo=dt.UTC)
_MESSAGE = {
    "id": "m1", "topic": "waits", "subject": "It waits", "lines": "[]", "path": "/", "facts": "{}", "urgent": True,
    "created_at": NOW,
}  # fmt: skip
_TIMER = {"kind": "k", "due_at": NOW, "data": "{}", "attempts": 0, "last_error": None, "dead_at": None}
_KEYS = Prepared(
    sa.select(timers.c.key)
    .where(timers.c.kind == sa.bindparam("of"), timers.c.key.in_(sa.bindparam("keys", expanding=True)))
    .order_by(timers.c.key)
)


def _plainly(store: Store, statement: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
    with store.read() as connection:
        return connection.execute(statement).all()


def test_values_of_every_type_come_back_as_they_went_in(store: Store) -> None:
    bytes_ = {"ref": "r1", "commitment": "c", "salt": b"\0" * 32, "content": b"\xff\0", "retention": "record"}
    store.write(lambda connection: Prepared(messages.insert()).run(connection, _MESSAGE))
    store.write(lambda connection: Prepared(payloads.insert()).run(connection, bytes_))
    for table, row in ((messages, _MESSAGE), (payloads, bytes_)):
        [plain] = _plainly(store, sa.select(table))
        assert row.items() <= dict(plain._mapping).items()
        with store.read() as connection:
            [found] = Prepared(sa.select(table)).all(connection, {})
        assert all(getattr(found, column.key) == getattr(plain, column.key) for column in table.columns)


def test_one_that_is_not_there_is_none(store: Store) -> None:
    one = Prepared(sa.select(messages).where(messages.c.id == sa.bindparam("of")))
    with store.read() as connection:
        assert one.one(connection, {"of": "nothing"}) is None


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(there=st.sets(st.sampled_from("abcdef")), asked=st.lists(st.sampled_from("abcdefgh"), max_size=8, unique=True))
def test_a_list_has_any_length(store: Store, there: set[str], asked: list[str]) -> None:
    def work(connection: sa.Connection) -> list[str]:
        connection.execute(timers.delete())
        Prepared(timers.insert()).each(connection, [{**_TIMER, "key": key} for key in sorted(there)])
        return _KEYS.column(connection, {"of": "k", "keys": asked})

    assert store.write(work) == sorted(there & set(asked))


def test_what_always_stands_in_a_statement_is_converted_too(store: Store) -> None:
    later = NOW + dt.timedelta(hours=1)
    due = Prepared(sa.select(timers.c.key, timers.c.due_at).where(timers.c.due_at.in_([NOW, later])))
    store.write(lambda connection: Prepared(timers.insert()).run(connection, {**_TIMER, "key": "a"}))
    with store.read() as connection:
        [found] = due.all(connection, {})
        assert (found.key, found.due_at) == ("a", NOW)
        assert due.column(connection, {}) == ["a"]


def test_rows_changed_are_counted(store: Store) -> None:
    change = Prepared(
        timers.update().where(timers.c.kind == sa.bindparam("of")).values(attempts=sa.bindparam("attempts"))
    )

    def work(connection: sa.Connection) -> tuple[int, int]:
        Prepared(timers.insert()).each(connection, [{**_TIMER, "key": key} for key in "abc"])
        some, none = ({"of": kind, "attempts": 4} for kind in "k?")
        return change.count(connection, some), change.count(connection, none)

    assert store.write(work) == (3, 0)


def test_inserting_nothing_is_nothing(store: Store) -> None:
    store.write(lambda connection: Prepared(timers.insert()).each(connection, []))
    assert not _plainly(store, sa.select(timers))


def test_a_row_that_is_there_already_is_refused_as_everywhere_else(store: Store) -> None:
    def twice(connection: sa.Connection) -> None:
        for _ in range(2):
            Prepared(timers.insert()).run(connection, {**_TIMER, "key": "a"})

    with pytest.raises(sa.exc.IntegrityError):
        store.write(twice)
    assert not _plainly(store, sa.select(timers))
    store.write(lambda connection: upsert(connection, timers, [{**_TIMER, "key": "a"}]))
    store.write(lambda connection: upsert(connection, timers, [{**_TIMER, "key": "a", "attempts": 7}]))
    assert [row.attempts for row in _plainly(store, sa.select(timers))] == [7]


def test_outside_of_a_transaction_nothing_is_run(store: Store) -> None:
    with store.read() as connection:
        engine = connection.engine
    with engine.connect() as connection, pytest.raises(RuntimeError, match="transaction"):
        Prepared(sa.select(timers.c.key)).all(connection, {})


def test_a_walk_over_groups_is_prepared_like_anything_else(store: Store) -> None:
    names = sa.select(groups.c.name).where(groups.c.name == sa.bindparam("of")).cte("names", recursive=True)
    walk = Prepared(sa.select(names.union(sa.select(groups.c.name).where(groups.c.name == names.c.name))))
    with store.read() as connection:
        assert walk.column(connection, {"of": "risk"}) == []
