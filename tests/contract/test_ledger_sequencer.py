"""The elected sequencer of PostgreSQL, and completeness of what passes through its inbox."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, Unavailable
from roadworthy.foundation.ledger import store as sql
from roadworthy.foundation.ledger.entry import seal
from roadworthy.foundation.ledger.recount import Writers
from roadworthy.foundation.ledger.sequencer import Sequencer
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.tables import inbox, lease
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.postgres import PostgresStore
from tests.unit.foundation.ledger.samples import CONTEXT, draft, ledger_on, record

pytestmark = pytest.mark.postgres


@pytest.fixture
def ledger(postgres_store: PostgresStore, tmp_path: Path) -> Ledger:
    """A fresh ledger whose sequencer takes turns only when it is asked to."""
    return ledger_on(postgres_store, tmp_path)


def put(ledger: Ledger, count: int) -> None:
    """Record entries one by one and leave them waiting."""
    for number in range(count):
        ledger.units.run(CONTEXT, lambda transaction, n=number: transaction.record(draft(n)))  # type: ignore[misc]  # mypy cannot infer a lambda with a default


def expire(store: PostgresStore) -> None:
    """End the lease as if its holder had been silent for long."""
    past = sa.func.now() - sa.text("interval '1 minute'")
    store.write(lambda connection: connection.execute(lease.update().values(until=past)))


def test_entries_are_durable_before_they_have_a_position(ledger: Ledger) -> None:
    entry_id = ledger.units.run(CONTEXT, lambda transaction: transaction.record(draft()))
    assert ledger.verify(full=True).waiting == 1
    with pytest.raises(Conflict, match="waits for its place"):
        ledger.entry(entry_id)
    ledger.settle(entry_id)
    assert ledger.entry(entry_id).position == 0
    assert ledger.verify(full=True).waiting == 0


def test_only_one_is_elected_until_its_lease_ends(ledger: Ledger, postgres_store: PostgresStore) -> None:
    first, second = (Sequencer(postgres_store, Runtime()) for _ in range(2))
    put(ledger, 3)
    assert first.turn() == 3
    put(ledger, 2)
    assert second.turn() == 0
    assert first.turn() == 2
    put(ledger, 1)
    expire(postgres_store)
    assert second.turn() == 1
    put(ledger, 1)
    assert first.turn() == 0
    second.close()
    assert first.turn() == 1
    assert ledger.verify(full=True, columns=True).faults == ()


def test_a_paused_sequencer_cannot_commit_after_it_was_replaced(ledger: Ledger, postgres_store: PostgresStore) -> None:
    """The old one wakes up in the middle of its turn, between taking the entries and moving the tree on."""
    old, new = (Sequencer(postgres_store, Runtime()) for _ in range(2))
    put(ledger, 2)
    assert old.turn() == 2
    put(ledger, 2)

    def paused(connection: sa.Connection) -> None:
        moved = old._move(connection)
        assert moved == 2

    def replaced_meanwhile(connection: sa.Connection) -> None:
        growth = old._growth
        assert growth is not None
        expire(postgres_store)
        put(ledger, 1)
        assert new.turn() == 3
        sql.append_rows(connection, growth, [sql.Row("late", "", "a.b", "C/d", "e", b"late")], old._fence)

    with pytest.raises(Conflict, match="appended to the ledger after position 2"):
        postgres_store.write(replaced_meanwhile)
    put(ledger, 2)
    expire(postgres_store)
    assert old.turn() == 2
    put(ledger, 2)
    postgres_store.write(paused)
    assert ledger.verify(full=True, columns=True).faults == ()


def test_a_lower_fence_is_refused_even_at_the_right_size(ledger: Ledger, postgres_store: PostgresStore) -> None:
    put(ledger, 1)
    assert Sequencer(postgres_store, Runtime()).turn() == 1
    row = sql.Row("late", "", "a.b", "C/d", "e", b"late")

    def late(connection: sa.Connection) -> None:
        sql.append_rows(connection, sql.load_growth(connection), [row], fence=0)

    with pytest.raises(Conflict, match="another process appended"):
        postgres_store.write(late)


def test_two_eager_sequencers_never_fork(ledger: Ledger, postgres_store: PostgresStore) -> None:
    """Both are elected all the time, because every lease ends at once; all that is left is the fence."""
    eager = [Sequencer(postgres_store, Runtime(), batch=7, lease_seconds=0) for _ in range(3)]

    def turns(sequencer: Sequencer) -> None:
        for _ in range(40):
            sequencer.turn()

    with ThreadPoolExecutor(7) as pool:
        writing = [pool.submit(put, ledger, 40) for _ in range(4)]
        moving = [pool.submit(turns, sequencer) for sequencer in eager]
        for job in (*writing, *moving):
            job.result()
    while eager[0].turn():
        pass
    result = ledger.verify(full=True, columns=True)
    assert result.faults == ()
    assert (result.size, result.waiting) == (160, 0)


def test_an_entry_deleted_from_the_inbox_is_missed(ledger: Ledger, postgres_store: PostgresStore) -> None:
    put(ledger, 5)
    postgres_store.write(lambda connection: connection.execute(inbox.delete().where(inbox.c.number == 3)))
    ledger.settle()
    [fault] = ledger.verify(full=True).faults
    assert (fault.code, fault.index) == ("writer-gap", 2)


def test_failed_commits_leave_no_gap(ledger: Ledger, postgres_store: PostgresStore) -> None:
    """A unit fails in its commit, after its entries were numbered."""

    def fail(_: sa.Connection) -> None:
        message = "fails on purpose"
        raise LookupError(message)

    put(ledger, 2)
    postgres_store.before_commit.append(fail)
    with pytest.raises(LookupError):
        put(ledger, 1)
    postgres_store.before_commit.remove(fail)
    put(ledger, 2)
    ledger.settle()
    assert ledger.verify(full=True).faults == ()
    assert ledger.verify().size == 4


def test_waiting_too_long_is_said(ledger: Ledger, postgres_store: PostgresStore) -> None:
    put(ledger, 1)
    assert ledger.sequencer is not None
    other = Sequencer(postgres_store, Runtime(), lease_seconds=60)
    other.turn()
    put(ledger, 1)
    with pytest.raises(Unavailable, match="still wait for their place"):
        ledger.sequencer.settle(seconds=0.1)


def test_the_running_sequencer_needs_no_asking(ledger: Ledger) -> None:
    ledger.start()
    try:
        ids = ledger.units.run(CONTEXT, lambda transaction: [transaction.record(draft(n)) for n in range(3)])
        ledger.settle(ids[-1])
    finally:
        ledger.close()
    assert ledger.sequencer is not None
    assert ledger.sequencer.fault is None
    assert len(record(ledger, draft())) == 1


def test_numbers_may_turn_up_in_any_order() -> None:
    def see(first: int, *numbers: int) -> None:
        assert writers.see(first, [seal(b'{"v":1}', "w", number) for number in numbers]) is None

    writers = Writers()
    see(0, 0, 3, 1, 2, 4, 5)
    assert writers.faults() == []
    see(6, 8, 5)
    assert [(fault.code, fault.index) for fault in writers.faults()] == [("writer-gap", 6), ("writer-repeats", 7)]


class _Busy(Sequencer):
    """One beside which something happens before every turn, such as others that record without end."""

    def __init__(self, store: PostgresStore, beside: Callable[[], object]) -> None:
        super().__init__(store, Runtime())
        self._beside = beside

    def turn(self) -> int:
        """Place what waits; meanwhile others go on."""
        placed = super().turn()
        self._beside()
        return placed


def test_what_is_recorded_while_one_waits_is_not_waited_for(ledger: Ledger, postgres_store: PostgresStore) -> None:
    put(ledger, 2)
    _Busy(postgres_store, lambda: put(ledger, 1)).settle(seconds=5)
    found = ledger.verify(full=True)
    assert (found.size, found.waiting) == (2, 1)


def test_a_command_leaves_to_whoever_is_elected_and_at_work_what_it_recorded(
    ledger: Ledger, postgres_store: PostgresStore
) -> None:
    elected = Sequencer(postgres_store, Runtime())
    put(ledger, 1)
    assert elected.turn() == 1
    put(ledger, 1)
    with postgres_store._engine.begin() as held:  # so that the elected one, too, cannot place it
        held.execute(sa.select(inbox).with_for_update())
        _Busy(postgres_store, elected.turn).leave(seconds=5)
    assert ledger.verify(full=True).waiting == 1
    assert elected.turn() == 1


def test_a_command_does_not_leave_to_a_silent_sequencer_what_it_recorded(
    ledger: Ledger, postgres_store: PostgresStore
) -> None:
    silent = Sequencer(postgres_store, Runtime())
    put(ledger, 1)
    assert silent.turn() == 1
    put(ledger, 1)
    looked = iter(range(3))
    _Busy(postgres_store, lambda: None if next(looked, None) is not None else expire(postgres_store)).leave(seconds=30)
    assert ledger.verify(full=True).waiting == 0
