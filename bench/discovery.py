"""A spend log of a million rows with ten spellings of one vendor, added up; beside it a bare pass over the same CSV."""

from __future__ import annotations

import csv
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from roadworthy.inventory.discovery.opening import Opened
from roadworthy.inventory.discovery.records import rows_of
from roadworthy.inventory.discovery.tallying import Tally
from roadworthy.inventory.discovery.vendors import catalogue

ROWS = 1_000_000
MOST_TIMES = 6.0
"""Of the bare pass; a ratio of processor times, because both run on the same machine in the same minute."""
MOST_MEGABYTES = 150
SPELLINGS = (
    "openai",
    "OpenAI",
    "Open AI",
    "open-ai",
    "OpenAI Inc.",
    "OpenAI LLC",
    "OpenAl",
    "Open_AI",
    "openai.",
    "ChatGPT",
)
HEADER = (
    "request_id", "call_type", "api_key", "spend", "total_tokens", "prompt_tokens", "completion_tokens", "startTime",
    "model", "custom_llm_provider", "user", "team_id", "end_user", "messages",
)  # fmt: skip


def write(path: Path, rows: int) -> None:
    """A log as LiteLLM exports it."""
    chance = random.Random(1)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        for number in range(rows):
            tokens = chance.randrange(900)
            out.writerow(
                (
                    f"r{number}", "acompletion", f"key-{number % 40}", f"0.00{number % 90 + 10}", tokens, tokens, 0,
                    f"2026-0{number % 9 + 1}-1{number % 9}T10:{number % 60:02d}:00.123Z", "gpt-4o",
                    SPELLINGS[chance.randrange(10)], f"user{number % 5000}", f"team-{number % 12}", "", "hello there",
                )
            )  # fmt: skip


def bare(path: Path) -> float:
    """Processor seconds of reading the CSV and doing nothing."""
    begun = time.process_time()
    with path.open(newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == ROWS + 1
    return time.process_time() - begun


def added_up(path: Path) -> float:
    """Processor seconds of opening, recognising, adding up and reconciling."""
    begun = time.process_time()
    with path.open("rb") as file:
        rows = rows_of(Opened("spend.csv", file))
        tally = Tally(rows.layout.form, catalogue(), b"salt" * 8)
        tally.add_all(rows.rows)
        found = tally.sightings()
    assert tally.counted == ROWS
    assert {seen.vendor for seen in found} == {"openai"}
    assert {spelling for seen in found for spelling in seen.spellings} == set(SPELLINGS)
    return time.process_time() - begun


def memory(path: Path) -> float:
    """Megabytes that a process of its own needs at most for adding up."""
    program = (
        "import resource, sys; from pathlib import Path; from bench.discovery import added_up; "
        "added_up(Path(sys.argv[1])); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=True, capture_output=True, text=True)
    return float(done.stdout)


def main() -> int:
    """Measure and hold against the goals."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spend.csv"
        write(path, ROWS)
        floor, ours, megabytes = bare(path), added_up(path), memory(path)
    times = f"bare pass {floor:.2f} s CPU, added up {ours:.2f} s CPU ({ours / floor:.1f} times)"
    print(f"{ROWS:,} rows: {times}, {megabytes:.0f} MB")
    met = ours / floor <= MOST_TIMES and megabytes <= MOST_MEGABYTES
    print(f"goals: at most {MOST_TIMES:g} times and {MOST_MEGABYTES} MB: {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
