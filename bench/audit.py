"""Measuring a source of 20 million rows and 20 columns against a bare pass of the engine, and what goes with it.

    python -m bench.audit [--rows N] [--folder DIR] [--only PART ...] [--peer NAME=PYTHON ...]

A bare pass is count, min, max and the approximate number of different values of every column. Every measurement is a
process of its own, whose processor time and peak memory the system reports. Peers (`tfdv`, `great-expectations`,
`whylogs`, `ydata-profiling`) are run on a million rows where the path of a Python that has them is given.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from bench import _peers

ROWS = 20_000_000
PILOT = 100_000
MOST_TIMES = 3.0
MOST_MEGABYTES = 2_048
MOST_GROWTH = 1.5
"""Peak memory at the full size over that at a tenth of it; what is called flat."""
DIFF_SECONDS = 5.0
DOCUMENTS, DOCUMENTS_SECONDS = 20_000, 30.0
PARTS = ("volume", "paths", "documents", "peers")

COLUMNS = """
    i AS id,
    'C' || lpad(CAST((i * 1358353) % 5000000 AS VARCHAR), 9, '0') AS cust,
    TIMESTAMP '2025-01-01' + to_microseconds(i * 1500000) AS event_at,
    TIMESTAMP '2025-01-01' + to_microseconds(i * 1500000)
        + to_seconds(CAST(
            CASE WHEN hash(i, 1) % 1000 < 27 THEN 86400 + hash(i, 2) % 100000 ELSE hash(i, 3) % 90 END AS INTEGER
        ))
        AS ingest_at,
    CAST(exp((hash(i, 4) % 1000000) / 180000.0) AS DECIMAL(12, 2)) AS amount,
    (hash(i, 5) % 1000) / 7.0 AS score,
    CASE WHEN hash(i, 6) % 50 > 0 THEN CAST(hash(i, 7) % 90 AS INTEGER) END AS age,
    CAST(1 + hash(i, 8) % 12 AS SMALLINT) AS n_items,
    (hash(i, 9) % 1000000) / 1000.0 AS d1,
    ln(1 + hash(i, 10) % 100000) AS d2,
    hash(i, 11) % 3 = 0 AS flag,
    'S' || hash(i, 12) % 30 AS specialty,
    'M' || hash(i, 13) % 300 AS merchant,
    CASE hash(i, 14) % 3 WHEN 0 THEN 'EUR' WHEN 1 THEN 'USD' ELSE 'JPY' END AS cur,
    'st' || hash(i, 15) % 50 AS st,
    'user' || hash(i, 16) % 100000 || '@example.org' AS email,
    CASE WHEN hash(i, 17) % 20 > 0 THEN 'note ' || hash(i, 18) % 1800 ELSE 'n/a' END AS note,
    lpad(CAST(hash(i, 19) % 99999 AS VARCHAR), 5, '0') AS zip,
    'v' || hash(i, 20) % 4 AS ver,
    'ch' || hash(i, 21) % 7 AS channel
"""

BARE = """
import duckdb, sys
with duckdb.connect(config={"memory_limit": "1GB"}) as c:
    names = [row[0] for row in c.execute(f"DESCRIBE SELECT * FROM '{sys.argv[1]}'").fetchall()]
    each = (f"count({n}), min({n}), max({n}), approx_count_distinct({n})" for n in names)
    c.execute(f"SELECT {', '.join(each)} FROM '{sys.argv[1]}'").fetchall()
"""
MEASURE = """
import datetime as dt, sys
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.measuring import measure
from roadworthy.measure.fingerprint.terms import Declared
from roadworthy.measure.fingerprint.sources.opening import open_source
declared = Declared(
    key=("id",), event_time="event_at", ingest_time="ingest_at", taxonomy=("specialty", "channel")
)
if len(sys.argv) > 2:
    declared = Declared(text=sys.argv[2])
with DuckEngine() as engine:
    opened = open_source(sys.argv[1], engine)
    found = measure(opened, engine, declared, now=dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
    opened.close()
assert found.rows and all(column.rows == found.rows for column in found.columns)
"""
COMMAND = """
import sys
from roadworthy.interfaces.cli.main import main
sys.exit(main())
"""
WATCH = """
import json, resource, subprocess, sys, time
begun = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"code": code, "cpu": used.ru_utime + used.ru_stime, "wall": time.perf_counter() - begun,
                  "megabytes": used.ru_maxrss / 1024}))
"""


def generate(path: Path, rows: int, first: int = 0) -> Path:
    """Rows of a made-up payment service."""
    if not path.exists():
        with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
            span = f"range({first}, {first + rows}) t(i)"
            rows_of = f"SELECT {COLUMNS} FROM {span}"  # noqa: S608 - made of constants above
            connection.execute(f"COPY ({rows_of}) TO '{path}' (COMPRESSION zstd)")
    return path


def generate_documents(path: Path) -> Path:
    """Letters of 5 kB made of a few thousand words, one in fifty a copy of another."""
    if not path.exists():
        with duckdb.connect() as connection:
            word = "'w' || hash(CASE WHEN i % 50 = 0 THEN i - 7 ELSE i END, j) % 4000"
            body = f"array_to_string(list_transform(range(900), lambda j: {word}), ' ')"
            rows_of = f"SELECT i AS id, {body} AS body FROM range({DOCUMENTS}) t(i)"  # noqa: S608 - made of constants above
            connection.execute(f"COPY ({rows_of}) TO '{path}'")
    return path


def watched(*command: str, codes: tuple[int, ...] = (0,)) -> dict[str, float]:
    """Processor seconds, wall seconds and peak megabytes of a command, as the system counted them."""
    done = subprocess.run([sys.executable, "-c", WATCH, *command], check=True, capture_output=True, text=True)
    used: dict[str, float] = json.loads(done.stdout)
    assert used["code"] in codes, f"{command[:3]} ended with {used['code']}: {done.stderr[-2000:]}"
    return used


def python(program: str, *arguments: str) -> dict[str, float]:
    """The same of a program of Python."""
    return watched(sys.executable, "-c", program, *arguments)


def told(what: str, used: dict[str, float], more: str = "") -> None:
    """One line of the report."""
    figures = f"{used['cpu']:7.1f} s CPU {used['wall']:7.1f} s wall {used['megabytes']:6.0f} MB"
    print(f"{what:<52} {figures} {more}".rstrip(), flush=True)


def of_full_volume(folder: Path, rows: int) -> list[bool]:
    """The goals of time and memory."""
    large = str(generate(folder / f"production-{rows}.parquet", rows))
    tenth = str(generate(folder / f"production-{rows // 10}.parquet", rows // 10))
    pilot = str(generate(folder / f"pilot-{PILOT}.parquet", PILOT, rows // 3))
    bare, full, small = python(BARE, large), python(MEASURE, large), python(MEASURE, pilot)
    part = python(MEASURE, tenth)
    times = (full["cpu"] + small["cpu"]) / bare["cpu"]
    growth = full["megabytes"] / part["megabytes"]
    told(f"bare pass over {rows:,} rows", bare)
    told(f"measured, {rows:,} rows", full, f"{full['cpu'] / bare['cpu']:.2f} times")
    told(f"measured, pilot of {PILOT:,}", small, f"both: {times:.2f} times")
    told(f"measured, {rows // 10:,} rows", part, f"memory grew {growth:.2f} times from here")
    return [times <= MOST_TIMES, full["megabytes"] <= MOST_MEGABYTES, growth <= MOST_GROWTH]


def of_two_paths(folder: Path) -> list[bool]:
    """`data diff` of two files of a million rows, from the start of the process to the list."""
    first = generate(folder / "first-1000000.parquet", 1_000_000)
    second = generate(folder / "second-1000000.parquet", 1_000_000, 5_000_000)
    command = ("data", "diff", str(first), str(second), "--no-keep")
    used = watched(sys.executable, "-c", COMMAND, *command, codes=(0, 3))
    told("data diff of two files of 1,000,000 rows", used)
    return [used["wall"] <= DIFF_SECONDS]


def of_documents(folder: Path) -> list[bool]:
    """Documents of 5 kB."""
    used = python(MEASURE, str(generate_documents(folder / f"documents-{DOCUMENTS}.parquet")), "body")
    told(f"measured, {DOCUMENTS:,} documents of 5 kB", used)
    return [used["wall"] <= DOCUMENTS_SECONDS]


def of_peers(folder: Path, peers: dict[str, str]) -> list[bool]:
    """Ours and theirs over a million rows; a peer without a Python is named."""
    path = str(generate(folder / "first-1000000.parquet", 1_000_000))
    ours = python(MEASURE, path)
    told("measured, 1,000,000 rows", ours)
    met = []
    for name, (program, least) in _peers.PROGRAMS.items():
        if name not in peers:
            print(f"{name:<52} not run: no --peer {name}=PYTHON was given")
            continue
        theirs = watched(peers[name], "-c", program, path)
        told(name, theirs, f"{theirs['cpu'] / ours['cpu']:.1f} times ours")
        met.append(theirs["cpu"] >= least * ours["cpu"])
    return met


def main() -> int:
    """Measure and hold against the goals."""
    parser = argparse.ArgumentParser(prog="bench.audit")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--folder", type=Path, help="where generated data is kept for the next run")
    parser.add_argument("--only", action="append", choices=PARTS, help="a part of it; all of them by default")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    given = parser.parse_args()
    peers = dict(each.split("=", 1) for each in given.peer)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        met = []
        for part in given.only or PARTS:
            match part:
                case "volume":
                    met += of_full_volume(folder, given.rows)
                case "paths":
                    met += of_two_paths(folder)
                case "documents":
                    met += of_documents(folder)
                case _:
                    met += of_peers(folder, peers)
    goals = f"at most {MOST_TIMES:g} times, {MOST_MEGABYTES:,} MB, flat; diff {DIFF_SECONDS:g} s; documents"
    print(f"goals ({goals} {DOCUMENTS_SECONDS:g} s): {sum(met)} of {len(met)} met")
    print(f"{dt.timedelta(seconds=round(time.perf_counter() - begun))} in all")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
