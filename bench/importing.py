"""How long an import of a spreadsheet takes: `python -m bench.importing [ROWS]`.

Everything is measured that a user waits for: reading the file, finding the table, proposing the mapping, placing
the rows, and one durable unit of work with every use case, answer, source cell and ledger entry. Goal: 2,000 rows
under 2 seconds. Measured on a generated file with the 62 questions' width of a real inventory, and on the real
one of 2024 where it lies beside the clone.
"""

from __future__ import annotations

import csv
import io
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import roadworthy.app  # noqa: F401 - registers every table
from roadworthy.foundation.ledger.appender import appender_for
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Units
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime, calm_collector
from roadworthy.foundation.storage.schema import metadata
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.inventory.importing.service import ImportService
from roadworthy.inventory.kinds import kinds

Result = TypeVar("Result")

LIMIT_SECONDS = 2.0
REAL = Path("federal-ai-inventory-2023-2024/2024_consolidated_ai_inventory_raw_v2.csv")
CONTEXT = Context(Actor(ActorKind.SYSTEM, "bench"))

_ANSWERS = ("Yes", "No", "", "N/A", "Planned or in-progress")
_STAGES = (
    "Initiated",
    "Acquisition and/or Development",
    "Implementation and Assessment",
    "Operation and Maintenance",
    "Retired",
)
_QUESTIONS = (
    "Has ATO",
    "Impact assessment completed",
    "Independent evaluation",
    "Ongoing monitoring",
    "Operator training",
    "Appeal process",
    "Infrastructure provisioned",
    "Privacy assessed",
)


def generated(rows: int, seed: int = 1) -> bytes:
    """A file as wide as a real inventory: known questions, unknown ones, and long texts."""
    chance = random.Random(seed)
    other = [f"Remark {number}" for number in range(40)]
    header = ["Use Case ID", "Use Case Name", "Agency", "Bureau", "Purpose", "Outputs", "Stage", "Date Initiated"]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*header, *_QUESTIONS, *other])
    words = ["claims", "forecast", "triage", "document", "image", "speech", "network", "audit", "grant", "weather"]
    for number in range(rows):
        prose = " ".join(chance.choices(words, k=60))
        start = f"{chance.randint(1, 12)}/1/{chance.randint(2015, 2024)}"
        row = [f"AG-{number:05}", f"{chance.choice(words)} {number}", f"Agency {number % 40}", f"Bureau {number % 300}"]
        row += [prose, prose[:80], chance.choice(_STAGES), start, *chance.choices(_ANSWERS, k=len(_QUESTIONS))]
        writer.writerow([*row, *(prose[:40] if chance.random() < 0.4 else "" for _ in other)])
    return text.getvalue().encode()


def measure(what: str, content: bytes) -> float:
    """Import into a fresh home, again, and look at a preview; returns the seconds of the first import."""
    with TemporaryDirectory() as folder:
        runtime = Runtime()
        store = SqliteStore(Path(folder) / "bench.db", runtime)
        store.write(metadata.create_all)
        units = Units(store, appender_for(store, runtime, "bench"), runtime)
        imports = ImportService(store, units, Resources(store, units, Registry(kinds())))
        first, report = _timed(f"{what}: first", lambda: imports.run(CONTEXT, "file.csv", content))
        assert len(report.effects.created) == len(report.rows)
        _, again = _timed(f"{what}: again", lambda: imports.run(CONTEXT, "file.csv", content))
        assert again.import_id is None
        _timed(f"{what}: preview", lambda: imports.preview("file.csv", content))
        store.close()
    goal = LIMIT_SECONDS * max(len(report.rows), 1) / 2_000
    print(f"{len(report.rows):,} rows; goal {goal:.1f} s; measured {first:.2f} s")
    return first


def _timed(what: str, work: Callable[[], Result]) -> tuple[float, Result]:
    begun, busy = time.perf_counter(), time.process_time()
    result = work()
    took, cpu = time.perf_counter() - begun, time.process_time() - busy
    print(f"{what:30} {took * 1000:9.1f} ms wall {cpu * 1000:9.1f} ms CPU")
    return took, result


def main(rows: int) -> None:
    """Measure a generated file, and the real one where there is one."""
    calm_collector()  # as whoever opens a home does
    measure("generated", generated(rows))
    beside = Path(__file__).parents[2] / "shared" / "data" / REAL
    if beside.is_file():
        measure("real, 2024 v2", beside.read_bytes())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
