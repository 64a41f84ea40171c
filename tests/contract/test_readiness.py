"""Evidence and readiness over a store, on both engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from roadworthy.decide.readiness import kinds as readiness_kinds
from roadworthy.decide.readiness.assessment import Tone, Verdict
from roadworthy.decide.readiness.model import Dimension, Rubric
from roadworthy.decide.readiness.query import PAGE, PortfolioQuery, Sort
from roadworthy.decide.readiness.service import Readiness
from roadworthy.decide.readiness.tables import assessments
from roadworthy.evidence import kinds as evidence_kinds
from roadworthy.evidence.expiry import Expiry
from roadworthy.evidence.model import Method, Submission
from roadworthy.evidence.service import Evidence
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Refused, RoadworthyError
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.appender import appender_for
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Units
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory import kinds as inventory_kinds
from roadworthy.inventory import store as inventory_rows
from roadworthy.inventory.facts import FACTS, Answer
from roadworthy.inventory.model import Duty, Stage, UseCase
from roadworthy.inventory.rules import Acceptance
from roadworthy.inventory.service import Inventory
from roadworthy.inventory.store import ReportedAnswer
from tests.unit.decide.readiness.cases import NOW, PERFECT, rubric_of

DANA = Context(Actor(ActorKind.PERSON, "dana"))
PIPELINE = Context(Actor(ActorKind.WORKLOAD, "pipeline"))


@dataclass
class Deployment:
    store: Store
    clock: SimulatedClock
    units: Units
    resources: Resources
    evidence: Evidence
    readiness: Readiness

    def declare(self, specs: Mapping[str, Mapping[str, Any]], model: type[Shape] = UseCase) -> None:
        declared = [Declared(model.__name__, name, {}, model.model_validate(spec)) for name, spec in specs.items()]
        self.units.run(DANA, lambda tx: self.resources.put_all(tx, declared, None, "test"))

    def attest(self, use_case: str, fact: str, answer: Answer = Answer.YES, **changed: Any) -> str:
        given = {
            "fact": fact,
            "answer": answer,
            "observedFrom": "2026-05-01",
            "observedTo": "2026-05-31",
            "statement": "Seen by Dana.",
        }
        return self.evidence.submit(DANA, use_case, Submission.model_validate(given | changed)).id

    def tone(self, name: str, dimension: Dimension) -> Tone:
        """The tone in the portfolio, which has to be the one of a fresh assessment."""
        row = next(row for row in self.readiness.portfolio().rows if row.name == name)
        assert row.dimensions == self.readiness.of(name).dimensions
        return row.dimensions[dimension].tone


@pytest.fixture
def deployment(store: Store, tmp_path: Path) -> Deployment:
    clock = SimulatedClock(NOW)
    runtime = Runtime(clock=clock)
    units = Units(store, appender_for(store, runtime, "test"), runtime)
    resources = Resources(
        store, units, Registry((*inventory_kinds.kinds(), *evidence_kinds.kinds(), *readiness_kinds.kinds()))
    )
    inventory = Inventory(store, units, resources)
    readiness = Readiness(store, units, resources, inventory, runtime)
    expiry = Expiry(store, units, Timers(store, units, runtime))
    evidence = Evidence(store, units, resources, runtime, Keys(tmp_path / "keys", clock), expiry)
    return Deployment(store, clock, units, resources, evidence, readiness)


def test_evidence_is_kept_with_its_days_its_time_and_its_person(deployment: Deployment) -> None:
    deployment.declare({"triage": PERFECT})
    item_id = deployment.attest("triage", "data.path-audited")

    (item,) = deployment.evidence.of("triage")
    assert (item.id, item.method, item.recorded_by, item.recorded_at) == (item_id, Method.ATTESTED, "dana", NOW)
    assert (item.observed_from, item.observed_to) == (dt.date(2026, 5, 1), dt.date(2026, 5, 31))
    assert item.expires_at == dt.datetime(2026, 6, 1, tzinfo=dt.UTC) + dt.timedelta(days=180)
    assert item.statement == "Seen by Dana."
    assert item.entry_id


@pytest.mark.parametrize(
    ("context", "use_case", "changed", "error"),
    [
        (DANA, "triage", {"observedTo": "2026-06-02"}, InvalidInput),
        (DANA, "triage", {"observedFrom": "2026-05-31", "observedTo": "2026-05-30"}, InvalidInput),
        (DANA, "nobody", {}, NotFound),
        (PIPELINE, "triage", {}, Refused),
    ],
    ids=["tomorrow", "reversed", "no such use case", "a program vouches"],
)
def test_what_cannot_be_attested_leaves_nothing(
    deployment: Deployment, context: Context, use_case: str, changed: dict[str, str], error: type[RoadworthyError]
) -> None:
    deployment.declare({"triage": PERFECT})
    given = {"fact": "data.path-audited", "answer": "yes"}
    days = {"observedFrom": "2026-05-01", "observedTo": "2026-05-31"}

    with pytest.raises(error):
        deployment.evidence.submit(context, use_case, Submission.model_validate(given | days | changed))
    assert deployment.evidence.of("triage") == []


def test_withdrawn_evidence_stays_readable_and_no_longer_counts(deployment: Deployment) -> None:
    deployment.declare({"triage": PERFECT})
    item_id = deployment.attest("triage", "data.path-audited", Answer.NO)
    assert deployment.tone("triage", Dimension.DATA) is Tone.RED

    withdrawn = deployment.evidence.withdraw(DANA, item_id, "It was another system. ")

    assert withdrawn.withdrawal is not None
    assert withdrawn.withdrawal.reason == "It was another system."
    assert deployment.evidence.of("triage") == [withdrawn]
    assert deployment.tone("triage", Dimension.DATA) is Tone.UNKNOWN
    with pytest.raises(Conflict):
        deployment.evidence.withdraw(DANA, item_id, "Again.")
    with pytest.raises(InvalidInput):
        deployment.evidence.withdraw(DANA, item_id, "  ")
    with pytest.raises(NotFound):
        deployment.evidence.withdraw(DANA, "nothing", "It never was.")


def test_every_change_of_what_is_known_shows_in_the_portfolio_at_once(deployment: Deployment) -> None:
    deployment.declare({"triage": PERFECT})
    assert deployment.tone("triage", Dimension.DATA) is Tone.UNKNOWN
    assert deployment.tone("triage", Dimension.OWNERSHIP) is Tone.UNKNOWN

    for fact in FACTS:
        deployment.attest("triage", fact)
    assert deployment.tone("triage", Dimension.DATA) is Tone.GREEN

    named = dict(PERFECT, owners=dict(PERFECT["owners"], platform=None))
    deployment.declare({"triage": named})
    assert deployment.tone("triage", Dimension.OWNERSHIP) is Tone.RED


def test_a_colour_expires_by_itself(deployment: Deployment) -> None:
    deployment.declare({"triage": PERFECT})
    for fact in FACTS:
        deployment.attest("triage", fact)
    assert deployment.tone("triage", Dimension.DATA) is Tone.GREEN
    assert deployment.readiness.refresh() == 0

    change = deployment.readiness.of("triage").next_change_at
    assert change is not None
    deployment.clock.instant = change - dt.timedelta(microseconds=1)
    assert deployment.tone("triage", Dimension.DATA) is Tone.GREEN
    deployment.clock.instant = change
    assert deployment.tone("triage", Dimension.DATA) is Tone.AMBER


def test_the_shipped_rubric_is_in_force_until_one_is_declared(deployment: Deployment) -> None:
    deployment.declare({"triage": PERFECT})
    shipped = deployment.readiness.portfolio().rubric
    assert shipped.is_shipped

    own = rubric_of({"requires": {"fields": {"all": ["title"]}}})
    deployment.declare({"default": own.model_dump(mode="json")}, Rubric)

    page = deployment.readiness.portfolio()
    assert not page.rubric.is_shipped
    assert page.rubric.digest != shipped.digest
    assert page.headline.ready == 1
    assert deployment.readiness.of("triage").overall.tone is Tone.GREEN


def test_what_a_spreadsheet_says_is_counted_as_reported_and_is_never_green(deployment: Deployment) -> None:
    deployment.declare({"triage": PERFECT})
    told = [ReportedAnswer("triage", fact, Answer.YES, "import", "C7", NOW) for fact in FACTS]
    deployment.store.write(lambda connection: inventory_rows.report(connection, told))
    deployment.store.write(lambda connection: inventory_rows.touch(connection, ["triage"]))

    assert deployment.tone("triage", Dimension.DATA) is Tone.AMBER
    assert deployment.readiness.portfolio().headline.known_by[Method.REPORTED] > 0


def test_an_acceptance_turns_a_seat(deployment: Deployment) -> None:
    deployment.declare({"triage": PERFECT})
    assert deployment.readiness.portfolio().headline.unconfirmed == 1

    def accept(connection: sa.Connection) -> None:
        for duty in Duty:
            acceptance = Acceptance(duty, PERFECT["owners"][duty.value], "ref", NOW)
            inventory_rows.accept(connection, "triage", acceptance, "entry")
        inventory_rows.touch(connection, ["triage"])

    deployment.store.write(accept)
    assert deployment.readiness.portfolio().headline.unconfirmed == 0
    verdicts = {each.criterion.id: each.verdict for each in deployment.readiness.of("triage").judgements}
    assert verdicts["platform-owner"] is Verdict.MET


def test_assessing_is_told_in_the_ledger_when_a_tone_changes(deployment: Deployment) -> None:
    deployment.declare({"a": PERFECT, "b": {"title": "B"}})

    first = deployment.readiness.assess(DANA)
    again = deployment.readiness.assess(DANA, ["a"])

    assert (first.assessed, first.changed, first.overall[Tone.RED]) == (2, 2, 1)
    assert (again.assessed, again.changed) == (1, 0)
    with pytest.raises(NotFound) as caught:
        deployment.readiness.assess(DANA, ["aa"])
    assert "aa" in caught.value.message


def test_a_removed_use_case_leaves_the_portfolio_and_comes_back_unknown(deployment: Deployment) -> None:
    deployment.declare({"triage": PERFECT, "other": {"title": "Other"}})
    deployment.attest("triage", "data.path-audited", Answer.NO)
    assert deployment.readiness.portfolio().total == 2

    deployment.resources.remove(DANA, "UseCase", "triage", 1)
    assert [row.name for row in deployment.readiness.portfolio().rows] == ["other"]

    deployment.declare({"triage": PERFECT})
    assert deployment.tone("triage", Dimension.DATA) is Tone.UNKNOWN
    assert deployment.evidence.of("triage") == []


def test_an_empty_register_has_an_empty_page(deployment: Deployment) -> None:
    page = deployment.readiness.portfolio()

    assert (page.rows, page.total, page.page, page.pages) == ((), 0, 1, 1)
    assert page.headline.assessed_at is None
    assert page.headline.tones[Dimension.DATA] == dict.fromkeys(Tone, 0)


def test_filters_sorts_and_pages(deployment: Deployment) -> None:
    many: dict[str, dict[str, Any]] = {
        f"case-{number:03}": {
            "title": f"Case {number}",
            "organisation": f"Organisation {number % 3}" if number % 4 else None,
            "stage": "pilot" if number % 2 else "production",
            "risk": {"impact": "rights"} if number % 5 == 0 else {},
            "owners": {"product": "p@halden.example"} if number % 7 else {},
        }
        for number in range(PAGE + 30)
    }
    deployment.declare(many)
    ask = deployment.readiness.portfolio

    assert ask().total == PAGE + 30
    assert ask().pages == 2
    both = [row.name for page in (1, 2) for row in ask(PortfolioQuery(sort=Sort.STAGE, page=page)).rows]
    assert sorted(both) == list(many)
    assert ask(PortfolioQuery(page=99)).page == 2
    assert {row.stage for row in ask(PortfolioQuery(stage=Stage.PILOT)).rows} == {Stage.PILOT}
    assert ask(PortfolioQuery(text="CASE 12")).total == 12
    assert ask(PortfolioQuery(text="100%")).total == 0
    assert ask(PortfolioQuery(organisation="Organisation 1")).total == sum(
        spec["organisation"] == "Organisation 1" for spec in many.values()
    )
    open_tier = ask(PortfolioQuery(tier="open"))
    assert open_tier.total == sum(not spec["risk"] for spec in many.values())
    assert ask(PortfolioQuery(owner_gap=Duty.PRODUCT)).total == 19
    assert ask(PortfolioQuery(owner_gap="any")).total == PAGE + 30
    assert ask().headline.without_owners == 19
    assert ask(PortfolioQuery(tones={Dimension.DATA: Tone.GREEN})).total == 0
    assert ask().organisations == ("Organisation 0", "Organisation 1", "Organisation 2")
    for sort in Sort:
        for descending in (True, False):
            assert len(ask(PortfolioQuery(sort=sort, descending=descending)).rows) == PAGE
    by_organisation = [row.organisation for row in ask(PortfolioQuery(sort=Sort.ORGANISATION, page=2)).rows]
    assert by_organisation[-1] is None


def test_an_unchanged_portfolio_is_not_assessed_again(deployment: Deployment) -> None:
    deployment.declare({"a": PERFECT, "b": {"title": "B"}})
    assert deployment.readiness.refresh() == 2
    assert deployment.readiness.refresh() == 0
    deployment.attest("a", "data.path-audited")
    assert deployment.readiness.refresh() == 1

    with deployment.store.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(assessments)).scalar_one() == 2
