"""What every store promises, on both engines."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.runtime import SimulatedClock
from roadworthy.foundation.storage.schema import Instant
from roadworthy.foundation.storage.statements import portions, upsert
from roadworthy.foundation.storage.store import Store

_own = sa.MetaData()
marks = sa.Table(
    "marks",
    _own,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("count", sa.Integer, nullable=False, server_default="0"),
    sa.Column("at", Instant),
)


@pytest.fixture(autouse=True)
def _marks(store: Store) -> None:
    store.write(_own.create_all)


def _count(store: Store) -> int:
    with store.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(marks)).scalar_one()


def _insert(number: int, text: str = "x") -> sa.Insert:
    return marks.insert().values(id=number, text=text)


def test_a_write_returns_what_the_work_returned_and_is_there(store: Store) -> None:
    def work(connection: sa.Connection) -> str:
        connection.execute(_insert(1))
        return "done"

    assert store.write(work) == "done"
    assert _count(store) == 1


def test_a_failed_unit_leaves_nothing_and_gets_its_own_error(store: Store) -> None:
    def work(connection: sa.Connection) -> None:
        connection.execute(_insert(1))
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        store.write(work)
    assert _count(store) == 0


def test_a_broken_constraint_is_the_units_own_affair(store: Store) -> None:
    store.write(lambda connection: connection.execute(_insert(1)))
    with pytest.raises(sa.exc.IntegrityError):
        store.write(lambda connection: connection.execute(_insert(1)))
    store.write(lambda connection: connection.execute(_insert(2)))
    assert _count(store) == 2


def test_units_of_many_threads_succeed_and_fail_independently(store: Store) -> None:
    outcomes: dict[int, str] = {}

    def unit(number: int) -> None:
        def work(connection: sa.Connection) -> None:
            connection.execute(_insert(number))
            if number % 3 == 0:
                raise ArithmeticError

        try:
            store.write(work)
            outcomes[number] = "kept"
        except ArithmeticError:
            outcomes[number] = "failed"

    threads = [threading.Thread(target=unit, args=(number,)) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as connection:
        present = set(connection.execute(sa.select(marks.c.id)).scalars())
    assert present == {number for number, outcome in outcomes.items() if outcome == "kept"}
    assert present == {number for number in range(60) if number % 3}


def test_a_snapshot_does_not_move(store: Store) -> None:
    with store.read() as connection:
        before = connection.execute(sa.select(sa.func.count()).select_from(marks)).scalar_one()
        store.write(lambda writing: writing.execute(_insert(1)))
        after = connection.execute(sa.select(sa.func.count()).select_from(marks)).scalar_one()
    assert (before, after, _count(store)) == (0, 0, 1)


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(Unavailable) as caught, store.read() as connection:
        connection.execute(_insert(1))
    assert caught.value.code == "storage-read-only"
    assert _count(store) == 0


def test_hooks_run_inside_the_commit_and_fail_it(store: Store) -> None:
    forgotten: list[str] = []
    seen: list[int] = []

    def before(connection: sa.Connection) -> None:
        seen.append(connection.execute(sa.select(sa.func.count()).select_from(marks)).scalar_one())
        if seen[-1] == 2:
            raise ValueError("not two")

    store.before_commit.append(before)
    store.after_rollback.append(lambda: forgotten.append("forgotten"))
    store.write(lambda connection: connection.execute(_insert(1)))
    with pytest.raises(ValueError, match="not two"):
        store.write(lambda connection: connection.execute(_insert(2)))
    assert (seen, forgotten, _count(store)) == ([1, 2], ["forgotten"], 1)


def test_upsert_inserts_updates_and_computes(store: Store) -> None:
    def put(text: str) -> None:
        rows = [{"id": number, "text": text, "count": 1} for number in (1, 2)]
        computed = {"count": marks.c.count + 1}
        store.write(lambda connection: upsert(connection, marks, rows, computed=computed))

    put("first")
    put("second")
    store.write(lambda connection: upsert(connection, marks, []))
    with store.read() as connection:
        found = connection.execute(sa.select(marks.c.id, marks.c.text, marks.c.count).order_by(marks.c.id)).all()
    assert [tuple(row) for row in found] == [(1, "second", 2), (2, "second", 2)]


def test_instants_keep_their_microseconds(store: Store) -> None:
    moment: datetime = SimulatedClock().now().replace(microsecond=123_456)
    store.write(lambda connection: connection.execute(marks.insert().values(id=1, text="x", at=moment)))
    with store.read() as connection:
        assert connection.execute(sa.select(marks.c.at)).scalar_one() == moment


def test_portions_cover_everything_once() -> None:
    assert [list(some) for some in portions(range(7), 3)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(portions([])) == []


@pytest.mark.parametrize("store", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_who_is_cut_off_is_told_that_it_may_have_been_done(store: Store) -> None:
    def cut_off(connection: sa.Connection) -> None:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(Unavailable) as caught:
        store.write(cut_off)
    assert caught.value.code == "storage-cut-off"
    assert "before you repeat it" in (caught.value.remedy or "")
    store.write(lambda connection: connection.execute(_insert(1)))
    assert _count(store) == 1
