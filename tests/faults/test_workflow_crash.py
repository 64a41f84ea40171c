"""Killed at random moments, on both engines: nothing acknowledged is lost, and nothing happens twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from roadworthy.foundation.storage.store import Store
from tests.contract.waiting import Deployment
from tests.faults.workflow_child import attach

ROOT = Path(__file__).parents[2]
WHATS = ("said", "rung", "called", "heard")
PATIENCE = 60.0
"""Seconds for the first acknowledgement."""
NEVER_MAYBE = 1.5
"""The same where there may be none, as on a full disk."""


class Workers:
    """Workers on one database, one after the other."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self.child = child
        self.acknowledged: list[str] = []

    def run(self, seconds: float, order: str = "go", patience: float = PATIENCE) -> None:
        """Have a worker work, and kill it so long after its first acknowledgement, or when none comes."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(f"{order}\n")
        self.child.stdin.flush()
        first = self.child.stdout.readline()
        assert first.startswith("worker"), "the program that forks the workers died"
        killing = (os.kill, (int(first.split()[1]), signal.SIGKILL))
        ends = [threading.Timer(seconds + patience, *killing)]
        ends[0].start()
        while (line := self.child.stdout.readline()) != "gone\n":
            assert line, "the program that forks the workers died"
            if not line.startswith("ack ") or len(line.split()[1]) != len(str(uuid.UUID(int=0))):
                continue
            self.acknowledged.append(line.split()[1])
            if len(ends) == 1:
                ends.append(threading.Timer(seconds, *killing))
                ends[1].start()
        for each in ends:
            each.cancel()


@contextmanager
def workers(database: str) -> Iterator[Workers]:
    command = [sys.executable, "-m", "tests.faults.workflow_child", database]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as child:
        yield Workers(child)
        assert child.stdin is not None
        child.stdin.close()
        child.wait(60)


def quiet(at: Deployment) -> bool:
    """Do what is to be done; True when nothing is left."""
    at.settle()
    done = at.timers.tick() + at.consumers.tick()
    at.settle()
    with at.store.read() as connection:
        waiting = connection.exec_driver_sql("SELECT count(*) FROM timers").scalar_one()
        counted = "SELECT count(*) FROM ledger_entries WHERE what = 'said'"
        said, heard = (
            connection.exec_driver_sql(each).scalar_one() for each in (counted, counted.replace("said", "heard"))
        )
    return not done and not waiting and said == heard


def check(store: Store, acknowledged: list[str]) -> int:
    """Everything said was said once and led to everything once; how many words there are."""
    at, machines = attach(store)
    end = time.monotonic() + 120
    while time.monotonic() < end and not quiet(at):
        time.sleep(0.02)
    with store.read() as connection:
        found = connection.exec_driver_sql("SELECT what, resource FROM ledger_entries").all()
    happened = {what: Counter(row.resource for row in found if row.what == what) for what in WHATS}
    words = happened["said"].keys()
    assert set(acknowledged) <= words, "something acknowledged is lost"
    for what, times in happened.items():
        assert times.keys() == words, f"something was not {what}"
        assert set(times.values()) <= {1}, f"something was {what} twice"
    with store.read() as connection:
        assert all(machines.get(connection, word).state == "heard" for word in list(words)[:50])
        moves = connection.exec_driver_sql("SELECT count(*), max(moves), min(moves) FROM machine_runs").one()
    assert tuple(moves) == (len(words), 1, 1)
    assert at.letters.all() == []
    return len(words)


def database_of(store: Store) -> str:
    """What a process needs to open the same."""
    from roadworthy.foundation.storage.postgres import PostgresStore
    from roadworthy.foundation.storage.sqlite import SqliteStore

    if isinstance(store, SqliteStore):
        return str(store.path)
    assert isinstance(store, PostgresStore)
    return store._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def crash(store: Store, rounds: int, seed: int) -> None:
    """Kill workers at random moments on one database, then look."""
    moments = random.Random(seed)
    with workers(database_of(store)) as running:
        for _ in range(rounds):
            running.run(moments.uniform(0.03, 0.25))
        words = check(store, running.acknowledged)
        assert words >= len(running.acknowledged) > rounds


def test_nothing_is_lost_and_nothing_done_twice_when_processes_are_killed(store: Store) -> None:
    crash(store, rounds=10, seed=1)


@pytest.mark.campaign
def test_nothing_is_lost_and_nothing_done_twice_in_200_kills(store: Store) -> None:
    crash(store, rounds=200, seed=int(time.time()))


def test_a_disk_that_is_full_loses_and_doubles_nothing(sqlite_store: Store) -> None:
    """The kernel refuses to let any file of the worker grow beyond a limit, at another commit each time."""
    moments = random.Random(3)
    with workers(database_of(sqlite_store)) as running:
        running.run(0.2)
        for _ in range(3):
            size = max(each.stat().st_size for each in Path(database_of(sqlite_store)).parent.glob("roadworthy.db*"))
            running.run(0.4, f"limited {size + moments.randrange(4096, 200_000)}", NEVER_MAYBE)
        running.run(0.1)
        check(sqlite_store, running.acknowledged)
