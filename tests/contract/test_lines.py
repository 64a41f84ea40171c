"""Lines: what a unit sends without waiting is kept, refused and undone as if it had waited."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.storage.lines import line_of
from roadworthy.foundation.storage.prepared import Prepared
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.tables import timers

NOW = dt.datetime(2026, 11, 22, 14, 30, tzinfo=dt.UTC)
_TIMER = {"kind": "k", "due_at": NOW, "data": "{}", "attempts": 0, "last_error": None, "dead_at": None}
_ADD = Prepared(timers.insert())
_KEYS = Prepared(sa.select(timers.c.key).where(timers.c.kind == sa.bindparam("of")).order_by(timers.c.key))
_TRY = Prepared(timers.update().where(timers.c.key == sa.bindparam("of")).values(attempts=timers.c.attempts + 1))
_OF = {"of": "k"}


def _add(connection: sa.Connection, key: str) -> None:
    _ADD.run(connection, {**_TIMER, "key": key})


def _kept(store: Store) -> list[str]:
    with store.read() as connection:
        return _KEYS.column(connection, _OF)


def test_who_reads_next_sees_what_was_sent(store: Store) -> None:
    def work(connection: sa.Connection) -> None:
        _add(connection, "a")
        assert _KEYS.column(connection, _OF) == ["a"]
        _ADD.each(connection, [{**_TIMER, "key": key} for key in "bc"])
        assert _TRY.count(connection, {"of": "b"}) == 1
        _add(connection, "d")
        assert connection.execute(sa.select(sa.func.count()).select_from(timers)).scalar_one() == 4
        _add(connection, "e")

    store.write(work)
    assert _kept(store) == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("reads", [True, False])
def test_what_is_refused_undoes_the_unit_wherever_it_comes_out(store: Store, reads: bool) -> None:
    def work(connection: sa.Connection) -> None:
        for _ in range(2):
            _add(connection, "a")
        _add(connection, "b")
        if reads:
            _KEYS.all(connection, _OF)

    with pytest.raises(sa.exc.IntegrityError):
        store.write(work)
    assert _kept(store) == []
    store.write(lambda connection: _add(connection, "c"))
    assert _kept(store) == ["c"]


def test_a_unit_that_fails_with_its_own_error_says_that_one(store: Store) -> None:
    def work(connection: sa.Connection) -> None:
        for _ in range(2):
            _add(connection, "a")
        raise Unavailable("test-stop", "stop", remedy="none")

    with pytest.raises((Unavailable, sa.exc.IntegrityError)):
        store.write(work)
    assert _kept(store) == []


def test_what_sqlalchemy_runs_itself_is_refused_like_before(store: Store) -> None:
    def work(connection: sa.Connection) -> None:
        _add(connection, "a")
        connection.execute(timers.insert(), {**_TIMER, "key": "a"})

    with pytest.raises(sa.exc.IntegrityError):
        store.write(work)
    assert _kept(store) == []


def test_only_units_have_a_line(store: Store) -> None:
    with store.read() as connection:
        assert line_of(connection) is None
    had = store.write(lambda connection: line_of(connection) is not None)
    assert had is (store.dialect == "postgresql")
    with store.read() as connection:
        assert line_of(connection) is None
