"""Decisions beside the engines for durable workflows: `python -m bench.decisions [--peer NAME=PYTHON ...]`.

A decision is three transitions, each a unit of work of its own with its ledger entry: proposed, approved by a vote, and
used. They run from 32 threads (`--at-once`) on the service itself. DBOS (`--peer dbos=PYTHON`) runs workflows of three
steps from as many threads on a SQLite file in the same folder; procrastinate (`--peer procrastinate=PYTHON`) finishes
jobs on the same PostgreSQL. PostgreSQL is the tests' own, with its syncs off, for ours and for theirs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench import _flow_peers
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.engines import sqlite_engine
from roadworthy.foundation.storage.postgres import PostgresStore
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.foundation.storage.store import Store
from tests.harness import postgres
from tests.harness.governed import DEPLOY, Board, governed
from tests.harness.schema import all_tables

AT_ONCE = 32
DECISIONS = 1_000
JOURNALS = ("plain", "wal")
TIMES_DBOS = 50
RITA = "rita@halden.example"


@dataclass(frozen=True, slots=True)
class Measured:
    """How many came to their end in a second of the wall clock, and of the processor."""

    per_second: float
    transitions: float
    cpu_milliseconds: float
    """Of a transition."""


def measure(store: Store, home: Path, decisions: int = DECISIONS, at_once: int = AT_ONCE) -> Measured:
    """Propose, approve and use so many decisions from so many threads."""
    with governed(store, home, DEPLOY) as board:
        proof, rita, proposer = board.proof(), board.context(RITA), board.context("proposer@halden.example")
        one(board, "warm")

        def whole(number: int) -> None:
            request = board.deploy(proposer, release=f"r{number}")
            board.app.approvals.approve(rita, proof, request.id, request.digest, "looked at it")
            board.app.approvals.use(proposer, request.id, request.digest)

        seconds, cpu = _timed(lambda: _spread(whole, decisions, at_once))
    return Measured(decisions / seconds, 3 * decisions / seconds, 1_000 * cpu / (3 * decisions))


def one(board: Board, name: str) -> None:
    """A single decision from end to end, so that nothing is compiled while the clock runs."""
    request = board.deploy(release=name)
    board.approve(RITA, request)
    board.app.approvals.use(board.context("proposer@halden.example"), request.id, request.digest)


def _spread(work: Callable[[int], None], count: int, at_once: int = AT_ONCE) -> None:
    with ThreadPoolExecutor(at_once) as pool:
        for _ in pool.map(work, range(count)):
            pass


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Store]:
    """A fresh database in a folder."""
    path = folder / "ours.db"
    engine = sqlite_engine(path, writer=True)
    all_tables().create_all(engine)
    engine.dispose()
    store = SqliteStore(path, Runtime())
    try:
        yield store
    finally:
        store.close()


@contextmanager
def on_postgres() -> Iterator[tuple[Store, str]]:
    """A fresh database with all tables, and the address of an empty one beside it."""
    server = postgres.obtain(os.getpid())
    try:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE theirs")
        with postgres.database(server) as url:
            store = PostgresStore(url, Runtime())
            try:
                yield store, server.url_of("theirs")
            finally:
                store.close()
    finally:
        postgres.release(os.getpid())


def theirs(python: str, program: str, *arguments: object) -> float:
    """What a peer finished in a second."""
    command = [python, "-W", "ignore", "-c", program, *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(ran.stdout.strip().splitlines()[-1])
    return float(found["done"] / found["seconds"])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    parser.add_argument("--decisions", type=int, default=DECISIONS)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    given = parser.parse_args()
    peers = dict(each.split("=", 1) for each in given.peer)
    print(f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, {given.at_once} at once, {given.decisions} decisions")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with on_sqlite(folder) as store:
            ours = measure(store, folder / "home", given.decisions, given.at_once)
        _say("SQLite", ours)
        for journal in JOURNALS if "dbos" in peers else ():
            rate = theirs(peers["dbos"], _flow_peers.DBOS, folder / f"{journal}.db", 200, given.at_once, journal)
            _beside(f"DBOS, journal {journal}", f"{rate:.0f} workflows/s", ours.transitions / rate, TIMES_DBOS)
        with on_postgres() as (store, empty):
            ours = measure(store, folder / "home-pg", given.decisions, given.at_once)
            _say("PostgreSQL", ours)
            if "procrastinate" in peers:
                rate = theirs(peers["procrastinate"], _flow_peers.PROCRASTINATE, empty, 1_000, given.at_once)
                _beside("procrastinate", f"{rate:.0f} jobs/s", ours.transitions / rate, 1)


def _beside(name: str, rate: str, times: float, goal: int) -> None:
    print(f"  {name:<20} {rate:>16}; our transitions are {times:.1f} times that (goal {goal})")


def _say(engine: str, found: Measured) -> None:
    print(
        f"{engine:<20} {found.per_second:8.0f} decisions/s, {found.transitions:.0f} transitions/s, "
        f"{found.cpu_milliseconds:.2f} ms of CPU each"
    )


if __name__ == "__main__":
    main()
