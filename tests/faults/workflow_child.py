"""The program that the tests of the workflow kill and stop: it asks for things, and does what was asked for.

`python -m tests.faults.workflow_child DATABASE` reads lines: `go` forks a worker, which is quicker than starting one,
and prints `worker PID`; when that worker is gone it prints `gone`. The worker prints `ack WORD` for each word whose
commit was acknowledged. `limited BYTES` forks one whose files may not grow beyond so many bytes.

`... DATABASE stopped act` and `... DATABASE stopped consumer` take one thing to do, print `begun` in its middle, and
`done` after it.
"""

from __future__ import annotations

import datetime as dt
import os
import resource
import signal
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.sequencer import Sequencer
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.runtime import Runtime, SystemClock
from roadworthy.foundation.storage.postgres import PostgresStore
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.acting import Outcome
from roadworthy.foundation.workflow.consumers import Since
from roadworthy.foundation.workflow.machines import Machine, Transition
from roadworthy.foundation.workflow.model import Retries, Timer
from roadworthy.foundation.workflow.runs import Machines
from tests.contract.waiting import DANA, Deployment, deployment

LEASE = dt.timedelta(seconds=0.25)
PATIENCE = dt.timedelta(seconds=0.5)
STOPPED_FOR = dt.timedelta(seconds=1)
PRODUCERS = 3
STUBBORN = Retries(first=dt.timedelta(milliseconds=10), longest=dt.timedelta(milliseconds=50), most=1_000)
"""A database that is gone for a while is no reason to give anything up."""
WORD = Machine("word", 1, "said", (Transition("said", "hear", "heard"),), frozenset({"heard"}))


def opened(database: str) -> Store:
    """The store of a file or of an address."""
    if "://" in database:
        return PostgresStore(database, Runtime())
    return SqliteStore(Path(database), Runtime())


def called(by: str) -> Outcome:
    """The outcome of a call."""

    def outcome(tx: Transaction) -> None:
        tx.record(Draft("called", by))

    return outcome


def attach(store: Store) -> tuple[Deployment, Machines]:
    """Everything that follows from a word: it rings, it is called out, it is heard and its run is moved."""
    at = deployment(store, SystemClock(), LEASE)
    machines = Machines(store)
    machines.register(WORD)

    def ring(tx: Transaction, timers: Sequence[Timer]) -> None:
        for timer in timers:
            tx.record(Draft("rung", timer.key))

    def call(timer: Timer) -> Outcome:
        return called(timer.key)

    def hear(tx: Transaction, entries: Sequence[Entry]) -> None:
        for entry in entries:
            tx.record(Draft("heard", entry.resource))
            machines.move(tx, entry.resource, "hear", entry.id)

    at.timers.on("ring", ring, retries=STUBBORN)
    at.timers.act("call", call, patience=PATIENCE, retries=STUBBORN)
    at.consumers.on("hear", hear, ["said"], since=Since.BEGINNING, retries=STUBBORN)
    return at, machines


def ask(at: Deployment, machines: Machines, word: str) -> None:
    """Say a word, with everything that has to follow from it."""

    def work(tx: Transaction) -> None:
        tx.record(Draft("said", word))
        at.timers.set(tx, "ring", word, tx.now)
        at.timers.set(tx, "call", word, tx.now)
        machines.start(tx, "word", word)

    at.units.run(DANA, work)


def work(database: str) -> None:
    """Say words and do what follows from them, until killed."""
    store = opened(database)
    at, machines = attach(store)

    def produce() -> None:
        while True:
            word = str(uuid.uuid4())
            try:
                ask(at, machines, word)
            except RoadworthyError:  # the disk is full, or the server gone: nobody was told that it was done
                time.sleep(0.01)
                continue
            os.write(1, f"ack {word}\n".encode())
            time.sleep(0.03)  # so that what follows keeps up

    for _ in range(PRODUCERS):
        threading.Thread(target=produce, daemon=True).start()
    sequencer = None if store.dialect == "sqlite" else Sequencer(store, Runtime(), lease_seconds=0.3)
    while True:
        try:
            if sequencer is not None:
                sequencer.turn()
            at.timers.tick()
            at.consumers.tick()
        except RoadworthyError:
            time.sleep(0.01)


def zygote(database: str) -> None:
    """Fork workers as asked."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            if line.startswith("limited"):
                most = int(line.split()[1])
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
            work(database)
        os.write(1, f"worker {child}\n".encode())
        os.waitpid(child, 0)
        os.write(1, b"\ngone\n")  # a worker that was killed may have left half a line


def stopped(database: str, what: str) -> None:
    """Take one thing to do and be stopped in its middle."""
    store = opened(database)
    at = deployment(store, SystemClock(), LEASE)

    def begun() -> None:
        os.write(1, b"begun\n")
        sys.stdin.readline()  # the test stops the process here, and has it go on

    def call(_timer: Timer) -> Outcome:
        begun()
        return called("by-stopped")

    def hear(tx: Transaction, _entries: Sequence[Entry]) -> None:
        tx.record(Draft("heard", "by-stopped"))
        begun()

    at.timers.act("call", call, patience=PATIENCE)
    at.consumers.on("hear", hear, ["said"], since=Since.BEGINNING)
    if what == "act":
        at.timers.tick()
    else:
        at.consumers.tick()
    os.write(1, b"done\n")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        stopped(sys.argv[1], sys.argv[3])
    else:
        zygote(sys.argv[1])
