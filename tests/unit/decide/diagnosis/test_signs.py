"""What each sign sees, and which claims count for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from roadworthy.decide.diagnosis.finding import InForce
from roadworthy.decide.diagnosis.kinds import shipped
from roadworthy.decide.diagnosis.logic import Truth
from roadworthy.decide.diagnosis.model import Condition, Severity, Status
from roadworthy.decide.diagnosis.rules import compile_rules, diagnose, surfaces_of
from roadworthy.decide.diagnosis.signs import sign_of
from roadworthy.decide.diagnosis.view import view_of
from roadworthy.evidence.model import Artefact, Claim, Doubt, Method
from roadworthy.inventory.facts import FACTS, Answer
from roadworthy.inventory.model import Duty, UseCase
from roadworthy.inventory.rules import SeatState
from tests.unit.decide.readiness.cases import NOW, claim, subject

DIGEST = f"sha256:{'a' * 64}"
OTHER = f"sha256:{'b' * 64}"
FACT = "integration.monitored"


def look(
    condition: Mapping[str, Any],
    spec: Mapping[str, Any] | None = None,
    known: Mapping[str, Sequence[Claim]] | None = None,
    earlier: Mapping[str, dt.date] | None = None,
    now: dt.datetime = NOW,
) -> Truth:
    """What a sign says, and that it can say why where it is known."""
    sign = sign_of(Condition.model_validate(condition))
    view = view_of(subject({"title": "x", **(spec or {})}), known or {}, list(FACTS), now, earlier or {}, as_of=True)
    truth = sign.look(view)
    if truth is not None:
        because = sign.explain(view)
        assert because
        assert all(each.says.endswith(".") and (each.path or each.fact) for each in because)
    assert sign.asks.endswith("?")
    return truth


@pytest.mark.parametrize(
    ("claims", "truth"),
    [
        ([], None),
        ([claim(Answer.YES)], True),
        ([claim(Answer.NOT_APPLICABLE)], True),
        ([claim(Answer.NO)], False),
        ([claim(Answer.IN_PROGRESS)], None),
        ([claim(Answer.WAIVED)], None),
        ([claim(Answer.NO, days_ago=400)], None),
        ([claim(Answer.YES, days_ago=400)], None),
        ([claim(Answer.YES)._replace(doubt=Doubt.CONTESTED)], None),
        ([claim(Answer.NO)._replace(doubt=Doubt.SAMPLE_TOO_SMALL)], None),
        ([claim(Answer.YES, Method.MEASURED, 30), claim(Answer.NO, Method.ATTESTED, 1)], None),
        ([claim(Answer.YES, days_ago=-30)], None),
    ],
    ids=[
        "nothing", "yes", "does not apply", "no", "in progress", "waived", "an expired no", "an expired yes",
        "disputed", "too small a sample", "contradicted later", "not known yet on that day",
    ],
)  # fmt: skip
def test_only_a_claim_that_counts_decides(claims: list[Claim], truth: Truth) -> None:
    assert look({"fact": {"name": FACT}}, known={FACT: claims} if claims else {}) is truth


def test_a_claim_about_another_version_says_nothing() -> None:
    about = claim(Answer.NO)._replace(about=Artefact(name="drafter", digest=DIGEST))
    spec = {"components": [{"kind": "model", "name": "drafter", "digest": OTHER}]}

    assert look({"fact": {"name": FACT}}, spec, {FACT: [about]}) is None
    assert look({"fact": {"name": FACT}}, spec, {FACT: [about, claim(Answer.YES)]}) is True
    assert look({"fact": {"name": FACT}}, {}, {FACT: [about]}) is False


def test_the_owner_of_a_gate_cannot_attest_themself_out_of_a_failure_mode() -> None:
    spec = {"title": "x", "owners": {"platform": "omar@halden.example"}}
    owned = subject(spec)
    by_owner, by_other = (claim(Answer.YES, Method.ATTESTED)._replace(by=by) for by in ("ref", "other"))
    refused = claim(Answer.NO, Method.ATTESTED)._replace(by="ref")

    def says(*claims: Claim) -> Truth:
        return view_of(owned, {FACT: claims}, [FACT], NOW).says.get(FACT)

    assert (says(by_owner), says(by_other), says(refused)) == (None, True, False)
    assert says(by_owner._replace(method=Method.DOCUMENTED)) is True


def test_a_report_decides_and_is_told_as_a_report() -> None:
    rules = compile_rules(shipped())
    view = view_of(subject({"title": "x"}, (), {FACT: Answer.NO}), {}, rules.facts, NOW)

    found = {finding.mode: finding for finding in diagnose(view, rules).modes}["no-operations"]

    assert (found.status, found.as_reported) == (Status.PRESENT, True)
    (because,) = found.because
    assert (because.method, because.place, because.evidence, because.alone) == (Method.REPORTED, "C7", None, True)


@pytest.mark.parametrize(
    ("condition", "spec", "truth"),
    [
        ({"fields": {"all": ["purpose"]}}, {}, None),
        ({"fields": {"all": ["purpose"]}}, {"purpose": "tbd"}, None),
        ({"fields": {"all": ["purpose"]}}, {"purpose": "To sort."}, True),
        ({"fields": {"all": ["purpose", "outputs"], "atLeast": 1}}, {"outputs": "A score."}, True),
        ({"each": {"of": "data", "true": ["sourceOfTruth"]}}, {}, None),
        ({"each": {"of": "data", "true": ["sourceOfTruth"]}}, {"data": [{"name": "a"}]}, None),
        ({"each": {"of": "data", "true": ["sourceOfTruth"]}}, {"data": [{"name": "a", "sourceOfTruth": False}]}, False),
        ({"each": {"of": "data", "true": ["sourceOfTruth"]}}, {"data": [{"name": "a", "sourceOfTruth": True}]}, True),
        (
            {"each": {"of": "data", "true": ["sourceOfTruth"], "atLeastPercent": 50}},
            {"data": [{"name": "a", "sourceOfTruth": False}, {"name": "b"}]},
            None,
        ),
        ({"silent": {"of": "integrations", "fields": ["audit"]}}, {}, None),
        ({"silent": {"of": "integrations", "fields": ["audit"]}}, {"integrations": [{"system": "a"}]}, True),
        (
            {"silent": {"of": "integrations", "fields": ["audit", "retry"], "atLeast": 1}},
            {"integrations": [{"system": "a", "audit": "log"}]},
            True,
        ),
        (
            {"silent": {"of": "integrations", "fields": ["audit", "retry"]}},
            {"integrations": [{"system": "a", "audit": "log"}]},
            False,
        ),
        ({"silent": {"of": "data", "fields": ["production"], "said": ["pilot"]}}, {"data": [{"name": "a"}]}, None),
        ({"silent": {"of": "outcome", "fields": ["owner"]}}, {}, None),
        ({"silent": {"of": "outcome", "fields": ["owner"]}}, {"outcome": {"metric": "days"}}, True),
        ({"silent": {"of": "outcome", "fields": ["owner"]}}, {"outcome": {"metric": "d", "owner": "ada"}}, False),
        ({"named": "platform"}, {}, None),
        ({"named": "platform"}, {"owners": {"product": "ada"}}, False),
        ({"named": "platform"}, {"owners": {"platform": "ada"}}, True),
        ({"is": {"field": "stage", "oneOf": ["pilot"]}}, {}, None),
        ({"is": {"field": "stage", "oneOf": ["pilot"]}}, {"stage": "pilot"}, True),
        ({"is": {"field": "stage", "oneOf": ["pilot"]}}, {"stage": "production"}, False),
        ({"is": {"field": "tier", "oneOf": ["high"]}}, {}, None),
        ({"is": {"field": "tier", "oneOf": ["high"]}}, {"risk": {"impact": "safety"}}, True),
        ({"before": {"first": {"field": "started"}, "then": {"field": "inUseSince"}}}, {"started": "2026-01-01"}, None),
        (
            {"before": {"first": {"field": "started"}, "then": {"field": "inUseSince"}}},
            {"started": "2026-01-01", "inUseSince": "2026-01-01"},
            False,
        ),
        (
            {"before": {"first": {"field": "started"}, "then": {"field": "inUseSince"}}},
            {"started": "2026-01-01", "inUseSince": "2026-01-02"},
            True,
        ),
    ],
)
def test_what_the_declaration_tells(condition: dict[str, Any], spec: dict[str, Any], truth: Truth) -> None:
    assert look(condition, spec) is truth


RETROFIT = {"before": {"first": {"field": "productionRequested"}, "then": {"fact": "governance.impact-assessed"}}}
REQUEST = {"productionRequested": (NOW - dt.timedelta(days=60)).date()}


@pytest.mark.parametrize(
    ("claims", "earlier", "truth"),
    [
        ([claim(Answer.YES, days_ago=10)], None, True),
        ([claim(Answer.YES, days_ago=90)], None, False),
        ([claim(Answer.YES, days_ago=10), claim(Answer.YES, Method.ATTESTED, 90)], None, False),
        ([claim(Answer.NO, days_ago=10)], None, True),
        ([claim(Answer.NO, days_ago=90)], None, None),
        ([claim(Answer.IN_PROGRESS, days_ago=10)], None, None),
        ([claim(Answer.NOT_APPLICABLE, days_ago=10)], None, False),
        ([claim(Answer.YES, days_ago=10), claim(Answer.YES, days_ago=400)], None, None),
        ([claim(Answer.YES, days_ago=10)], (NOW - dt.timedelta(days=100)).date(), None),
        ([claim(Answer.YES, days_ago=10)], (NOW - dt.timedelta(days=20)).date(), True),
    ],
    ids=[
        "after the request", "before it", "renewed after it", "still not done", "not done before it", "under way",
        "does not apply", "an expired one was there before", "a superseded one was there before",
        "a superseded one came after it too",
    ],
)  # fmt: skip
def test_the_dates_of_evidence_are_held_against_the_request(
    claims: list[Claim], earlier: dt.date | None, truth: Truth
) -> None:
    fact = "governance.impact-assessed"

    assert look(RETROFIT, REQUEST, {fact: claims}, {fact: earlier} if earlier else {}) is truth
    assert look(RETROFIT, {}, {fact: claims}) is None or claims[0].answer is Answer.NOT_APPLICABLE


def test_an_earlier_first_day_that_counts_no_more_keeps_from_saying_it_was_not_before() -> None:
    order = {"before": {"first": {"fact": "governance.tested-realistically"}, "then": {"fact": "integration.designed"}}}
    known = {
        "governance.tested-realistically": [claim(Answer.YES, days_ago=10), claim(Answer.YES, days_ago=300)],
        "integration.designed": [claim(Answer.YES, days_ago=20)],
    }

    assert look(order, {}, known) is None
    assert look(order, {}, {**known, "governance.tested-realistically": [claim(Answer.YES, days_ago=10)]}) is False


# ------------------------------------------------------------ findings


def found(spec: dict[str, Any], rule: str, known: Mapping[str, Sequence[Claim]] | None = None) -> Any:
    rules = compile_rules(shipped())
    view = view_of(subject({"title": "x", **spec}, ()), known or {}, rules.facts, NOW)
    return next(finding for finding in diagnose(view, rules).modes if finding.mode == rule)


def test_a_finding_says_where_and_when_from_stage_and_dates() -> None:
    rule = next(each for each in shipped() if each.name == "no-data-pipeline").mode

    def surfaces(**spec: Any) -> Any:
        return surfaces_of(rule, UseCase.model_validate({"title": "x", **spec}), NOW.date())

    pilot = surfaces(stage="pilot", productionRequested="2026-05-20")
    assert (pilot.earliest, pilot.latest) == (dt.date(2026, 6, 3), dt.date(2026, 7, 19))
    assert not pilot.overdue
    assert surfaces(stage="pilot", productionRequested="2025-05-20").overdue
    assert surfaces(stage="pilot").when == "two weeks to two months after production is asked for"
    assert surfaces(stage="production").where != pilot.where
    assert surfaces() == surfaces(stage="production")


def test_the_severity_depends_on_the_tier_and_says_so() -> None:
    high = found({"risk": {"impact": "rights"}}, "no-operations", {FACT: [claim(Answer.NO)]})
    open_ = found({}, "no-operations", {FACT: [claim(Answer.NO)]})

    assert (high.severity, high.severity_why) == (Severity.CRITICAL, "critical at risk tier high")
    assert (open_.severity, open_.severity_why) == (Severity.MAJOR, "major while the risk tier is open")


def test_a_finding_names_its_evidence_and_what_alone_would_overturn_it() -> None:
    one = found({}, "no-operations", {FACT: [claim(Answer.NO, id_="item-1")]})
    two = found(
        {},
        "no-operations",
        {
            FACT: [claim(Answer.NO, id_="item-1")],
            "integration.released-repeatably": [claim(Answer.NO, id_="item-2")],
        },
    )

    assert [(each.evidence, each.alone) for each in one.because] == [("item-1", True)]
    assert [(each.evidence, each.alone) for each in two.because] == [("item-1", False), ("item-2", False)]


def test_a_question_says_who_can_answer() -> None:
    rules = compile_rules(shipped())
    spec = {"title": "x", "owners": {"platform": "omar@halden.example"}}
    questions = {q.key: q for q in diagnose(view_of(subject(spec, ()), {}, rules.facts, NOW), rules).questions}

    monitored = questions[f"fact {FACT}"]
    assert (monitored.duty, monitored.person, monitored.seat) == (
        Duty.PLATFORM,
        "omar@halden.example",
        SeatState.UNCONFIRMED,
    )
    assert monitored.modes == ("no-operations",)
    fitted = questions["fact ownership.workflow-fitted"]
    assert (fitted.duty, fitted.person, fitted.seat) == (Duty.BUSINESS, None, SeatState.UNASSIGNED)


def test_a_question_on_which_two_modes_wait_adds_up_what_it_tells() -> None:
    rules = compile_rules([rule for rule in shipped() if rule.name in {"model-first", "integration-debt"}])
    view = view_of(subject({"title": "x"}, ()), {}, rules.facts, NOW)

    asked = next(each for each in diagnose(view, rules).questions if each.fact == "integration.designed")
    alone = [
        next(
            each.bits
            for each in diagnose(view_of(subject({"title": "x"}, ()), {}, some.facts, NOW), some).questions
            if each.fact == "integration.designed"
        )
        for some in (compile_rules([rule]) for rule in shipped() if rule.name in asked.modes)
    ]

    assert asked.modes == ("integration-debt", "model-first")
    assert asked.bits == pytest.approx(sum(alone))


@pytest.mark.parametrize("spec", [{"stage": "retired"}, {"retired": "2026-05-31"}], ids=["stage", "date"])
def test_what_is_retired_is_not_diagnosed(spec: dict[str, Any]) -> None:
    rules = compile_rules(shipped())
    diagnosed = diagnose(view_of(subject({"title": "x", **spec}), {}, rules.facts, NOW), rules)

    assert (diagnosed.retired, diagnosed.modes, diagnosed.questions) == (True, (), ())


def test_a_retirement_to_come_is_when_it_changes() -> None:
    rules = compile_rules(shipped())
    view = view_of(subject({"title": "x", "retired": "2026-07-01"}), {}, rules.facts, NOW)

    diagnosed = diagnose(view, rules)

    assert not diagnosed.retired
    assert diagnosed.next_change_at == dt.datetime(2026, 7, 1, tzinfo=dt.UTC)


def test_two_answers_that_tell_nothing_alone_are_asked_all_the_same() -> None:
    either = {"not": {"fact": {"name": FACT}}}, {"fact": {"name": FACT}}
    other = {"fact": {"name": "data.documented"}}
    one_of_two = {"any": [{"all": [either[0], other]}, {"all": [either[1], {"not": other}]}]}
    declared = shipped()[0].mode.model_copy(update={"signs": Condition.model_validate(one_of_two)})
    rules = compile_rules([InForce("xor", declared, 1)])
    diagnosed = diagnose(view_of(subject({"title": "x"}), {}, rules.facts, NOW), rules)

    assert {(question.fact, question.bits) for question in diagnosed.questions} == {
        (FACT, 0.0),
        ("data.documented", 0.0),
    }
