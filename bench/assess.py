"""How long it takes to assess a portfolio: `python -m bench.assess [USE_CASES]`.

Everything is measured that a user waits for: reading the specs, answers, seats and evidence from the store, judging
every use case by the shipped rubric, and saving the result durably. Goal: 10,000 use cases under 5 seconds.

The floor is what nobody can avoid: reading every spec and parsing its JSON. On a busy machine trust the ratio of CPU
to it, not the seconds.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from bench._population import CONTEXT, Register, populated
from roadworthy.decide.readiness import store as rows
from roadworthy.decide.readiness.course import course_of
from roadworthy.decide.readiness.rules import assess, compile_rubric
from roadworthy.evidence import store as evidence_rows
from roadworthy.inventory import store as inventory_rows

Result = TypeVar("Result")

LIMIT_SECONDS = 5.0


def main(many: int) -> float:
    """Measure, print, and return the seconds of the first assessment of all."""
    with populated(many) as register:
        floor = _timed("floor: read and parse every spec", lambda: _parse(register))
        criteria = sum(1 for _ in register.readiness.rubric().rubric.criteria())
        first = _timed(f"assess all, {criteria} criteria each", register.readiness.refresh)
        _parts(register)
        again = _timed("assess all again", lambda: register.readiness.assess(CONTEXT).assessed)
        _timed("refresh, nothing changed", register.readiness.refresh)
        _change(register, 1)
        _timed("refresh, 1 changed", register.readiness.refresh)
        _change(register, 100)
        _timed("refresh, 100 changed", register.readiness.refresh)
    ratio = min(first.cpu, again.cpu) / floor.cpu
    print(f"goal: {many:,} under {LIMIT_SECONDS * many / 10_000:.1f} s; measured {first.wall:.2f} s")
    print(f"CPU: {first.cpu:.2f} s, {ratio:.1f} times the floor's")
    return first.wall


def _parts(register: Register) -> None:
    """What an assessment of all is made of, one part after the other over all use cases."""
    compiled = compile_rubric(register.readiness.rubric().rubric)
    now = register.runtime.clock.now()
    with register.store.read() as connection:
        claims = _part("  reading claims", lambda: evidence_rows.claims_by_name(connection, None))
        subjects = _part("  reading specs, seats, answers", lambda: list(register.inventory.subjects(connection)))
    pairs = [(subject, claims.get(subject.name, {})) for subject in subjects]
    made = _part("  judging", lambda: [assess(subject, handed, compiled, now) for subject, handed in pairs])
    courses = _part(
        "  what time will make of it",
        lambda: [course_of(*pair, compiled, each) for pair, each in zip(pairs, made, strict=True)],
    )
    _part(
        "  preparing rows",
        lambda: [rows.keepable(each, course, compiled) for each, course in zip(made, courses, strict=True)],
    )
    print("  saving is the rest")


def _part(what: str, work: Callable[[], Result]) -> Result:
    busy = time.process_time()
    result = work()
    print(f"{what:42} {(time.process_time() - busy) * 1000:9.1f} ms CPU")
    return result


class Took(NamedTuple):
    """Seconds on the wall and on the CPU."""

    wall: float
    cpu: float


def _parse(register: Register) -> int:
    with register.store.read() as connection:
        return sum(1 for stored in register.resources.all(connection, "UseCase") if json.loads(stored.spec_json))


def _change(register: Register, many: int) -> None:
    register.store.write(lambda connection: inventory_rows.touch(connection, register.names[:many]))


def _timed(what: str, work: Callable[[], int]) -> Took:
    begun, busy = time.perf_counter(), time.process_time()
    done = work()
    took, cpu = time.perf_counter() - begun, time.process_time() - busy
    print(f"{what:42} {done:>7,} use cases {took * 1000:9.1f} ms wall {cpu * 1000:9.1f} ms CPU")
    return Took(took, cpu)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
