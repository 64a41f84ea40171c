"""How long it takes to assess a portfolio: `python -m bench.assess [USE_CASES]`.

Everything is measured that a user waits for: reading the specs, answers, seats and evidence from the store, judging
every use case by the shipped rubric, and saving the result durably. Goal: 10,000 use cases under 5 seconds.
"""

from __future__ import annotations

import sys
import time

from bench._population import CONTEXT, Register, populated
from roadworthy.inventory import store as inventory_rows

LIMIT_SECONDS = 5.0


def main(many: int) -> float:
    """Measure, print, and return the seconds of the first assessment of all."""
    with populated(many) as register:
        criteria = sum(1 for _ in register.readiness.rubric().rubric.criteria())
        first = _timed(f"assess all, {criteria} criteria each", register.readiness.refresh)
        _timed("assess all again", lambda: register.readiness.assess(CONTEXT).assessed)
        _timed("refresh, nothing changed", register.readiness.refresh)
        _change(register, 1)
        _timed("refresh, 1 changed", register.readiness.refresh)
        _change(register, 100)
        _timed("refresh, 100 changed", register.readiness.refresh)
    print(f"goal: {many:,} under {LIMIT_SECONDS * many / 10_000:.1f} s; measured {first:.2f} s")
    return first


def _change(register: Register, many: int) -> None:
    register.store.write(lambda connection: inventory_rows.touch(connection, register.names[:many]))


def _timed(what: str, work: object) -> float:
    assert callable(work)
    begun, busy = time.perf_counter(), time.process_time()
    done = work()
    took, cpu = time.perf_counter() - begun, time.process_time() - busy
    print(f"{what:42} {done:>7,} use cases {took * 1000:9.1f} ms wall {cpu * 1000:9.1f} ms CPU")
    return took


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
