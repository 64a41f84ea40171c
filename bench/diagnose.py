"""How long it takes to diagnose a portfolio: `python -m bench.diagnose [USE_CASES]`.

Ten pieces of evidence and eight reported answers each. Measured is everything that a user waits for: reading specs,
seats, answers and evidence, telling every failure mode that ships, saving the result durably; then the frequency with
the questions to ask first, and the diagnosis of one use case. Goal: 10,000 use cases under 2.5 seconds.

The floor is what nobody can avoid: reading every use case and every claim as the inventory and the evidence give them.
On a busy machine trust the ratio of CPU to it, not the seconds.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from bench._population import CONTEXT, Register, populated
from roadworthy.decide.diagnosis.kinds import kinds
from roadworthy.decide.diagnosis.model import Status
from roadworthy.decide.diagnosis.service import Diagnosis
from roadworthy.evidence import store as evidence_rows
from roadworthy.evidence.model import Method
from roadworthy.evidence.rules import FRESHNESS, end_of
from roadworthy.evidence.tables import evidence_items
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.runtime import Runtime
from roadworthy.inventory import store as inventory_rows
from roadworthy.inventory.facts import FACTS, Answer

LIMIT_SECONDS = 2.5
MORE_EVIDENCE = 7
"""Items for each use case beside the three that the register has."""


class Took(NamedTuple):
    """Seconds on the wall and on the CPU."""

    wall: float
    cpu: float


def main(many: int) -> float:
    """Measure, print, and return the seconds of the first diagnosis of all."""
    with populated(many) as register:
        for kind in kinds():
            if kind.name not in {known.name for known in register.resources.registry.all()}:
                register.resources.registry.register(kind)
        _show(register)
        runtime = Runtime()
        diagnosis = Diagnosis(register.store, register.units, register.resources, register.inventory, runtime)
        diagnosis.rules()  # compiling the rules that ship and running their test tables happens once in a process
        floor = _timed("floor: read use cases and claims", lambda: _read(register))
        first = _timed("diagnose all", diagnosis.refresh)
        register.store.write(lambda connection: inventory_rows.touch(connection, None))
        again = _timed("diagnose all again", diagnosis.refresh)
        _timed("refresh, nothing changed", diagnosis.refresh)
        register.store.write(lambda connection: inventory_rows.touch(connection, register.names[:100]))
        _timed("refresh, 100 changed", diagnosis.refresh)
        _timed("frequency and first questions", lambda: diagnosis.frequency().diagnosed)
        _timed("one use case", lambda: len(diagnosis.of(register.names[0]).modes) and 1)
        shares = diagnosis.frequency().shares
    found = sum(share.statuses[Status.PRESENT] for share in shares)
    best = min(first, again, key=lambda took: took.wall)
    print(f"{found:,} findings by {len(shares)} rules; CPU {best.cpu / floor.cpu:.1f} times the floor's")
    print(f"goal: {many:,} under {LIMIT_SECONDS * many / 10_000:.2f} s; measured {first.wall:.2f} s")
    return first.wall


def _read(register: Register) -> int:
    with register.store.read() as connection:
        evidence_rows.claims_by_name(connection, None)
        return sum(1 for _ in register.inventory.subjects(connection))


def _show(register: Register) -> None:
    """Documents of the last half year, so that most of them count."""
    draw, facts, answers = random.Random(11), sorted(FACTS), [answer.value for answer in Answer]

    def work(tx: Transaction) -> None:
        rows = []
        for name in register.names:
            for fact in draw.sample(facts, MORE_EVIDENCE):
                day = tx.now.date() - timedelta(days=draw.randrange(180))
                rows.append(
                    {
                        "id": new_id(tx.now, tx.runtime.randomness),
                        "use_case": name,
                        "fact": fact,
                        "answer": draw.choice(answers),
                        "method": Method.DOCUMENTED.value,
                        "observed_from": day,
                        "observed_to": day,
                        "recorded_at": tx.now,
                        "recorded_by": "ref",
                        "expires_at": end_of(day) + FRESHNESS[Method.DOCUMENTED],
                        "entry_id": "entry",
                    }
                )
        tx.connection.execute(evidence_items.insert(), rows)

    register.units.run(CONTEXT, work)


def _timed(what: str, work: Callable[[], int]) -> Took:
    begun, busy = time.perf_counter(), time.process_time()
    done = work()
    took, cpu = time.perf_counter() - begun, time.process_time() - busy
    print(f"{what:34} {done:>7,} use cases {took * 1000:9.1f} ms wall {cpu * 1000:9.1f} ms CPU")
    return Took(took, cpu)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
