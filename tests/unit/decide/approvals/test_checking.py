"""What is said about rights before they are in force."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from roadworthy.decide.approvals.checking import check_rights
from roadworthy.decide.approvals.facts import WITHOUT_USE_CASE
from roadworthy.decide.approvals.kinds import kinds, matters, shipped, shipped_source
from roadworthy.decide.approvals.matching import Case
from roadworthy.decide.approvals.model import DecisionClass, Rule
from roadworthy.decide.approvals.rules import Outcome, compile_rights, read
from roadworthy.foundation.errors import Finding
from tests.unit.decide.approvals.making import rights, rule

KEEPS_OPEN = rule("rights", decides=["change-rights"], approvers=[{"group": "office"}])
"""Without a rule on change-rights, rights could never change again."""


def _all_but(*classes: str) -> list[str]:
    return [each.value for each in DecisionClass if each.value not in {*classes, "change-rights"}]


def _checked(*rules: dict[str, Any], nobody: list[Any] | None = None) -> list[Finding]:
    covered = {decides for each in rules for decides in each["decides"]}
    left = _all_but(*covered) if nobody is None else nobody
    return list(check_rights("default", rights(*rules, KEEPS_OPEN, nobody=left)))


def _codes(*rules: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each.code, str(each.place.field)) for each in _checked(*rules)]


def test_rights_without_a_fault_are_not_found_fault_with() -> None:
    assert _codes(rule()) == []


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        # people
        ({"approvers": []}, "rights-ask-without-approvers", "decision"),
        ({"decision": "approve", "approvers": [{"group": "risk"}]}, "rights-asks-nobody", "approvers"),
        ({"decision": "decline", "quorum": "any"}, "rights-asks-nobody", "quorum"),
        ({"decision": "approve", "separate": ["product"]}, "rights-asks-nobody", "separate"),
        ({"decision": "approve", "declines": "one-ends"}, "rights-asks-nobody", "declines"),
        ({"decision": "approve", "escalations": [{"after": "1d"}]}, "rights-asks-nobody", "escalations"),
        ({"decision": "approve", "delegation": {"longest": "1d"}}, "rights-asks-nobody", "delegation"),
        ({"decision": "approve", "signIn": {"within": "1m"}}, "rights-asks-nobody", "signIn"),
        ({"approvers": [{"owner": "product", "count": 2}]}, "rights-quorum-unreachable", "approvers.0.count"),
        ({"approvers": [{"person": "ann", "count": 2}]}, "rights-quorum-unreachable", "approvers.0.count"),
        ({"approvers": [{"person": "ann"}, {"person": "Ann"}]}, "rights-quorum-unreachable", "approvers"),
        ({"approvers": [{"owner": "product"}], "separate": ["product"]}, "rights-quorum-unreachable", "approvers.0"),
        (
            {"approvers": [{"owner": "product"}, {"person": "ann"}], "quorum": 3},
            "rights-quorum-unreachable",
            "approvers",
        ),
        ({"approvers": [{"group": "risk", "count": 2}], "quorum": 2}, "rights-count-unused", "approvers.0.count"),
        (
            {"escalations": [{"after": "1d", "approvers": [{"person": "ann", "count": 2}]}]},
            "rights-quorum-unreachable",
            "escalations.0.approvers.0.count",
        ),
        # times
        ({"deadline": "2d", "escalations": [{"after": "2d"}]}, "rights-escalation-late", "escalations.0.after"),
        ({"escalations": [{"after": "14d"}]}, "rights-escalation-late", "escalations.0.after"),
        ({"escalations": [{"after": "2d"}, {"after": "1d"}]}, "rights-escalation-order", "escalations.1.after"),
        ({"escalations": [{"after": "1d"}, {"after": "24h"}]}, "rights-escalation-order", "escalations.1.after"),
        ({"deadline": "5d", "delegation": {"longest": "6d"}}, "rights-delegation-long", "delegation.longest"),
        ({"deadline": "11y"}, "rights-span-too-long", "deadline"),
        ({"valid": "11y"}, "rights-span-too-long", "valid"),
        ({"signIn": {"within": "999999999999 y"}}, "rights-span-too-long", "signIn.within"),
        (
            {"evidence": [{"fact": "governance.impact-assessed", "within": "11y"}]},
            "rights-span-too-long",
            "evidence.0.within",
        ),
        # words
        ({"when": "stage_too == 'pilot'"}, "condition-unknown-name", "when"),
        ({"when": "stage_to == 'pilott'"}, "condition-unknown-word", "when"),
        ({"when": "stage_to"}, "condition-no-answer", "when"),
        ({"thresholds": [{"fact": "annual-vale", "above": "1 EUR"}]}, "rights-fact-unknown", "thresholds.0"),
        ({"thresholds": [{"fact": "rank", "above": "1"}]}, "rights-fact-unknown", "thresholds.0"),
        ({"thresholds": [{"fact": "stage-to", "above": "1"}]}, "rights-threshold-not-a-number", "thresholds.0"),
        ({"thresholds": [{"fact": "annual-value", "above": "1"}]}, "rights-threshold-unit", "thresholds.0"),
        ({"thresholds": [{"fact": "annual-value", "above": "5 %"}]}, "rights-threshold-unit", "thresholds.0"),
        ({"evidence": [{"fact": "governance.impact-assesed"}]}, "rights-evidence-unknown", "evidence.0.fact"),
    ],
)
def test_what_is_wrong_with_one_rule(given: dict[str, Any], code: str, field: str) -> None:
    assert _codes(rule(**given)) == [(code, f"spec.rules.0.{field}")]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"tiers": ["high"]}, "rights-rule-never-applies", "tiers"),
        ({"useCases": ["claims"]}, "rights-rule-never-applies", "useCases"),
        ({"approvers": [{"owner": "product"}]}, "rights-quorum-unreachable", "approvers.0"),
        ({"decision": "approve"}, "rights-change-unasked", "decision"),
    ],
)
def test_what_is_wrong_with_a_rule_about_no_use_case(given: dict[str, Any], code: str, field: str) -> None:
    assert (code, f"spec.rules.0.{field}") in _codes(rule(decides=["change-rights"], **given))


def test_what_can_be_met_by_somebody_is_not_found_fault_with() -> None:
    for given in (
        {"approvers": [{"person": "ann"}, {"person": "Ann"}], "quorum": "any"},
        {"approvers": [{"owner": "product"}, {"group": "risk"}], "quorum": 5},
        {"approvers": [{"owner": "product"}, {"person": "ann"}], "quorum": 2},
        {"deadline": "2d", "escalations": [{"after": "1d"}, {"after": "47h"}], "delegation": {"longest": "2d"}},
        {"tiers": ["high"], "thresholds": [{"fact": "annual-value", "atMost": "1,000,000 EUR"}]},
    ):
        codes = {code for code, _ in _codes(rule(**given))}
        assert codes <= {"rights-uncovered"}, given


def test_two_rules_of_one_name() -> None:
    assert _codes(rule(), rule(tiers=["low"])) == [("rights-rule-twice", "spec.rules.1.name")]


def test_other_rights_than_those_called_default_are_none() -> None:
    (only,) = check_rights("next", rights(rule(), KEEPS_OPEN, nobody=_all_but("promote")))
    assert only.code == "rights-name"


# ---------------------------------------------------------------- rules that get in each other's way

PILOT = {"when": "stage_to == 'pilot'"}


@pytest.mark.parametrize(
    ("one", "other", "codes"),
    [
        # the same terms, the opposite
        ({"decision": "approve", **PILOT}, {"decision": "decline", **PILOT}, ["rights-rule-never-counts"]),
        (
            {"decision": "approve", "tiers": ["low", "high"]},
            {"decision": "decline", "tiers": ["high"]},
            ["rights-contradict"],
        ),
        (
            {"decision": "approve", "useCases": ["a", "b"]},
            {"decision": "decline", "useCases": ["b"]},
            ["rights-contradict"],
        ),
        # a stricter rule that covers all of it
        ({"decision": "approve", **PILOT}, {}, ["rights-rule-never-counts"]),
        ({**PILOT}, {"decision": "decline"}, ["rights-rule-never-counts"]),
        ({"decision": "approve", "tiers": ["low"]}, {"tiers": ["low", "high"]}, ["rights-rule-never-counts"]),
        ({"decision": "approve", "useCases": ["a"]}, {}, ["rights-rule-never-counts"]),
        # narrowing is what rules are for
        ({"decision": "approve"}, {**PILOT}, []),
        ({"decision": "approve"}, {"decision": "decline", **PILOT}, []),
        ({"decision": "approve", "tiers": ["low"]}, {"decision": "decline", "tiers": ["high"]}, []),
        ({"decision": "approve", "useCases": ["a"]}, {"decision": "decline", "useCases": ["b"]}, []),
        ({"decision": "approve", "tiers": ["low", "high"]}, {"tiers": ["high"]}, []),
        ({}, {**PILOT}, []),
        ({"decision": "approve"}, {"thresholds": [{"fact": "annual-value", "above": "1 EUR"}]}, []),
    ],
)
def test_rules_that_get_in_each_other_s_way(one: dict[str, Any], other: dict[str, Any], codes: list[str]) -> None:
    found = _checked(rule("one", **one), rule("other", **other))
    assert [each.code for each in found if each.code != "rights-uncovered"] == codes
    turned = _checked(rule("other", **other), rule("one", **one))
    assert [each.code for each in turned if each.code != "rights-uncovered"] == codes


def test_a_class_that_two_rules_share_is_enough_to_contradict() -> None:
    found = _checked(
        rule("one", decides=["promote", "deploy"], decision="approve"),
        rule("other", decides=["deploy"], decision="decline"),
    )
    assert [each.code for each in found] == ["rights-contradict"]
    assert "approves `deploy` on the terms on which `other` declines it" in found[0].message


# ---------------------------------------------------------------- what is left open


def test_what_no_rule_is_about_is_asked_about_by_class_and_tier() -> None:
    found = _checked(rule(tiers=["high"]), nobody=["retire"])
    messages = {each.message for each in found}
    assert "no rule says who may decide `promote` for tier low, moderate, unknown" in messages
    assert "no rule says who may decide `deploy`" in messages
    assert "no rule says who may decide `change-rubric`" in messages
    assert {each.code for each in found} == {"rights-uncovered"}
    assert len(found) == len(DecisionClass) - 2


def test_a_rule_for_named_use_cases_leaves_the_others_open() -> None:
    assert _codes(rule(useCases=["claims"])) == [("rights-uncovered", "spec.rules")]


def test_nobody_can_be_said_for_some_tiers() -> None:
    left = [*_all_but("promote"), {"decides": ["promote"], "tiers": ["unknown"], "about": "say more first"}]
    assert _checked(rule(tiers=["low", "moderate", "high"]), nobody=left) == []


def test_what_is_nobody_s_and_a_rule_s_is_both() -> None:
    found = _checked(rule(), nobody=_all_but())
    assert [(each.code, each.place.field) for each in found] == [("rights-nobody-covered", "spec.nobody.0")]
    assert found[0].message == "nobody may decide `promote` for tier low, and a rule is about it"


@pytest.mark.parametrize("left", [[*_all_but("promote"), "change-rights"], _all_but("promote")])
def test_rights_that_could_never_change_again(left: list[str]) -> None:
    found = check_rights("default", rights(rule(), nobody=left))
    assert "rights-locked" in {each.code for each in found}


def test_every_finding_says_what_to_do() -> None:
    broken = rule(when="a >", approvers=[], escalations=[{"after": "99d"}, {"after": "1d"}], evidence=[{"fact": "x"}])
    found = _checked(broken, rule(), nobody=["promote"])
    assert len(found) > 5
    for each in found:
        assert each.remedy
        assert each.message[0] in "`'" or each.message[0].islower()
        assert not each.message.endswith(".")


# ---------------------------------------------------------------- shapes


@pytest.mark.parametrize(
    "given",
    [
        {"approvers": [{}]},
        {"approvers": [{"owner": "product", "group": "risk"}]},
        {"approvers": [{"owner": "boss"}]},
        {"thresholds": [{"fact": "rank"}]},
        {"thresholds": [{"fact": "rank", "above": "1", "below": "2"}]},
        {"deadline": "soon"},
        {"quorum": 0},
        {"quorum": "most"},
        {"tiers": ["critical"]},
        {"decides": []},
        {"when": ""},
        {"name": "Not A Slug"},
        {"more": 1},
    ],
)
def test_what_the_shape_refuses(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Rule.model_validate(rule(**given))


# ---------------------------------------------------------------- what ships


def test_the_example_that_ships_has_no_fault_and_covers_every_class_and_tier() -> None:
    example = shipped()
    assert check_rights("default", example) == ()
    assert not example.model_dump_json().count("about: null")
    assert shipped_source().text.startswith("#")


@pytest.mark.parametrize(
    ("decides", "facts", "outcome", "names"),
    [
        ("promote", {"tier": "low", "stage_to": "pilot"}, Outcome.ASKS, ["promote-low"]),
        ("promote", {"tier": "unknown", "stage_to": "pilot"}, Outcome.DECLINED, ["promote-unrated"]),
        (
            "promote",
            {"tier": "high", "stage_to": "production", "annual_value": {"minor": 500_000_000, "currency": "EUR"}},
            Outcome.ASKS,
            ["promote-high", "promote-large"],
        ),
        ("promote", {"tier": "low"}, Outcome.ASKS, ["promote-low"]),
        (
            "promote",
            {"tier": "low", "annual_value": {"minor": 500_000_000, "currency": "EUR"}},
            Outcome.UNREADABLE,
            ["promote-large"],
        ),
        ("deploy", {"tier": "low", "reversible": True, "change_kind": "fix"}, Outcome.APPROVED, ["deploy-small"]),
        ("deploy", {"tier": "low", "reversible": True, "change_kind": "model"}, Outcome.ASKS, ["deploy-low"]),
        ("deploy", {"tier": "low"}, Outcome.UNREADABLE, ["deploy-small", "deploy-low"]),
        ("deploy", {"reversible": True, "change_kind": "fix"}, Outcome.UNCOVERED, []),
        ("waive", {"tier": "low", "lasts": 181 * 86_400, "renewal": False}, Outcome.DECLINED, ["waive-too-long"]),
        ("accept-duty", {"takes_over": False}, Outcome.APPROVED, ["accept-duty"]),
        (
            "raise-limit",
            {"tier": "high", "before": 100, "after": 121},
            Outcome.ASKS,
            ["raise-limit", "raise-limit-far"],
        ),
        ("change-rights", {}, Outcome.ASKS, ["change-rights"]),
    ],
)
def test_what_the_example_says(decides: str, facts: dict[str, Any], outcome: Outcome, names: list[str]) -> None:
    found = read(compile_rights(shipped()), Case(DecisionClass(decides), "claims", facts))
    assert (found.outcome, [each.name for each in found.rules]) == (outcome, names)


def test_a_change_of_rights_is_a_decision_that_knows_which_rules_it_touches() -> None:
    (kind,) = kinds()
    assert kind.decides is matters
    before = rights(rule("kept"), rule("changed"), rule("gone"))
    after = rights(rule("kept"), rule("changed", tiers=["low"]), rule("new"))
    (only,) = matters("default", before, after)
    assert only.decides == DecisionClass.CHANGE_RIGHTS
    assert only.facts == {
        "kind": "DecisionRights", "name": "default", "change": "updated",
        "rules_added": ["new"], "rules_removed": ["gone"], "rules_changed": ["changed"],
    }  # fmt: skip
    assert matters("default", None, after)[0].facts["change"] == "created"
    assert matters("default", after, None)[0].facts["rules_removed"] == [
        "changed",
        "kept",
        "new",
    ]


def test_classes_about_no_use_case_are_few() -> None:
    assert {each.value for each in WITHOUT_USE_CASE} == {"change-rights", "change-rubric"}
