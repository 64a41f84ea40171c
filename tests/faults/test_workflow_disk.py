"""The disk fails at the k-th commit, for every k: what was asked for still happens, and once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.foundation.storage.store import Store
from tests.faults.test_workflow_crash import check
from tests.faults.workflow_child import ask, attach


@dataclass
class Disk:
    """Refuses one commit."""

    bad: int | None = None
    says: str = ""
    commits: int = 0

    def __call__(self, _connection: sa.Connection) -> None:
        self.commits += 1
        if self.commits == self.bad:
            raise sa.exc.OperationalError("COMMIT", {}, Exception(self.says))


def day(store: Store) -> list[str]:
    """Two words are said and all follows, however often it takes; the words that were acknowledged."""
    at, machines = attach(store)
    said = []
    for number in range(2):
        try:
            ask(at, machines, f"word-{number}")
            said.append(f"word-{number}")
        except RoadworthyError:
            continue
        for work in (at.timers.tick, at.consumers.tick):
            try:
                work()
            except RoadworthyError:
                continue
    return said


def day_with(path: Path, disk: Disk) -> int:
    """A day with such a disk, and what follows from it; how many commits the day had."""
    store = SqliteStore(path, Runtime(threaded=False))
    store.before_commit.append(disk)
    try:
        acknowledged = day(store)
        commits = disk.commits
        check(store, acknowledged)
    finally:
        store.close()
    return commits


@pytest.mark.parametrize("says", ["disk I/O error", "database or disk is full"])
def test_a_fault_at_any_commit_loses_and_doubles_nothing(sqlite_store: SqliteStore, says: str) -> None:
    empty = sqlite_store.path.read_bytes()
    path = sqlite_store.path.with_name("day.db")
    path.write_bytes(empty)
    usual = day_with(path, Disk())

    assert usual > 8, "a day has more commits than that"
    for bad in range(1, usual + 1):
        path = sqlite_store.path.with_name(f"{bad}.db")
        path.write_bytes(empty)
        day_with(path, Disk(bad, says))
