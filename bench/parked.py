"""What a million parked approvals cost: `python -m bench.parked [--rows N]`.

A home on SQLite with decision rights in force, and N requests that wait for the same two people, each with its run,
its deadline and its place in their inbox; beside a home with one. A fresh process opens each as the server does and
starts everything that goes on by itself. Measured are the time until then, its memory, a page of the inbox, an
explanation, and a vote on one of them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from roadworthy.app import open_home
from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.foundation.identity.model import Proof
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.sqlite import SqliteStore
from tests.harness.governed import CASE, DEPLOY, governed

ROWS = 1_000_000
START_SECONDS = 2.0
MOST_MEGABYTES = 10.0
RITA = "rita@halden.example"
COPIED = {
    "decision_requests": "id",
    "machine_runs": "id",
    "timers": "key",
    "decision_selectors": "request_id",
    "decision_request_base": "request_id",
}
"""Tables that hold a parked request, each with the column that names it."""


def fill(home: Path, rows: int) -> tuple[str, str, str]:
    """A home with so many requests that wait; id and digest of one of them, and an instant before any is due."""
    with open_home(Settings(home=home)):
        pass
    store = SqliteStore(Settings(home=home).database_file, Runtime())
    try:
        with governed(store, home, DEPLOY) as board:
            request = board.deploy()

            def copy(connection: sa.Connection) -> None:
                for table, name in COPIED.items():
                    _copy(connection, table, name, request.id, rows - 1)

            store.write(copy)
            return request.id, request.digest, (request.created_at + dt.timedelta(minutes=1)).isoformat()
    finally:
        store.close()


def _copy(connection: sa.Connection, table: str, name: str, like: str, times: int) -> None:
    columns = [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")]
    values = ", ".join("'copy-' || n.i" if column == name else f't."{column}"' for column in columns)
    listed = ", ".join(f'"{column}"' for column in columns)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
    rows = f'SELECT {values} FROM n, {table} t WHERE t."{name}" = ? AND ? > 0'  # noqa: S608 - names of our own tables
    connection.exec_driver_sql(f"INSERT INTO {table} ({listed}) {numbers} {rows}", (max(1, times), like, times))


def look(home: Path, request_id: str, digest: str, now: str) -> dict[str, float]:
    """Open, start and decide; in the process that is measured, which does nothing else."""
    began = time.perf_counter()
    with open_home(Settings(home=home), Runtime(clock=SimulatedClock(dt.datetime.fromisoformat(now)))) as (app, _):
        app.start()
        started = time.perf_counter() - began
        memory = _largest()
        with app.store.read() as connection:
            found = connection.exec_driver_sql("SELECT ref FROM people WHERE handle = ?", (RITA,)).scalar_one()
        rita = str(found)
        proof = Proof("oidc", "https://id.halden.example", "rita", app.runtime.clock.now(), None, ())
        told = {
            "start": started,
            "megabytes": memory,
            "inbox": _median(lambda: app.approvals.inbox(rita, limit=100)),
            "explain": _median(lambda: app.approvals.explain(rita, DecisionClass.DEPLOY, CASE)),
        }
        context = Context(Actor(ActorKind.PERSON, rita, "web", "oidc"))
        began = time.perf_counter()
        app.approvals.approve(context, proof, request_id, digest, "looked at it")
        return {**told, "vote": time.perf_counter() - began}


def _median(work: Callable[[], Any]) -> float:
    times = []
    for _ in range(50):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _largest() -> float:
    """The most memory that this process had, in megabytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--look", nargs=4, metavar=("HOME", "REQUEST", "DIGEST", "NOW"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.look:
        print(json.dumps(look(Path(given.look[0]), *given.look[1:])))
        return
    found = []
    for rows in (1, given.rows):
        with tempfile.TemporaryDirectory() as name:
            home = Path(name) / "home"
            asked = fill(home, rows)
            command = [sys.executable, "-m", "bench.parked", "--look", str(home), *asked]
            told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        found.append(told)
        took = ", ".join(f"{name} {1e3 * told[name]:.2f} ms" for name in ("inbox", "explain", "vote"))
        print(f"{rows:>9,} parked: open and start {told['start']:.2f} s, {told['megabytes']:.0f} MB, {took}")
    grown = found[1]["megabytes"] - found[0]["megabytes"]
    print(f"goals: start {START_SECONDS:g} s, memory +{MOST_MEGABYTES:g} MB, explain 1 ms; measured +{grown:.1f} MB")


if __name__ == "__main__":
    main()
