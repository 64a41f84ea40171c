"""Two sequencers, of which one is stopped at any moment and goes on after the other took over: the tree never forks."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger import store as sql
from roadworthy.foundation.ledger.sequencer import Sequencer
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.tables import entries, lease
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.postgres import PostgresStore
from tests.unit.foundation.ledger.samples import CONTEXT, draft, ledger_on

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).parents[2]
LEASE = 0.05
PATIENCE = 20.0


def put(ledger: Ledger, count: int) -> list[str]:
    """Entries that wait for their places."""
    return [
        ledger.units.run(CONTEXT, lambda tx, at=at: tx.record(draft(at)))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        for at in range(count)
    ]


def waiting(store: PostgresStore) -> int:
    """How many still wait."""
    with store.read() as connection:
        return sql.waiting(connection)


def check(ledger: Ledger, store: PostgresStore, put_in: list[str]) -> int:
    """Every entry has one place, the whole verifies, and how often the lease changed hands."""
    found = ledger.verify(full=True, columns=True)
    assert found.faults == ()
    assert (found.size, found.waiting) == (len(put_in), 0)
    with store.read() as connection:
        assert set(connection.execute(sa.select(entries.c.id)).scalars()) == set(put_in)
        return int(connection.execute(sa.select(lease.c.fence)).scalar_one())


# ---------------------------------------------------------------- every point of a turn, in one process


class Stopped:
    """Stops one thread before a statement of its turn, and lets it go on when told."""

    def __init__(self, store: PostgresStore, before: int) -> None:
        self.here = threading.Event()
        self.go = threading.Event()
        self._left = before
        sa.event.listen(store._engine, "before_cursor_execute", self._look)

    def _look(self, *_: object) -> None:
        if threading.current_thread().name != "old":
            return
        self._left -= 1
        if self._left == 0:
            self.here.set()
            assert self.go.wait(PATIENCE)


def turn_of(sequencer: Sequencer) -> None:
    """A turn, whatever it meets."""
    with suppress(RoadworthyError):
        sequencer.turn()


@pytest.mark.parametrize("point", range(1, 13))
def test_wherever_a_turn_is_stopped_the_tree_does_not_fork(
    postgres_store: PostgresStore, postgres_url: str, tmp_path: Path, point: int
) -> None:
    ledger = ledger_on(postgres_store, tmp_path)
    own = PostgresStore(postgres_url, Runtime())
    try:
        old, new = (Sequencer(store, Runtime(), lease_seconds=LEASE) for store in (own, postgres_store))
        put_in = put(ledger, 3)
        assert old.turn() == 3
        ledger.checkpoint()
        put_in += put(ledger, 3)
        stopped = Stopped(own, point)
        thread = threading.Thread(target=turn_of, args=(old,), name="old")
        thread.start()
        while thread.is_alive() and not stopped.here.wait(0.01):
            pass
        if stopped.here.is_set():
            put_in += put(ledger, 2)
            time.sleep(LEASE * 1.5)
            end = time.monotonic() + PATIENCE
            while waiting(postgres_store) and time.monotonic() < end:
                new.turn()
            assert not waiting(postgres_store), "the other one took over"
        stopped.go.set()
        thread.join(PATIENCE)
        put_in += put(ledger, 1)
        time.sleep(LEASE * 1.5)
        turn_of(old)
        turn_of(old)
        new.turn()
        time.sleep(LEASE * 1.5)
        new.turn()
        ledger.checkpoint()
        check(ledger, postgres_store, put_in)
    finally:
        own.close()


# ---------------------------------------------------------------- real processes, real signals


@contextmanager
def sequencers(url: str) -> Iterator[list[subprocess.Popen[str]]]:
    """Two processes that give out places."""
    command = [sys.executable, "-m", "tests.faults.sequencer_child", url, str(LEASE)]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        for each in running:
            assert each.stdout is not None
            assert each.stdout.readline() == "begun\n"
        yield running
    finally:
        for each in running:
            each.kill()
            each.communicate()


@pytest.mark.parametrize("trials", [12, pytest.param(10_000, marks=pytest.mark.campaign)])
def test_two_processes_that_are_stopped_and_go_on_never_fork(
    postgres_store: PostgresStore, postgres_url: str, tmp_path: Path, trials: int
) -> None:
    """The signer refuses any root that does not continue the one before; it is asked after every trial."""
    chance = random.Random(trials)
    ledger = ledger_on(postgres_store, tmp_path)
    put_in: list[str] = []
    overtaken = 0
    with sequencers(postgres_url) as running:
        for _ in range(trials):
            victim = chance.choice(running)
            put_in += put(ledger, 2)
            time.sleep(chance.uniform(0, 0.004))
            victim.send_signal(signal.SIGSTOP)
            put_in += put(ledger, 2)
            end = time.monotonic() + PATIENCE
            while waiting(postgres_store):
                assert time.monotonic() < end, "nobody took over"
                time.sleep(0.002)
            overtaken += ledger.checkpoint().size == len(put_in)
            victim.send_signal(signal.SIGCONT)
        end = time.monotonic() + PATIENCE
        while waiting(postgres_store):
            assert time.monotonic() < end
    assert overtaken == trials
    changes = check(ledger, postgres_store, put_in)
    assert changes > trials / 10, "the lease changed hands often enough to mean something"
