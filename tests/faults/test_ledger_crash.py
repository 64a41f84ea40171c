"""The process is killed in the middle of its work: what was acknowledged is there, and the ledger verifies."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.foundation.ledger.tables import entries
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.sqlite import SqliteStore
from tests.harness.schema import all_tables
from tests.unit.foundation.ledger.samples import draft, ledger_on, record

ROOT = Path(__file__).parents[2]


def run_and_kill(folder: Path, seconds: float) -> list[str]:
    """Start the child, kill it `seconds` after its first acknowledgement, and return what it acknowledged."""
    command = [sys.executable, "-m", "tests.faults.ledger_child", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        acknowledged = [child.stdout.readline()]
        timer = threading.Timer(seconds, child.kill)
        timer.start()
        acknowledged += child.stdout.readlines()
        timer.join()
    return [line.strip() for line in acknowledged if line.endswith("\n")]


def check(folder: Path, acknowledged: set[str]) -> int:
    """Nothing acknowledged is lost, nothing is half there, and the ledger goes on."""
    store = SqliteStore(folder / "roadworthy.db", Runtime())
    try:
        ledger = ledger_on(store, folder)
        with store.read() as connection:
            stored = set(connection.execute(sa.select(entries.c.id)).scalars())
        assert acknowledged <= stored
        assert len(stored) % 2 == 0, "both entries of a unit are there, or neither"
        assert ledger.verify(full=True, columns=True).faults == ()
        record(ledger, draft(), draft())
        ledger.checkpoint()
    finally:
        store.close()
    return len(stored) - len(acknowledged)


def crash(folder: Path, rounds: int, seed: int) -> None:
    """Kill the child at random moments, on one database."""
    store = SqliteStore(folder / "roadworthy.db", Runtime())
    store.write(all_tables().create_all)
    store.close()
    moments = random.Random(seed)
    acknowledged: set[str] = set()
    for _ in range(rounds):
        acknowledged |= set(run_and_kill(folder, moments.uniform(0.02, 0.4)))
        check(folder, acknowledged)
    assert len(acknowledged) > rounds


def test_no_acknowledged_entry_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    crash(tmp_path, rounds=4, seed=1)


@pytest.mark.campaign
def test_no_acknowledged_entry_is_lost_in_200_kills(tmp_path: Path) -> None:
    crash(tmp_path, rounds=200, seed=int(time.time()))
