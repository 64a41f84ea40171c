"""How long `roadworthy --help` takes, beside a bare interpreter in the same run. Goal: under 300 ms."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence

GOAL_MILLISECONDS = 300
RUNS = 10

HELP = (sys.executable, "-m", "roadworthy.interfaces.cli.main", "--help")
BARE = (sys.executable, "-c", "pass")


def measure(command: Sequence[str]) -> tuple[float, float]:
    """The best wall time and the best CPU time of several runs, in milliseconds.

    The best, because everything that makes a run slower than that is the machine's other work.
    """
    walls, cpus = [], []
    for _ in range(RUNS):
        before, started = os.times(), time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        walls.append(time.perf_counter() - started)
        after = os.times()
        cpus.append(after.children_user - before.children_user + after.children_system - before.children_system)
    return min(walls) * 1000, min(cpus) * 1000


def main() -> None:
    """Measure and print."""
    wall, cpu = measure(HELP)
    bare, bare_cpu = measure(BARE)
    verdict = "met" if wall < GOAL_MILLISECONDS else "NOT met"
    print(f"roadworthy --help: {wall:.0f} ms, {cpu:.0f} ms of it CPU")
    print(f"a bare interpreter: {bare:.0f} ms, {bare_cpu:.0f} ms of it CPU")
    print(f"goal: under {GOAL_MILLISECONDS} ms: {verdict}")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
