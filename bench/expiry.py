"""How soon 10,000 pieces of evidence that end together show in every score: `python -m bench.expiry`.

Measured is one tick of the clock: marking the items, recording it, and taking every assessment that rests on them to
where it is now, durably. Twice: a thousand use cases with ten such items each, and ten thousand with one each. Each
use case has other evidence and reported answers beside these. Goal: 2 seconds each.

For comparison, the same assessments are then made anew from everything they rest on. What is stored has to be the same.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bench._population import CONTEXT, Register, populated
from roadworthy.decide.readiness.tables import assessments
from roadworthy.evidence import store as evidence_rows
from roadworthy.evidence.expiry import Expiry
from roadworthy.evidence.model import Item, Method
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.runtime import SimulatedClock
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory import store as inventory_rows
from roadworthy.inventory.facts import FACTS, Answer

LIMIT_SECONDS = 2.0
ITEMS = 10_000
AHEAD = timedelta(days=1)


def main(items: int) -> float:
    """Measure both shapes, print, and return the seconds of the slower one."""
    return max(_measure(items // 10, 10), _measure(items, 1))


def _measure(many: int, each: int) -> float:
    clock = SimulatedClock(datetime(2026, 6, 1, 12, tzinfo=UTC))
    with populated(many, clock=clock) as register:
        timers = Timers(register.store, register.units, register.runtime)
        expiry = Expiry(register.store, register.units, timers)
        expiry.attach(after=register.readiness.refresh)
        _submit(register, expiry, each, clock.now() + AHEAD)
        register.readiness.refresh()
        before = register.readiness.portfolio().headline.expired
        clock.advance(AHEAD)
        begun, busy = time.perf_counter(), time.process_time()
        timers.tick()
        took, cpu = time.perf_counter() - begun, time.process_time() - busy
        headline = register.readiness.portfolio().headline
        shown = list(_stored(register))
        begun = time.perf_counter()
        register.readiness.assess(CONTEXT)
        anew = time.perf_counter() - begun
        if shown != list(_stored(register)):
            raise SystemExit("what was taken forward is not what assessing anew finds")
    print(f"{many:,} use cases with {each} each: {took * 1000:9.1f} ms wall, {cpu * 1000:9.1f} ms CPU")
    print(
        f"  criteria shown as expired: {before:,} before, {headline.expired:,} after; assessing all anew {anew:.2f} s"
    )
    print(f"  goal: {LIMIT_SECONDS:.1f} s; measured {took:.2f} s")
    return took


def _submit(register: Register, expiry: Expiry, each: int, ends: datetime) -> None:
    """Hand in measured yeses that all end at one instant, and whose ends are scheduled."""
    draw = random.Random(5)

    def work(tx: Transaction) -> None:
        for name in register.names:
            facts = draw.sample(sorted(FACTS), each)
            evidence_rows.insert_all(tx.connection, [_item(tx, name, fact, ends) for fact in facts])
        inventory_rows.touch(tx.connection, None)
        expiry.schedule(tx, [ends])

    register.units.run(CONTEXT, work)


def _item(tx: Transaction, name: str, fact: str, ends: datetime) -> Item:
    day = tx.now.date() - timedelta(days=1)
    return Item(
        id=new_id(tx.now, tx.runtime.randomness),
        use_case=name,
        fact=fact,
        kind="statement",
        answer=Answer.YES,
        method=Method.MEASURED,
        statement=None,
        link=None,
        observed_from=day,
        observed_to=day,
        recorded_at=tx.now,
        recorded_by="collector",
        expires_at=ends,
        entry_id="entry",
    )


def _stored(register: Register) -> Iterator[tuple[Any, ...]]:
    columns = [column for column in assessments.c if column.key != "assessed_at"]
    with register.store.read() as connection:
        for row in connection.execute(sa.select(*columns).order_by(assessments.c.use_case)):
            yield tuple(row)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ITEMS)
