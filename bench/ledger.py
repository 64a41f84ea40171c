"""What the ledger costs: `python -m bench.ledger [ENTRIES]` (1,000,000 entries by default; about three minutes).

Appends are set against the disk's own rate of append + fdatasync, measured right before and after in the same
folder; a rate without that floor says nothing. The second pair of lines adds a millisecond to every sync, of the
floor and of the ledger alike, as a slower disk would.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roadworthy.foundation.ids import new_id
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Basis, Context, Draft
from roadworthy.foundation.ledger.entry import body_of, seal
from roadworthy.foundation.ledger.export import verify_export
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.signer import CheckpointSigner
from roadworthy.foundation.ledger.store import Row, append_rows, load_growth
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.schema import metadata
from roadworthy.foundation.storage.sqlite import SqliteStore

WRITERS = 64
SECONDS = 4.0
SLOWER = 0.001
"""Seconds added to every sync in the second pair of lines."""
BATCH = 2_000
"""Entries per commit while the large ledger is built; only the building goes faster by it."""

CONTEXT = Context(Actor(ActorKind.WORKLOAD, "bench", "api", "token"), trace="0123456789abcdef")
DRAFT = Draft(
    what="use-case.applied",
    resource="UseCase/claims-triage",
    decision="accepted",
    basis=Basis(policy="sha256:" + "0" * 64, rules=("intake",), evidence=("sha256:" + "1" * 64,)),
    facts={"generation": 7, "changed": ["spec.title", "spec.owners.product"]},
)


@dataclass(frozen=True)
class Key:
    """A key in memory."""

    name: str = "bench.example/ledger"
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public(self) -> bytes:
        """The public key."""
        return self.private.public_key().public_bytes_raw()

    def sign(self, content: bytes) -> bytes:
        """The signature."""
        return self.private.sign(content)


def open_ledger(folder: Path) -> tuple[SqliteStore, Ledger]:
    """A fresh ledger in the folder."""
    runtime = Runtime()
    store = SqliteStore(folder / "roadworthy.db", runtime)
    store.write(metadata.create_all)
    signer = CheckpointSigner(Key(), "bench.example/ledger", folder / "last-signed")
    return store, Ledger(store, runtime, tenant="bench", signer=signer)


def syncs_per_second(folder: Path, slower: float, size: int = 700) -> float:
    """How often the disk makes an appended block of an entry's size durable."""
    path = folder / "floor"
    content = os.urandom(size)
    count, begun = 0, time.perf_counter()
    with path.open("wb", buffering=0) as file:
        while time.perf_counter() - begun < SECONDS / 4:
            file.write(content)
            os.fdatasync(file.fileno())
            if slower:
                time.sleep(slower)
            count += 1
    took = time.perf_counter() - begun
    path.unlink()
    return count / took


def appends(ledger: Ledger, writers: int) -> tuple[float, list[float]]:
    """Entries per second, each in a unit of work of its own, and each writer's waits in seconds."""
    waits: list[list[float]] = [[] for _ in range(writers)]
    end = time.perf_counter() + SECONDS

    def write(mine: list[float]) -> None:
        while (begun := time.perf_counter()) < end:
            ledger.units.run(CONTEXT, lambda transaction: transaction.record(DRAFT))
            mine.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=write, args=(mine,)) for mine in waits]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    every = sorted(wait for mine in waits for wait in mine)
    return len(every) / took, every


def measure_appends(slower: float) -> None:
    """Two lines: one writer and many, with the floor before and after."""
    for writers in (1, WRITERS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            store, ledger = open_ledger(folder)
            if slower:
                store.before_commit.append(lambda _: time.sleep(slower))
            before = syncs_per_second(folder, slower)
            rate, waits = appends(ledger, writers)
            floor = statistics.mean((before, syncs_per_second(folder, slower)))
            store.close()
        added = f" +{slower * 1000:.0f} ms a sync" if slower else ""
        median, late = (waits[int(len(waits) * share)] * 1000 for share in (0.5, 0.99))
        print(
            f"append, {writers:2} writers{added:16} {rate:9,.0f}/s, p50 {median:6.2f} ms, p99 {late:6.2f} ms; "
            f"floor {floor:8,.0f} syncs/s: {rate / floor:5.1f} times",
            flush=True,
        )


def timed(what: str, goal: str, work: Callable[[], object], repeat: int = 1) -> None:
    """The median of some runs, with the CPU it took."""
    walls, busy = [], time.process_time()
    for _ in range(repeat):
        begun = time.perf_counter()
        work()
        walls.append(time.perf_counter() - begun)
    cpu = (time.process_time() - busy) / repeat
    print(
        f"{what:42} {statistics.median(walls) * 1000:10,.2f} ms wall {cpu * 1000:10,.2f} ms CPU; goal {goal}",
        flush=True,
    )


def build(store: SqliteStore, size: int) -> list[str]:
    """Place entries in large batches, past the units of work; returns the id of the first of each batch."""
    runtime = Runtime()
    writer = new_id(runtime.clock.now(), runtime.randomness)
    firsts = []
    for start in range(0, size, BATCH):
        now = runtime.clock.now()
        rows = []
        for number in range(start, min(start + BATCH, size)):
            entry_id, at = new_id(now, runtime.randomness), to_text(now)
            body = body_of(entry_id=entry_id, at=at, tenant="bench", draft=DRAFT, context=CONTEXT, payloads=())
            raw = seal(body, writer, number)
            rows.append(Row(entry_id, at, DRAFT.what, DRAFT.resource, CONTEXT.actor.ref, raw))
        store.write(lambda connection, r=rows: append_rows(connection, load_growth(connection), r))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        firsts.append(rows[0].id)
    return firsts


def measure_reading(size: int) -> None:
    """Verification and proofs on a large ledger."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store, ledger = open_ledger(folder)
        begun = time.perf_counter()
        ids = build(store, size)
        took = time.perf_counter() - begun
        megabytes = sum(file.stat().st_size for file in folder.iterdir()) >> 20
        print(f"built {size:,} entries at {size / took:,.0f}/s; database {megabytes} MB", flush=True)
        ledger.checkpoint()
        timed("verify all, from the database", "5,000 ms", lambda: ledger.verify(full=True).require(), 3)
        timed("verify quickly", "-", lambda: ledger.verify().require(), 20)
        wanted = cycle(ids[:: max(1, len(ids) // 200)])
        timed("prove and check one inclusion", "2 ms", lambda: ledger.prove_inclusion(next(wanted)), 200)
        timed("prove one consistency", "2 ms", lambda: ledger.prove_consistency(size // 3), 200)
        timed("page of 50 entries", "-", lambda: ledger.entries(limit=50), 50)
        path = folder / "ledger.txt"
        timed("export", "-", lambda: ledger.export(path))
        trusted = [VerifierKey.parse(ledger.vkey)]
        timed("verify all, from the export", "5,000 ms", lambda: verify_export(path, trusted).require())
        store.close()


def main(size: int) -> None:
    """Everything."""
    measure_appends(0.0)
    measure_appends(SLOWER)
    measure_reading(size)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
