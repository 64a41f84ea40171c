"""What replicas that died held of limits is closed by what lies in their folders, on both engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from roadworthy.foundation.ledger.segments.journal import SEALED
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.store import Filter
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.admission.limits.model import Reserved
from roadworthy.operate.admission.limits.service import Limits
from roadworthy.operate.admission.limits.settling import Settling
from roadworthy.operate.telemetry.model import Intent, Outcome, Usage
from roadworthy.operate.telemetry.service import Telemetry
from tests.contract.test_calls import abandon
from tests.harness.limits import Fleet, book
from tests.unit.foundation.ledger.samples import ledger_on
from tests.unit.operate.telemetry.samples import intent, result, telemetry

TRIAGE = {"use-case": "triage"}
RULES = book(day={"limits": [{"tokens": 1_000, "per": "year"}, {"money": "1 EUR", "per": "year"}, {"concurrent": 4}]})
SETTLED = Filter(what="limit.lease-settled")
MINUTES = dt.timedelta(minutes=2)


@dataclass
class Replica:
    """One that records and counts."""

    telemetry: Telemetry
    limits: Limits
    fleet: Fleet

    def admits(self, tokens: int) -> Reserved | None:
        """Whether a call passes that may use so much, and ten cents."""
        return self.fleet.admits(self.limits, TRIAGE, **{"tokens": tokens, "micro-EUR": 100_000, "concurrent": 1})

    def begin(self, tokens: int) -> tuple[Intent, Reserved]:
        """Such a call, on record."""
        reserved = self.admits(tokens)
        assert reserved is not None
        asked = intent(reserved=dict(reserved.want), leases=reserved.fences)
        self.telemetry.recorder.intend(asked).result()
        return asked, reserved

    def end(self, asked: Intent, reserved: Reserved, tokens: int | None, **more: object) -> None:
        """It used so much and one cent; None where nobody knows what."""
        usage = None if tokens is None else Usage(tokens, 0)
        used = reserved.want if usage is None else {"tokens": usage.input, "micro-EUR": 10_000}
        self.limits.settle(reserved, used)
        priced = {"cost": None, "currency": None} if usage is None else {"cost": 10_000, "currency": "EUR"}
        told = result(asked, usage=usage, settled=reserved.settled, **priced, **more)
        self.telemetry.recorder.conclude(told).result()

    def call(self, tokens: int, used: int | None) -> None:
        """A whole call."""
        self.end(*self.begin(tokens), used)


@dataclass
class Machine:
    """Where replicas live one after the other."""

    fleet: Fleet
    ledger: Ledger
    folder: Path

    def replica(self, folder: Path | None = None) -> Replica:
        """The next one."""
        found = telemetry(self.fleet.store, self.ledger, folder or self.folder)
        found.start()
        limits = self.fleet.process(RULES)
        limits.leasing.replica = found.writer
        return Replica(found, limits, self.fleet)

    def settled(self, replica: Replica) -> int:
        """How many leases it closed of those that died before it."""
        units = self.ledger.units
        return Settling(self.fleet.store, units, self.fleet.runtime, lambda: replica.telemetry.left).turn()

    def entries(self) -> list[dict[str, object]]:
        """What the ledger says of leases that were closed."""
        self.ledger.settle()
        return [dict(each.entry.facts) for each in self.ledger.entries(SETTLED).entries]


@pytest.fixture
def machine(store: Store, tmp_path: Path) -> Iterator[Machine]:
    ledger = ledger_on(store, tmp_path)
    yield Machine(Fleet(store), ledger, tmp_path)
    ledger.close()


def test_what_a_dead_replica_did_not_use_is_free_again_when_its_folder_is_taken_over(machine: Machine) -> None:
    one = machine.replica()
    one.call(100, 30)
    one.limits.turn()  # the store knows of that
    one.call(100, 50)
    one.begin(100)  # nobody knows what becomes of it
    one.call(100, None)
    released, back = one.begin(100)
    one.limits.release(back)
    one.telemetry.recorder.conclude(result(released, outcome=Outcome.FAILED, usage=None, cost=None)).result()
    abandon(one.telemetry)

    two = machine.replica()
    assert machine.settled(two) == 3
    tokens, cents = 30 + 50 + 100 + 100, 2 * 10_000 + 2 * 100_000
    assert machine.fleet.totals() == (tokens + cents, 0)
    assert machine.fleet.leases() == 0
    assert two.telemetry.left.writers == ()
    assert machine.settled(two) == 0, "once"
    by_unit = {each["unit"]: each for each in machine.entries()}
    assert by_unit.keys() == {"tokens", "micro-EUR"}, "calls at the same time ended with their process"
    facts = by_unit["tokens"]
    assert (facts["replica"], facts["used"], facts["unknown"]) == (_writer(one), tokens, 1)
    assert two.admits(1_000 - tokens) is not None
    assert two.admits(1) is None
    two.telemetry.close()


def test_calls_that_began_long_before_the_last_report_are_found(machine: Machine) -> None:
    one = machine.replica()
    long_, held = one.begin(100)
    unknown, _ = one.begin(100)
    for _ in range(15):
        one.call(1, 1)
        one.telemetry.segments.seal()
        one.limits.turn()
    one.end(long_, held, 60)
    one.telemetry.segments.seal()
    abandon(one.telemetry)

    two = machine.replica()
    machine.settled(two)
    (tokens,) = [each for each in machine.entries() if each["unit"] == "tokens"]
    assert (tokens["known"], tokens["used"]) == (15, 15 + 60 + 100)
    assert unknown.id in {each.intent.id for each in two.telemetry.left.calls(_writer(one), 0)}
    two.telemetry.close()


def test_a_lease_that_others_gave_up_meanwhile_is_closed_all_the_same(machine: Machine, tmp_path: Path) -> None:
    one, beside = machine.replica(), machine.replica()
    one.call(500, 20)
    abandon(one.telemetry)
    machine.fleet.clock.advance(MINUTES)
    assert beside.admits(600) is None, "all that it held counts"
    machine.fleet.clock.advance(MINUTES)

    two = machine.replica()
    machine.settled(two)
    assert beside.admits(600) is not None
    for each in (two, beside):
        each.telemetry.close()


def test_where_the_folder_is_lost_or_cannot_be_read_it_stays_in_doubt(machine: Machine, tmp_path: Path) -> None:
    one = machine.replica()
    one.call(100, 30)
    one.telemetry.segments.seal()
    held = machine.fleet.totals()[1]
    abandon(one.telemetry)

    elsewhere = machine.replica(tmp_path / "elsewhere")
    assert machine.settled(elsewhere) == 0
    assert machine.fleet.totals() == (0, held)
    (segment,) = [path for path in (tmp_path / "calls" / "0").iterdir() if path.suffix == SEALED]
    segment.write_bytes(b"lost")
    two = machine.replica()
    assert machine.settled(two) == 0
    assert machine.fleet.totals() == (0, held)
    assert two.telemetry.left.writers == (_writer(one),), "whoever comes next looks again"
    for each in (two, elsewhere):
        each.telemetry.close()


def test_a_replica_that_stopped_in_order_leaves_nothing(machine: Machine) -> None:
    one = machine.replica()
    one.call(100, 30)
    one.limits.close()
    one.telemetry.close()
    two = machine.replica()
    assert machine.settled(two) == 0
    assert machine.fleet.totals() == (30 + 10_000, 0)
    assert two.telemetry.left.writers == ()
    two.telemetry.close()


def _writer(replica: Replica) -> str:
    return replica.limits.replica
