"""A generated register of many use cases with owners, reported answers and evidence, for the benchmarks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from roadworthy.assembly.kinds import kinds
from roadworthy.decide.readiness.service import Readiness
from roadworthy.evidence import rules as evidence_rules
from roadworthy.evidence import store as evidence_rows
from roadworthy.evidence.model import Item, Method
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.ledger.appender import appender_for
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Clock, Runtime, calm_collector
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.inventory import store as inventory_rows
from roadworthy.inventory.facts import FACTS, Answer
from roadworthy.inventory.model import Duty, UseCase
from roadworthy.inventory.rules import Acceptance
from roadworthy.inventory.service import Inventory
from roadworthy.inventory.store import ReportedAnswer
from tests.harness.schema import all_tables

CONTEXT = Context(Actor(ActorKind.SYSTEM, "bench"))


@dataclass(frozen=True, slots=True)
class Register:
    """The services of a small deployment over a populated store."""

    store: SqliteStore
    units: Units
    resources: Resources
    inventory: Inventory
    readiness: Readiness
    names: tuple[str, ...]
    runtime: Runtime


@contextmanager
def populated(many: int, seed: int = 7, *, items: int = 3, clock: Clock | None = None) -> Iterator[Register]:
    """A fresh SQLite file that holds `many` use cases with `items` pieces of evidence each; deleted in the end."""
    with TemporaryDirectory(prefix="roadworthy-bench-") as folder:
        calm_collector()  # as whoever opens a home does
        runtime = Runtime() if clock is None else Runtime(clock=clock)
        store = SqliteStore(Path(folder) / "bench.db", runtime)
        store.write(all_tables().create_all)
        units = Units(store, appender_for(store, runtime, "bench"), runtime)
        resources = Resources(store, units, Registry(kinds()))
        inventory = Inventory(store, units, resources)
        readiness = Readiness(store, units, resources, inventory, runtime)
        names = _fill(units, resources, many, seed, items)
        yield Register(store, units, resources, inventory, readiness, names, runtime)
        store.close()


def _fill(units: Units, resources: Resources, many: int, seed: int, items: int) -> tuple[str, ...]:
    draw = random.Random(seed)
    specs = {f"use-case-{number:05}": _spec(draw, number) for number in range(many)}
    declared = [Declared("UseCase", name, {}, spec) for name, spec in specs.items()]

    def work(tx: Transaction) -> None:
        resources.put_all(tx, declared, None, "bench")
        inventory_rows.report(tx.connection, list(_answers(draw, specs, tx.now)))
        for name, spec in specs.items():
            _seats(tx.connection, draw, name, spec)
            facts = draw.sample(sorted(FACTS), items)
            evidence_rows.insert_all(tx.connection, [_item(draw, tx, name, fact) for fact in facts])

    units.run(CONTEXT, work)
    return tuple(specs)


def _spec(draw: random.Random, number: int) -> UseCase:
    people = [f"person{draw.randrange(500)}@halden.example" for _ in range(5)]
    return UseCase.model_validate(
        {
            "title": f"Use case {number} of the generated register",
            "purpose": "Shortens the first decision on a request by drafting it from the documents at hand. " * 4,
            "outputs": "A draft with the passages it rests on.",
            "organisation": f"Organisation {draw.randrange(40)}",
            "unit": f"Unit {draw.randrange(200)}",
            "sector": draw.choice([None, "government", "healthcare", "financial-services"]),
            "class": draw.choice([None, "predictive", "generative", "agentic"]),
            "stage": draw.choice(["proposed", "pilot", "candidate", "production", "retired"]),
            "risk": {
                "impact": draw.choice([None, "none", "money", "rights"]),
                "autonomy": draw.choice([None, "informs", "recommends"]),
                "personalData": draw.choice([None, "none", "personal"]),
                "exposure": draw.choice([None, "internal", "customers"]),
            },
            "components": [{"kind": "model", "name": "drafting model", "version": draw.choice([None, "4.2"])}],
            "data": [
                {
                    "name": f"source {at}",
                    "production": f"warehouse.source_{at}",
                    "steward": draw.choice([None, people[0]]),
                    "refresh": "daily",
                    "sourceOfTruth": draw.choice([None, True]),
                }
                for at in range(draw.randrange(3))
            ],
            "integrations": [{"system": "case system", "direction": "both", "identity": "on-behalf-of"}],
            "owners": {duty.value: draw.choice([None, person]) for duty, person in zip(Duty, people[1:], strict=True)},
            "outcome": {"metric": "days to first decision", "baseline": "6.2", "target": "4.0", "by": "2027-03-31"},
        }
    )


def _answers(draw: random.Random, specs: dict[str, UseCase], now: datetime) -> Iterator[ReportedAnswer]:
    for name in specs:
        for fact in draw.sample(sorted(FACTS), 8):
            yield ReportedAnswer(name, fact, draw.choice(list(Answer)), "import", "sheet 1 C7", now)


def _seats(connection: sa.Connection, draw: random.Random, name: str, spec: UseCase) -> None:
    for duty in Duty:
        person = spec.owners.of(duty)
        if person is not None and draw.random() < 0.5:
            inventory_rows.accept(connection, name, Acceptance(duty, person, "ref", datetime.now(UTC)), "entry")


def _item(draw: random.Random, tx: Transaction, name: str, fact: str) -> Item:
    method = draw.choice([Method.ATTESTED, Method.DOCUMENTED])
    day: date = tx.now.date() - timedelta(days=draw.randrange(400))
    return Item(
        id=new_id(tx.now, tx.runtime.randomness),
        use_case=name,
        fact=fact,
        kind="statement",
        answer=draw.choice(list(Answer)),
        method=method,
        statement="Checked with the team.",
        link=None,
        observed_from=day,
        observed_to=day,
        recorded_at=tx.now,
        recorded_by="ref",
        expires_at=evidence_rules.expiry(method, evidence_rules.end_of(day)),
        entry_id="entry",
    )
