"""No side door: what is a decision happens by decision only, whichever way it is tried, on both engines."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from roadworthy.app import App
from roadworthy.decide.approvals.executors.plan import PlanExecutor
from roadworthy.foundation.errors import Conflict, InvalidInput, Refused
from roadworthy.foundation.ledger.authority import Act
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.documents import Declared, declare
from roadworthy.foundation.resources.plan import Plan
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.model import Duty, UseCase
from tests.harness.authorities import RULE, Declines, Listens, granted
from tests.harness.decided import Deployment, deployed

SHEET = b"ID,Title,Stage\nAB-1,Claims triage,Pilot\nAB-2,Chat,Operation and Maintenance\n"
SAFE = {"impact": "none", "autonomy": "informs", "personalData": "none", "exposure": "internal"}


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Iterator[Deployment]:
    with deployed(store, tmp_path) as deployment:
        yield deployment


def declared(app: App, name: str = "claims", /, **spec: Any) -> Declared:
    return declare(app.registry.get("UseCase"), name, {"title": "Claims", **spec})


def applied(office: Deployment, *wanted: Declared) -> None:
    office.app.resources.apply(office.context(), office.app.resources.plan(wanted))


def spec_of(app: App, name: str = "claims") -> UseCase:
    spec = app.resources.get("UseCase", name).spec
    assert isinstance(spec, UseCase)
    return spec


def carried_out(office: Deployment, plan: Plan, *acts: Act) -> Mapping[str, Any]:
    """What using an approval of these acts comes to."""
    executor = PlanExecutor(office.app.resources)

    def work(tx: Transaction) -> Mapping[str, Any]:
        tx.granted.update(granted(*acts))
        return executor.carry_out(tx, plan.to_values())

    return office.app.units.run(office.context(), work)


def acts_of(office: Deployment, plan: Plan) -> tuple[Act, ...]:
    with office.app.store.read() as connection:
        return PlanExecutor(office.app.resources).acts(connection, plan.to_values())


def test_a_stage_is_not_raised_by_applying_importing_or_removing(office: Deployment) -> None:
    app = office.app
    applied(office, declared(app, stage="proposed", risk=SAFE))
    app.resources.governed_by(Declines())
    with pytest.raises(Refused, match="promote"):
        applied(office, declared(app, stage="production", risk=SAFE))
    with pytest.raises(Refused, match="retire"):
        app.resources.remove(office.context(), "UseCase", "claims", 1)
    with pytest.raises(Refused, match="promote"):
        app.importing.run(office.context(), "inventory.csv", SHEET)
    assert spec_of(app).stage == "proposed"
    assert app.inventory.names() == ["claims"]


def test_an_import_that_takes_a_decision_is_proposed_as_a_plan_and_then_goes_through(office: Deployment) -> None:
    app = office.app
    app.resources.governed_by(Declines())
    with pytest.raises(Refused):
        app.importing.run(office.context(), "inventory.csv", SHEET)
    plan = app.importing.plan("inventory.csv", SHEET)
    carried_out(office, plan, *acts_of(office, plan))
    report = app.importing.run(office.context(), "inventory.csv", SHEET)
    assert (len(report.effects.created), len(report.effects.conflicts)) == (0, 0)
    assert [app.inventory.subject(name).spec.stage for name in app.inventory.names()] == ["pilot", "production"]


def test_what_nobody_decides_about_goes_on_as_before(office: Deployment) -> None:
    app = office.app
    applied(office, declared(app, stage="pilot", risk=SAFE))
    app.resources.governed_by(Declines())
    applied(office, declared(app, stage="pilot", risk=SAFE, purpose="Shortens the first decision."))
    applied(office, declared(app, "new", risk=SAFE))
    assert spec_of(app).purpose == "Shortens the first decision."


def test_rubric_policies_rights_and_roles_are_not_changed_alone(office: Deployment) -> None:
    app = office.app
    app.resources.governed_by(declines := Declines())
    profile = declare(app.registry.get("PlatformProfile"), "platform", {"vendors": ["Acme"]})
    with pytest.raises(Refused, match="change-policy"):
        applied(office, profile)
    (act,) = declines.asked
    assert act.facts == {"kind": "PlatformProfile", "name": "platform", "change": "created"}
    app.resources.governed_by(Listens())
    applied(office, profile)
    app.resources.governed_by(Declines())
    with pytest.raises(Refused, match="change-policy"):
        app.resources.remove(office.context(), "PlatformProfile", "platform", 1)


def test_an_approved_plan_is_carried_out_on_its_grounds(office: Deployment) -> None:
    app = office.app
    applied(office, declared(app, stage="candidate", risk=SAFE))
    app.resources.governed_by(Declines())
    plan = app.resources.plan([declared(app, stage="production", risk=SAFE), declared(app, "idle")])
    effects = carried_out(office, plan, *acts_of(office, plan))
    assert effects == {"changed": 2, "resources": ["UseCase/claims", "UseCase/idle"]}
    assert spec_of(app).stage == "production"
    (newest, *_) = app.resources.history("UseCase", "claims")
    assert newest.source == "decision/request-1"
    app.ledger.settle()
    entry = app.ledger.entry(newest.entry_id).entry
    assert entry.basis.rules == (RULE,)
    assert (entry.oversight.given, entry.oversight.quorum) == (("p-ann", "p-bea"), 2)
    other = app.resources.get("UseCase", "idle").entry_id
    assert app.ledger.entry(other).entry.basis.rules == ()


def test_a_removal_can_be_decided(office: Deployment) -> None:
    app = office.app
    applied(office, declared(app, stage="pilot"))
    app.resources.governed_by(Declines())
    plan = app.resources.plan_removal("UseCase", "claims")
    (act,) = acts_of(office, plan)
    assert act.decides == "retire"
    carried_out(office, Plan.from_text(plan.to_text()), act)
    assert app.resources.find("UseCase", "claims") is None


def test_a_plan_that_was_approved_covers_no_other_state(office: Deployment) -> None:
    app = office.app
    applied(office, declared(app, stage="candidate"))
    plan = app.resources.plan([declared(app, stage="production")])
    acts = acts_of(office, plan)
    applied(office, declared(app, stage="candidate", purpose="Another."))
    app.resources.governed_by(Declines())
    with pytest.raises(Conflict):
        carried_out(office, plan, *acts)
    moved = app.resources.plan([declared(app, stage="production")])
    with pytest.raises(Refused):
        carried_out(office, moved, *acts)
    assert spec_of(app).stage == "candidate"


def test_whatever_is_changed_of_an_approved_plan_it_is_not_carried_out(office: Deployment) -> None:
    """Every field of the content, one by one, between approval and carrying out."""
    app = office.app
    applied(office, declared(app, stage="candidate", risk=SAFE))
    plan = app.resources.plan([declared(app, stage="production", risk=SAFE, purpose="One.")])
    acts = acts_of(office, plan)
    app.resources.governed_by(Declines())
    values = json.loads(plan.to_text())
    tried = 0
    for changed in mutations(values):
        try:
            other = forged(changed)
            if other.steps == plan.steps or [step.spec for step in other.steps] == [step.spec for step in plan.steps]:
                continue  # only what is shown differs; the digest that was voted on does not cover it any more
            carried_out(office, other, *acts)
        except (Refused, Conflict, InvalidInput):
            tried += 1
        assert spec_of(app).stage == "candidate"
    assert tried > 5


def forged(values: Mapping[str, Any]) -> Plan:
    """A plan with a digest that fits, as somebody would make who can write files."""
    empty = Plan(())
    for digest in (values["digest"], empty.digest):
        try:
            return Plan.from_values({**values, "digest": digest})
        except InvalidInput:
            continue
    steps = json.loads(json.dumps(values["steps"]))
    made = Plan(tuple(_step(step) for step in steps))
    return Plan.from_values({**values, "digest": made.digest})


def _step(values: Mapping[str, Any]) -> Any:
    from roadworthy.foundation.resources import plan

    try:
        return plan._step(values)
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidInput("plan-damaged", "not a plan", remedy="none") from error


def mutations(value: Any, path: tuple[Any, ...] = ()) -> Iterator[Any]:
    """The value with one leaf another, for every leaf."""
    if isinstance(value, dict):
        for key in value:
            for changed in mutations(value[key], (*path, key)):
                yield {**value, key: changed}
        if path and path[-1] == "spec":
            yield {**value, "unit": "another"}
    elif isinstance(value, list):
        for at, item in enumerate(value):
            for changed in mutations(item, (*path, at)):
                yield [*value[:at], changed, *value[at + 1 :]]
    elif isinstance(value, bool) or value is None:
        yield "something"
    elif isinstance(value, int):
        yield value + 1
    else:
        yield f"{value}x"
        yield None


def test_a_plan_shows_what_it_does_or_is_refused(office: Deployment) -> None:
    app = office.app
    applied(office, declared(app, stage="candidate"))
    values = json.loads(app.resources.plan([declared(app, stage="production")]).to_text())
    values["steps"][0]["changes"] = [["spec.purpose", None, "A better word."]]
    misleading = forged(values)
    with pytest.raises(Conflict) as refused:
        acts_of(office, misleading)
    assert refused.value.code == "plan-misleading"
    executor = PlanExecutor(app.resources)
    with app.store.read() as connection:
        told = executor.prepare(connection, office.context(), misleading.to_values())
    assert any("candidate" in line and "production" in line for line in executor.shown(told))
    assert executor.title(told) == "Promote claims from candidate to production"


def test_a_duty_is_taken_on_only_with_the_word_of_those_who_are_asked(office: Deployment) -> None:
    app = office.app
    applied(office, declared(app, owners={"governance": "dana@halden.example"}))
    app.inventory.accepting.governed_by(declines := Declines())
    with pytest.raises(Refused, match="accept-duty"):
        office.accept("claims", Duty.GOVERNANCE)
    (act,) = declines.asked
    assert (act.decides, act.use_case, act.facts["duty"]) == ("accept-duty", "claims", "governance")
    assert app.inventory.subject("claims").seats[Duty.GOVERNANCE].accepted_at is None


def test_a_criterion_is_waived_only_with_the_word_of_those_who_are_asked(office: Deployment) -> None:
    app = office.app
    applied(office, declared(app, stage="pilot", risk=SAFE))
    criterion = app.readiness.of("claims").blocking[0].criterion.id
    until = office.clock.now() + dt.timedelta(days=30)
    app.waivers.governed_by(declines := Declines())
    with pytest.raises(Refused, match="waive"):
        app.waivers.waive(office.context(), "claims", criterion, "It can wait.", "A person looks.", until)
    (act,) = declines.asked
    assert act.facts["lasts"] == 30 * 86_400
    assert (act.facts["what"], act.facts["criterion"], act.facts["tier"]) == ("criterion", criterion, "low")
    assert app.waivers.of("claims") == []
