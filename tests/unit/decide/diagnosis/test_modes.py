"""The rules that ship, and what is refused of those that people write."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from roadworthy.decide.diagnosis.finding import InForce
from roadworthy.decide.diagnosis.kinds import check_mode, in_force, kinds, shipped, shipped_source
from roadworthy.decide.diagnosis.model import FailureMode, Family, RuleTest, Status
from roadworthy.decide.diagnosis.proving import outcome
from roadworthy.foundation.resources.documents import Source, parse
from roadworthy.foundation.resources.registry import Registry

ROWS = [(rule.name, test) for rule in shipped() for test in rule.mode.tests]
MODES = {
    "no-data-pipeline",
    "unclear-value-owner",
    "no-guardrails",
    "adoption-gap",
    "integration-debt",
    "no-operations",
}
PATTERNS = {"model-first", "no-operations-owner", "late-governance", "integration-as-plumbing"}
FACT = {"fact": {"name": "integration.monitored"}}


def mode(**changed: Any) -> dict[str, Any]:
    """A sound rule; what the test does not say is filled in."""
    monitored = {"fact": "integration.monitored"}
    return {
        "title": "Not watched",
        "family": "failure-mode",
        "duty": "platform",
        "goesWrong": "Nobody sees it.",
        "signs": {"not": FACT},
        "severity": {"usual": "major"},
        "surfaces": [
            {"where": "In use.", "when": {"after": "inUseSince", "low": 0, "high": 9, "words": "soon"}},
        ],
        "disprovedBy": "A screen.",
        "tests": [
            {"name": "no", "answers": [{**monitored, "answer": "no"}], "then": "present"},
            {"name": "yes", "answers": [{**monitored, "answer": "yes"}], "then": "absent"},
            {"name": "silence", "then": "cannot-tell"},
        ],
        **changed,
    }


def faults(**changed: Any) -> list[tuple[str, str, str]]:
    found = check_mode("mine", FailureMode.model_validate(mode(**changed)))
    return [(finding.code, str(finding.place), finding.remedy) for finding in found]


def test_the_six_failure_modes_and_the_four_patterns_ship() -> None:
    families = {rule.name: rule.mode.family for rule in shipped()}

    assert {name for name, family in families.items() if family is Family.FAILURE_MODE} == MODES
    assert {name for name, family in families.items() if family is Family.PATTERN} == PATTERNS


@pytest.mark.parametrize(("name", "test"), ROWS, ids=[f"{name}: {test.name}" for name, test in ROWS])
def test_every_row_of_every_shipped_test_table_comes_out(name: str, test: RuleTest) -> None:
    rule = next(rule for rule in shipped() if rule.name == name)
    (finding,) = outcome(name, rule.mode, test).modes

    assert finding.status is test.then
    assert test.severity in {None, finding.severity}
    assert all(because.path or because.fact for because in finding.because)


def test_a_sound_rule_is_taken() -> None:
    assert faults() == []


def test_a_rule_that_fails_one_of_its_own_tests_cannot_be_applied() -> None:
    source = Source(
        "mine.yaml", shipped_source().text.replace("then: present\n      severity: major", "then: absent", 1)
    )

    _, findings = parse([source], Registry(kinds()))

    assert [finding.code for finding in findings] == ["failure-mode-test-failed"]
    assert "`A pipeline that is not there` wants `absent`, and the rule says `present`" in findings[0].message
    assert (findings[0].place.line or 0) > 1


def test_a_test_can_ask_for_the_severity() -> None:
    tests = mode()["tests"]
    tests[0]["severity"] = "minor"

    assert [code for code, _, _ in faults(tests=tests)] == ["failure-mode-test-failed"]


def test_a_test_of_a_retired_use_case_tells_nothing() -> None:
    tests = mode()["tests"]
    tests[0]["useCase"] = {"stage": "retired"}

    assert [code for code, _, _ in faults(tests=tests)] == ["failure-mode-test-failed"]


def test_each_of_the_three_answers_needs_a_test() -> None:
    tests = [{**each, "then": "present"} for each in mode()["tests"]]

    assert [code for code, _, _ in faults(tests=tests)] == ["failure-mode-untested"] * 2


@pytest.mark.parametrize(
    ("sign", "code", "remedy"),
    [
        ({"fact": {"name": "integration.monitord"}}, "failure-mode-fact-unknown", "`integration.monitored`"),
        ({"fields": {"all": ["purpos"]}}, "failure-mode-field-unknown", "`purpose`"),
        ({"each": {"of": "owners", "fields": ["product"]}}, "failure-mode-field-unknown", "`integrations`"),
        ({"each": {"of": "data", "fields": ["stewart"]}}, "failure-mode-field-unknown", "`steward`"),
        ({"silent": {"of": "outcome", "fields": ["ownr"]}}, "failure-mode-field-unknown", "`owner`"),
        ({"silent": {"of": "data", "fields": ["x"]}}, "failure-mode-field-unknown", ""),
        ({"is": {"field": "stage", "oneOf": ["piloting"]}}, "failure-mode-field-unknown", "`pilot`"),
        ({"is": {"field": "tier", "oneOf": ["higher"]}}, "failure-mode-field-unknown", "`high`"),
        ({"is": {"field": "risk.impact", "oneOf": ["monney"]}}, "failure-mode-field-unknown", "`money`"),
        (
            {"before": {"first": {"field": "title"}, "then": {"field": "started"}}},
            "failure-mode-field-unknown",
            "`productionRequested`",
        ),
        (
            {"before": {"first": {"fact": "data.x"}, "then": {"field": "started"}}},
            "failure-mode-fact-unknown",
            "",
        ),
    ],
    ids=[
        "fact", "field", "no list", "item field", "part's field", "list's field", "stage", "tier", "impact", "no date",
        "fact of a day",
    ],
)  # fmt: skip
def test_what_does_not_exist_is_found_with_the_nearest(sign: dict[str, Any], code: str, remedy: str) -> None:
    ((found, place, said),) = faults(signs={"any": [sign, {"not": FACT}]})

    assert (found, place.startswith("spec.signs.any.0")) == (code, True)
    assert remedy in said


def test_a_test_that_answers_an_unknown_claim_and_a_date_that_is_none_are_found() -> None:
    tests = mode()["tests"]
    tests[0]["answers"][0]["fact"] = "no.such"
    surfaces = [{"where": "x", "when": {"after": "title", "low": 0, "high": 1, "words": "y"}}]

    assert {place for _, place, _ in faults(tests=tests, surfaces=surfaces)} == {
        "spec.tests.0.answers.0.fact",
        "spec.surfaces.0.when.after",
    }


def test_a_rule_that_nobody_can_survey_is_refused() -> None:
    assert [code for code, _, _ in faults(signs={"any": [{"not": FACT}] * 25})] == ["failure-mode-too-large"]


@pytest.mark.parametrize(
    "changed",
    [
        {"signs": {}},
        {"signs": {**FACT, "named": "product"}},
        {"signs": {"not": FACT, "ask": "Who knows?"}},
        {"signs": {"count": {"of": [FACT], "atLeast": 2}}},
        {"signs": {"before": {"first": {}, "then": {"field": "started"}}}},
        {"severity": {}},
        {"surfaces": [{"stages": ["pilot"], **mode()["surfaces"][0]}]},
        {"surfaces": [{"where": "x", "when": {"after": "started", "low": 9, "high": 1, "words": "y"}}]},
        {"tests": []},
    ],
    ids=[
        "no form", "two forms", "a question that is none", "out of reach", "no day", "no severity", "a stage without",
        "reversed days", "no tests",
    ],
)  # fmt: skip
def test_a_rule_that_says_nothing_clear_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FailureMode.model_validate(mode(**changed))


def test_a_declared_rule_takes_the_place_of_the_shipped_one_and_others_come_after() -> None:
    mine = InForce("adoption-gap", FailureMode.model_validate(mode()), 3)
    new = InForce("mine", FailureMode.model_validate(mode()), 1)
    aside = InForce("no-operations", FailureMode.model_validate(mode(inForce=False)), 1)
    names = [rule.name for rule in shipped()]

    chosen = in_force([new, mine, aside])

    assert [rule.name for rule in chosen] == [*(name for name in names if name != "no-operations"), "mine"]
    assert next(rule for rule in chosen if rule.name == "adoption-gap") is mine


def test_every_status_is_the_outcome_of_some_shipped_test() -> None:
    assert {test.then for _, test in ROWS} == set(Status)
