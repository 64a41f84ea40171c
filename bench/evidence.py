"""How long a portfolio full of evidence takes: `python -m bench.evidence [USE_CASES]`.

Ten pieces of evidence and eight reported answers for each use case, so 100,000 pieces over 10,000 use cases. Measured
is everything that a user waits for after an import of all that: assessing, diagnosing and ranking, from reading to
durable results. Goal: all three together in 10 seconds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from bench._population import populated
from bench.rank import commit_to_values
from roadworthy.decide.diagnosis.service import Diagnosis
from roadworthy.decide.ranking.service import Ranking

LIMIT_SECONDS = 10.0
ITEMS = 10


def main(many: int) -> float:
    """Measure, print, and return the seconds of all three."""
    with populated(many, items=ITEMS) as register:
        commit_to_values(register)
        diagnosis = Diagnosis(register.store, register.units, register.resources, register.inventory, register.runtime)
        diagnosis.rules()  # compiling the rules that ship and running their test tables happens once in a process
        ranking = Ranking(register.store, register.resources, register.readiness, register.runtime)
        total = sum(
            (
                _timed("assess", register.readiness.refresh),
                _timed("diagnose", diagnosis.refresh),
                _timed("rank", lambda: ranking.rank().total),
            )
        )
    print(
        f"goal: {many * ITEMS:,} pieces over {many:,} in {LIMIT_SECONDS * many / 10_000:.1f} s; measured {total:.2f} s"
    )
    return total


def _timed(what: str, work: Callable[[], int]) -> float:
    begun, busy = time.perf_counter(), time.process_time()
    done = work()
    took, cpu = time.perf_counter() - begun, time.process_time() - busy
    print(f"{what:10} {done:>7,} use cases {took:6.2f} s wall {cpu:6.2f} s CPU")
    return took


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
