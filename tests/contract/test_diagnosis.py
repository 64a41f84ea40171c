"""Diagnoses over a store, on both engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from roadworthy.decide.diagnosis import kinds as diagnosis_kinds
from roadworthy.decide.diagnosis.finding import Finding
from roadworthy.decide.diagnosis.kinds import shipped
from roadworthy.decide.diagnosis.model import FailureMode, Severity, Status
from roadworthy.decide.diagnosis.service import PAGE, Diagnosis
from roadworthy.decide.diagnosis.tables import diagnoses
from roadworthy.evidence.model import Method
from roadworthy.evidence.rules import FRESHNESS, end_of
from roadworthy.evidence.tables import evidence_items
from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.ledger.appender import appender_for
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory import kinds as inventory_kinds
from roadworthy.inventory import store as inventory_rows
from roadworthy.inventory.facts import Answer
from roadworthy.inventory.model import UseCase
from roadworthy.inventory.service import Inventory
from roadworthy.inventory.store import ReportedAnswer
from tests.unit.decide.diagnosis.test_modes import mode
from tests.unit.decide.readiness.cases import NOW, PERFECT

DANA = Context(Actor(ActorKind.PERSON, "dana"))
MONITORED = "integration.monitored"


@dataclass
class Deployment:
    store: Store
    clock: SimulatedClock
    units: Units
    resources: Resources
    diagnosis: Diagnosis

    def declare(self, specs: Mapping[str, Mapping[str, Any]], model: type[Shape] = UseCase) -> None:
        declared = [Declared(model.__name__, name, {}, model.model_validate(spec)) for name, spec in specs.items()]
        self.units.run(DANA, lambda tx: self.resources.put_all(tx, declared, None, "test"))

    def show(self, use_case: str, fact: str, answer: Answer = Answer.YES, days_ago: int = 10) -> str:
        """Evidence as it stands in the store once it was handed in."""

        def work(tx: Transaction) -> str:
            item_id, day = tx.new_id(), tx.now.date() - dt.timedelta(days=days_ago)
            row = {
                "id": item_id,
                "use_case": use_case,
                "fact": fact,
                "answer": answer,
                "method": Method.DOCUMENTED,
                "observed_from": day,
                "observed_to": day,
                "recorded_at": tx.now,
                "recorded_by": "dana",
                "expires_at": end_of(day) + FRESHNESS[Method.DOCUMENTED],
                "entry_id": "entry",
            }
            tx.connection.execute(evidence_items.insert().values(row))
            inventory_rows.touch(tx.connection, [use_case])
            return item_id

        return self.units.run(DANA, work)

    def change(self, item_id: str, use_case: str, **values: Any) -> None:
        def work(tx: Transaction) -> None:
            tx.connection.execute(evidence_items.update().where(evidence_items.c.id == item_id).values(values))
            inventory_rows.touch(tx.connection, [use_case])

        self.units.run(DANA, work)

    def finding(self, use_case: str, name: str) -> Finding:
        """What is said of one mode, which has to be what is stored."""
        found = next(each for each in self.diagnosis.of(use_case).modes if each.mode == name)
        assert use_case in {row.use_case for row in self.diagnosis.struck(name, found.status).rows}
        return found


@pytest.fixture
def deployment(store: Store) -> Deployment:
    clock = SimulatedClock(NOW)
    runtime = Runtime(clock=clock)
    units = Units(store, appender_for(store, runtime, "test"), runtime)
    resources = Resources(store, units, Registry((*inventory_kinds.kinds(), *diagnosis_kinds.kinds())))
    inventory = Inventory(store, units, resources)
    return Deployment(store, clock, units, resources, Diagnosis(store, units, resources, inventory, runtime))


def counts(deployment: Deployment, name: str) -> tuple[int, int, int]:
    share = deployment.diagnosis.frequency().of(name)
    assert share is not None
    return share.statuses[Status.PRESENT], share.statuses[Status.CANNOT_TELL], share.statuses[Status.ABSENT]


def test_a_finding_stands_on_its_evidence_and_falls_with_it(deployment: Deployment) -> None:
    deployment.declare({"triage": PERFECT})
    assert deployment.finding("triage", "no-operations").status is Status.CANNOT_TELL

    item_id = deployment.show("triage", MONITORED, Answer.NO)
    found = deployment.finding("triage", "no-operations")
    assert (found.status, found.severity) == (Status.PRESENT, Severity.CRITICAL)
    assert [because.evidence for because in found.because] == [item_id]

    deployment.change(item_id, "triage", withdrawn_at=NOW)
    assert deployment.finding("triage", "no-operations").status is Status.CANNOT_TELL


def test_what_expires_is_unknown_again_without_anybody_doing_anything(deployment: Deployment) -> None:
    deployment.declare({"triage": PERFECT})
    deployment.show("triage", MONITORED, Answer.NO)
    assert counts(deployment, "no-operations") == (1, 0, 0)
    until = deployment.diagnosis.of("triage").next_change_at
    assert until is not None

    assert deployment.diagnosis.of("triage", until).of(Status.PRESENT) == ()
    deployment.clock.advance(until - NOW)

    assert counts(deployment, "no-operations") == (0, 1, 0)


def test_a_superseded_yes_from_before_the_request_keeps_from_calling_governance_late(deployment: Deployment) -> None:
    requested = (NOW - dt.timedelta(days=60)).date().isoformat()
    deployment.declare({"triage": {**PERFECT, "productionRequested": requested}})
    for fact in ("governance.risks-identified", "governance.impact-assessed"):
        first = deployment.show("triage", fact, days_ago=90)
        deployment.change(first, "triage", superseded_by=deployment.show("triage", fact, days_ago=5))

    assert deployment.finding("triage", "late-governance").status is Status.CANNOT_TELL

    deployment.declare({"late": {**PERFECT, "productionRequested": requested}})
    for fact in ("governance.risks-identified", "governance.impact-assessed"):
        deployment.show("late", fact, days_ago=5)
    assert deployment.finding("late", "late-governance").status is Status.PRESENT
    assert counts(deployment, "late-governance") == (1, 1, 0)


def test_retired_use_cases_are_counted_apart_and_not_diagnosed(deployment: Deployment) -> None:
    deployment.declare({"old": {"title": "Old", "stage": "retired"}, "new": {"title": "New"}})
    deployment.show("old", MONITORED, Answer.NO)

    frequency = deployment.diagnosis.frequency()

    assert (frequency.diagnosed, frequency.retired, frequency.none_known) == (1, 1, 1)
    assert counts(deployment, "no-operations") == (0, 1, 0)
    assert deployment.diagnosis.of("old").modes == ()


def test_a_report_is_counted_as_one(deployment: Deployment) -> None:
    deployment.declare({"a": {"title": "A"}, "b": {"title": "B"}})
    told = ReportedAnswer("a", MONITORED, Answer.NO, "import", "C7", NOW)

    def report(tx: Transaction) -> None:
        inventory_rows.report(tx.connection, [told])
        inventory_rows.touch(tx.connection, ["a"])

    deployment.units.run(DANA, report)
    deployment.show("b", MONITORED, Answer.NO)

    share = deployment.diagnosis.frequency().of("no-operations")
    assert share is not None
    assert (share.statuses[Status.PRESENT], share.as_reported) == (2, 1)
    assert [(row.use_case, row.as_reported) for row in deployment.diagnosis.struck("no-operations").rows] == [
        ("a", True),
        ("b", False),
    ]


def test_only_what_changed_is_diagnosed_again_and_the_ledger_is_told_of_findings(deployment: Deployment) -> None:
    deployment.declare({"a": PERFECT, "b": {"title": "B"}})
    assert deployment.diagnosis.refresh() == 2
    assert deployment.diagnosis.refresh() == 0
    told = _entries(deployment)
    deployment.show("a", "data.documented")
    assert deployment.diagnosis.refresh() == 1
    assert _entries(deployment) == told
    deployment.show("a", MONITORED, Answer.NO)
    assert deployment.diagnosis.refresh() == 1
    assert _entries(deployment) == told + 1


def _entries(deployment: Deployment) -> int:
    """How many entries say that a diagnosis was made."""
    table = "ledger_inbox" if deployment.store.dialect == "postgresql" else "ledger_entries"
    statement = sa.select(sa.func.count()).select_from(sa.table(table)).where(sa.column("what") == "diagnosis.made")
    with deployment.store.read() as connection:
        return int(connection.execute(statement).scalar_one())


def test_a_declared_rule_takes_the_place_of_the_shipped_one_at_once(deployment: Deployment) -> None:
    deployment.declare({"triage": {"title": "Triage"}})
    deployment.show("triage", MONITORED, Answer.NO)
    before = deployment.diagnosis.frequency()

    deployment.declare({"no-operations": mode(title="Ours", severity={"usual": "minor"})}, FailureMode)
    found = deployment.finding("triage", "no-operations")
    assert (found.title, found.severity, found.status) == ("Ours", Severity.MINOR, Status.PRESENT)
    after = deployment.diagnosis.frequency()
    assert after.rules != before.rules
    share = after.of("no-operations")
    assert share is not None
    assert share.rule.generation == 1

    deployment.declare({"no-operations": mode(inForce=False)}, FailureMode)
    assert deployment.diagnosis.frequency().of("no-operations") is None
    assert len(deployment.diagnosis.frequency().shares) == len(shipped()) - 1
    with pytest.raises(NotFound) as caught:
        deployment.diagnosis.struck("no-operations")
    assert "no-operations-owner" in caught.value.remedy


def test_a_removed_use_case_takes_its_diagnosis_along(deployment: Deployment) -> None:
    deployment.declare({"a": PERFECT, "b": {"title": "B"}})
    assert deployment.diagnosis.frequency().diagnosed == 2

    deployment.resources.remove(DANA, "UseCase", "a", 1)

    assert deployment.diagnosis.frequency().diagnosed == 1
    with deployment.store.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(diagnoses)).scalar_one() == 1


def test_questions_lean_on_what_is_known_of_the_others(deployment: Deployment) -> None:
    def bits(fact: str) -> float:
        return next(each.bits for each in deployment.diagnosis.of("asked").questions if each.fact == fact)

    deployment.declare({"asked": {"title": "Asked"}})
    deployment.diagnosis.refresh()
    even = bits(MONITORED)
    others = {f"other-{number}": {"title": "Other"} for number in range(8)}
    deployment.declare(others)
    for name in others:
        deployment.show(name, MONITORED, Answer.YES)
        deployment.show(name, "integration.released-repeatably", Answer.YES)
    deployment.diagnosis.refresh()

    assert even == pytest.approx(bits("integration.released-repeatably"), abs=0.2)
    assert bits(MONITORED) != pytest.approx(even)
    first = deployment.diagnosis.frequency().questions[0]
    assert first.first == 9
    assert first.key == deployment.diagnosis.of("asked").questions[0].key


def test_a_long_list_comes_in_pages_the_most_severe_first(deployment: Deployment) -> None:
    deployment.declare({f"case-{number:03}": {"title": f"Case {number}"} for number in range(PAGE + 5)})
    deployment.declare({"zz-high": {"title": "High", "risk": {"impact": "safety"}}})
    for number in range(PAGE + 5):
        deployment.show(f"case-{number:03}", MONITORED, Answer.NO)
    deployment.show("zz-high", MONITORED, Answer.NO)

    first, second = (deployment.diagnosis.struck("no-operations", page=number) for number in (1, 2))

    assert (first.total, first.pages, len(first.rows), len(second.rows)) == (PAGE + 6, 2, PAGE, 6)
    assert (first.rows[0].use_case, first.rows[0].severity) == ("zz-high", Severity.CRITICAL)


def test_an_empty_register_has_nothing_to_say(deployment: Deployment) -> None:
    frequency = deployment.diagnosis.frequency()

    assert (frequency.diagnosed, frequency.retired, frequency.questions) == (0, 0, ())
    assert all(sum(share.statuses.values()) == 0 for share in frequency.shares)
    with pytest.raises(NotFound):
        deployment.diagnosis.of("nobody")
