"""A worker that is stopped past its lease and goes on: another one took over, and nothing of the first one counts."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.runtime import SystemClock
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.consumers import Since
from tests.contract.waiting import DANA, Deployment, deployment
from tests.faults.test_workflow_crash import database_of
from tests.faults.workflow_child import LEASE, PATIENCE, called

pytestmark = pytest.mark.postgres
"""On SQLite one process owns the file, and while it stands still nobody else can take over."""

ROOT = Path(__file__).parents[2]


def successor(store: Store) -> Deployment:
    """Another replica, which does the same in its own name."""
    at = deployment(store, SystemClock(), LEASE)

    def hear(tx: Transaction, entries: Sequence[Entry]) -> None:
        for _ in entries:
            tx.record(Draft("heard", "by-successor"))

    at.timers.act("call", lambda _timer: called("by-successor"), patience=PATIENCE)
    at.consumers.on("hear", hear, ["said"], since=Since.BEGINNING)
    return at


def take_over(work: Callable[[], int], lease: float) -> float:
    """Look until the work is taken over, which a look that begins after two leases does, however slow the machine.

    Returns:
        Seconds that it took.
    """
    began = time.monotonic()
    while True:
        looked = time.monotonic() - began
        if work():
            return time.monotonic() - began
        assert looked <= 2 * lease, "takeover within two leases"
        time.sleep(0.02)


@pytest.mark.parametrize("what", ["act", "consumer"])
@pytest.mark.parametrize("rounds", [1, pytest.param(100, marks=pytest.mark.campaign)])
@pytest.mark.parametrize("end", [signal.SIGCONT, signal.SIGKILL])
def test_whoever_was_stopped_records_nothing(
    postgres_store: Store, what: str, rounds: int, end: signal.Signals
) -> None:
    at = successor(postgres_store)
    lease = PATIENCE if what == "act" else LEASE
    for number in range(1, rounds + 1):
        at.record(f"said {number}")
        at.units.run(DANA, lambda tx: at.timers.set(tx, "call", "it", tx.now))
        command = [sys.executable, "-m", "tests.faults.workflow_child", database_of(postgres_store), "stopped", what]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "begun\n"
            child.send_signal(signal.SIGSTOP)
            take_over(at.timers.tick if what == "act" else at.consumers.tick, lease.total_seconds())
            child.send_signal(end)
            rest, _ = child.communicate()
        assert rest.endswith("done\n") == (end == signal.SIGCONT)
        assert (
            at.recorded("called" if what == "act" else "heard")
            == ["called by-successor" if what == "act" else "heard by-successor"] * number
        )
