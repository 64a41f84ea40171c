"""Reading rights: every rule that matches applies, and what cannot be read is denied."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.approvals.matching import Case
from roadworthy.decide.approvals.model import DecisionClass, DecisionRights
from roadworthy.decide.approvals.rules import (
    DAY,
    Outcome,
    compile_rights,
    deadline,
    escalations,
    max_age,
    read,
    terms_of,
    valid,
    worst,
)
from tests.unit.decide.approvals.making import USE_CASE, reading, rights, rule

EUR = {"minor": 100_000, "currency": "EUR"}
LIMIT = {"fact": "annual-value"}
MONEY: dict[str, Any] = {"annual_value": EUR}


def _deploys(**given: Any) -> dict[str, Any]:
    return rule(decides=["deploy"], **given)


def _over(bound: str, value: str, fact: str = "annual-value") -> dict[str, Any]:
    return {"thresholds": [{"fact": fact, bound: value}]}


TABLE: list[tuple[dict[str, Any], str, dict[str, Any], Outcome]] = [
    # tiers
    (rule(), "promote", {}, Outcome.ASKS),
    (rule(), "deploy", {}, Outcome.UNCOVERED),
    (rule(tiers=["high"]), "promote", {"tier": "high"}, Outcome.ASKS),
    (rule(tiers=["high"]), "promote", {"tier": "low"}, Outcome.UNCOVERED),
    (rule(tiers=["high"]), "promote", {}, Outcome.UNCOVERED),
    (rule(tiers=["unknown"]), "promote", {}, Outcome.ASKS),
    (rule(tiers=["unknown"]), "promote", {"tier": "unknown"}, Outcome.ASKS),
    (rule(tiers=["low", "high"]), "promote", {"tier": "high"}, Outcome.ASKS),
    (rule(), "promote", {"tier": "HIGH"}, Outcome.UNREADABLE),
    (rule(tiers=["high"]), "promote", {"tier": 5}, Outcome.UNREADABLE),
    # use cases
    (rule(useCases=[USE_CASE]), "promote", {}, Outcome.ASKS),
    (rule(useCases=["other"]), "promote", {}, Outcome.UNCOVERED),
    (rule(useCases=["other", USE_CASE]), "promote", {}, Outcome.ASKS),
    # what a rule decides
    (rule(decision="approve"), "promote", {}, Outcome.APPROVED),
    (rule(decision="decline"), "promote", {}, Outcome.DECLINED),
    (rule(decides=["promote", "deploy"]), "deploy", {}, Outcome.ASKS),
    # conditions
    (rule(when="stage_to == 'pilot'"), "promote", {"stage_to": "pilot"}, Outcome.ASKS),
    (rule(when="stage_to == 'pilot'"), "promote", {"stage_to": "candidate"}, Outcome.UNCOVERED),
    (rule(when="stage_to == 'pilot'"), "promote", {}, Outcome.UNREADABLE),
    (rule(when="stage_to == 'pilot'"), "promote", {"stage_to": None}, Outcome.UNREADABLE),
    (rule(when="stage_to == 'pilot'"), "promote", {"stage_to": "Pilot"}, Outcome.UNREADABLE),
    (rule(when="stage_to != 'pilot'", decision="approve"), "promote", {}, Outcome.UNREADABLE),
    (rule(when="stage_to == 'pilot'", tiers=["high"]), "promote", {"tier": "low"}, Outcome.UNCOVERED),
    (rule(when="'annual_value' in unsaid"), "promote", {}, Outcome.ASKS),
    (rule(when="'annual_value' in unsaid"), "promote", MONEY, Outcome.UNCOVERED),
    (rule(when="'annual_value' in unsaid"), "promote", {"unsaid": ["annual_value"], **MONEY}, Outcome.UNCOVERED),
    (rule(when="size(owners_missing) > 0"), "promote", {"owners_missing": ["product"]}, Outcome.ASKS),
    (rule(when="rank > 3", decision="approve"), "promote", {"rank": 5}, Outcome.UNREADABLE),
    (rule(when="this is no condition", decision="approve"), "promote", {}, Outcome.UNREADABLE),
    (_deploys(when="reversible", decision="approve"), "deploy", {"reversible": True}, Outcome.APPROVED),
    (_deploys(when="reversible", decision="approve"), "deploy", {"reversible": 1}, Outcome.UNREADABLE),
    (_deploys(when="reversible", decision="approve"), "deploy", {"reversible": "true"}, Outcome.UNREADABLE),
    # thresholds on money: 1,000.00 EUR
    (rule(**_over("above", "999.99 EUR")), "promote", MONEY, Outcome.ASKS),
    (rule(**_over("above", "1000 EUR")), "promote", MONEY, Outcome.UNCOVERED),
    (rule(**_over("atLeast", "1000 EUR")), "promote", MONEY, Outcome.ASKS),
    (rule(**_over("atLeast", "1000.01 EUR")), "promote", MONEY, Outcome.UNCOVERED),
    (rule(**_over("below", "1000.01 EUR")), "promote", MONEY, Outcome.ASKS),
    (rule(**_over("below", "1000 EUR")), "promote", MONEY, Outcome.UNCOVERED),
    (rule(**_over("atMost", "1,000 EUR")), "promote", MONEY, Outcome.ASKS),
    (rule(**_over("atMost", "999.99 EUR")), "promote", MONEY, Outcome.UNCOVERED),
    (rule(**_over("atMost", "5 USD"), decision="approve"), "promote", MONEY, Outcome.UNREADABLE),
    (rule(**_over("above", "5 USD")), "promote", MONEY, Outcome.UNREADABLE),
    (rule(**_over("above", "1000 EUR")), "promote", {}, Outcome.UNREADABLE),
    (rule(**_over("above", "1000 JPY")), "promote", {"annual_value": {"minor": 1001, "currency": "JPY"}}, Outcome.ASKS),
    (rule(**_over("below", "1 EUR"), decision="approve"), "promote", {"annual_value": 5}, Outcome.UNREADABLE),
    (rule(**_over("above", "1000"), decision="approve"), "promote", MONEY, Outcome.UNREADABLE),
    (rule(**_over("above", "1 EUR", fact="annual_value"), decision="approve"), "promote", MONEY, Outcome.UNREADABLE),
    (rule(**_over("above", "1 EUR", fact="stage-to"), decision="approve"), "promote", MONEY, Outcome.UNREADABLE),
    (rule(**_over("above", "1 EUR", fact="unheard"), decision="approve"), "promote", MONEY, Outcome.UNREADABLE),
    # thresholds on spans, percents and plain numbers
    (rule(decides=["waive"], **_over("above", "30 d", "lasts")), "waive", {"lasts": 30 * 86_400 + 1}, Outcome.ASKS),
    (rule(decides=["waive"], **_over("above", "30 d", "lasts")), "waive", {"lasts": 30 * 86_400}, Outcome.UNCOVERED),
    (rule(decides=["waive"], **_over("atMost", "1 w", "lasts")), "waive", {"lasts": 604_800}, Outcome.ASKS),
    (rule(decides=["waive"], **_over("atMost", "3", "rank")), "waive", {"rank": 3}, Outcome.ASKS),
    (rule(decides=["waive"], **_over("below", "2.5", "rank")), "waive", {"rank": 3}, Outcome.UNCOVERED),
    (
        rule(decides=["waive"], **_over("below", "3 d", "rank"), decision="approve"),
        "waive",
        {"rank": 1},
        Outcome.UNREADABLE,
    ),
    (
        rule(decides=["waive"], **_over("below", "3", "lasts"), decision="approve"),
        "waive",
        {"lasts": 1},
        Outcome.UNREADABLE,
    ),
    (_deploys(**_over("above", "20 %", "share")), "deploy", {"share": 21}, Outcome.ASKS),
    (_deploys(**_over("above", "20.5%", "share")), "deploy", {"share": 20}, Outcome.UNCOVERED),
    (_deploys(**_over("below", "20", "share"), decision="approve"), "deploy", {"share": 1}, Outcome.UNREADABLE),
    # a certain no goes before what cannot be answered
    (
        rule(when="stage_to == 'pilot'", **_over("above", "1 EUR")),
        "promote",
        {"stage_to": "candidate"},
        Outcome.UNCOVERED,
    ),
    (rule(when="stage_to == 'pilot'", **_over("above", "9000 EUR")), "promote", MONEY, Outcome.UNCOVERED),
    (rule(when="stage_to == 'pilot'", **_over("above", "1 EUR")), "promote", MONEY, Outcome.UNREADABLE),
    # facts of another class do not matter
    (rule(), "promote", {"tool": 5}, Outcome.ASKS),
]


@pytest.mark.parametrize("row", range(len(TABLE)))
def test_what_a_single_rule_says(row: int) -> None:
    declared, decides, facts, outcome = TABLE[row]
    found = reading(rights(declared), decides, **facts)
    assert found.outcome is outcome
    assert found.denied is (outcome not in {Outcome.ASKS, Outcome.APPROVED})


ASK, APPROVE, DECLINE = rule("ask"), rule("approve", decision="approve"), rule("decline", decision="decline")
BROKEN = rule("broken", when="rank > 1", decision="approve")


@pytest.mark.parametrize(
    ("rules", "outcome", "deciding"),
    [
        ([APPROVE, ASK], Outcome.ASKS, ["ask"]),
        ([ASK, APPROVE], Outcome.ASKS, ["ask"]),
        ([ASK, DECLINE, APPROVE], Outcome.DECLINED, ["decline"]),
        ([APPROVE, rule("two", decision="approve")], Outcome.APPROVED, ["approve", "two"]),
        ([ASK, rule("two")], Outcome.ASKS, ["ask", "two"]),
        ([ASK, BROKEN], Outcome.UNREADABLE, ["broken"]),
        ([DECLINE, BROKEN], Outcome.UNREADABLE, ["broken"]),
        ([APPROVE, rule("other", decides=["deploy"], decision="decline")], Outcome.APPROVED, ["approve"]),
    ],
)
def test_how_rules_add_up(rules: list[dict[str, Any]], outcome: Outcome, deciding: list[str]) -> None:
    found = reading(rights(*rules))
    assert (found.outcome, [each.name for each in found.rules]) == (outcome, deciding)


def test_each_rule_of_the_class_says_why() -> None:
    found = reading(
        rights(
            rule("applies", tiers=["high"], when="stage_to == 'pilot'"),
            rule("tier", tiers=["low"]),
            rule("case", useCases=["other"]),
            rule("false", when="stage_to == 'production'"),
            rule("limit", **_over("above", "250000 EUR")),
            rule("class", decides=["deploy"]),
        ),
        tier="high",
        stage_to="pilot",
        annual_value=EUR,
    )
    assert [(each.rule, each.applies, each.why) for each in found.readings] == [
        ("applies", True, ("the tier is high", "`stage_to == 'pilot'` is true")),
        ("tier", False, ("the tier is high, and it is about low",)),
        ("case", False, ("the use case is `claims`, and it is about others",)),
        ("false", False, ("`stage_to == 'production'` is false",)),
        ("limit", False, ("`annual-value` is 1,000 EUR, not above 250,000 EUR",)),
    ]
    assert found.sentence == "has to be approved as `applies` asks"


def test_what_is_denied_says_why() -> None:
    assert reading(rights(rule()), "deploy").sentence == "no rule covers `deploy` here, so nobody may"
    assert reading(rights(DECLINE)).sentence == "declined beforehand by `decline`"
    unread = reading(rights(rule("a", when="stage_to == 'pilot'")))
    assert unread.sentence == (
        "rule `a` cannot be read here, so nobody may: `stage_to == 'pilot'`: nobody has said `stage_to`"
    )
    other = reading(rights(rule("a", **_over("above", "5 USD"))), annual_value=EUR)
    assert "`annual-value` is in EUR, and the rule's threshold in USD" in other.sentence


def test_terms_are_once_for_each_use_case_whose_owners_a_rule_means() -> None:
    compiled = compile_rights(rights(rule("owners", approvers=[{"owner": "product"}]), rule("group")))
    read_all = [read(compiled, Case(DecisionClass.PROMOTE, name, {})) for name in ("one", "two", "one")]
    assert [(term.rule.name, term.use_case) for term in terms_of(read_all)] == [
        ("owners", "one"), ("group", None), ("owners", "two"),
    ]  # fmt: skip
    assert worst(read_all) is Outcome.ASKS


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({"separate": ["product"]}, "claims"),
        ({"evidence": [{"fact": "governance.impact-assessed"}]}, "claims"),
        ({"escalations": [{"after": "1d", "approvers": [{"owner": "business"}]}]}, "claims"),
        ({"escalations": [{"after": "1d", "approvers": [{"group": "heads"}]}]}, None),
    ],
)
def test_when_the_use_case_matters_to_a_term(given_: dict[str, Any], expected: str | None) -> None:
    (only,) = terms_of([reading(rights(rule(**given_)))])
    assert only.use_case == expected
    assert only.decides == (DecisionClass.PROMOTE,)


def test_the_worst_of_several_readings_counts() -> None:
    found = [reading(rights(each)) for each in (ASK, APPROVE, DECLINE, BROKEN)]
    uncovered = reading(rights(ASK), "deploy")
    assert worst(found) is Outcome.UNREADABLE
    assert worst(found[:3]) is Outcome.DECLINED
    assert worst([*found[:2], uncovered]) is Outcome.UNCOVERED
    assert worst(found[:2]) is Outcome.ASKS
    assert worst([found[1]]) is Outcome.APPROVED
    assert worst([]) is Outcome.UNCOVERED


def test_the_strictest_terms_of_all_rules_count() -> None:
    rules = rights(
        rule("a", deadline="5d", valid="1d", signIn={"within": "2m"}, escalations=[{"after": "1d"}, {"after": "4d"}]),
        rule("b", deadline="3d", escalations=[{"after": "1d"}, {"after": "2d"}]),
    ).rules
    assert (deadline(rules), valid(rules), max_age(rules)) == (3 * DAY, DAY, 120)
    assert escalations(rules) == (DAY, 2 * DAY)
    assert (deadline(rules[1:]), valid(rules[1:]), max_age(rules[1:])) == (3 * DAY, 7 * DAY, 300)
    assert (deadline([]), valid([]), max_age([]), escalations([])) == (14 * DAY, 7 * DAY, 300, ())


# ---------------------------------------------------------------- laws

_WHEN = st.sampled_from(
    [
        None,
        "stage_to == 'pilot'",
        "stage_to != 'pilot'",
        "tier == 'high'",
        "'annual_value' in unsaid",
        "rank > 1",
        "true",
    ]
)
_LIMITS = st.sampled_from(
    [[], [LIMIT | {"above": "1000 EUR"}], [LIMIT | {"atMost": "1000 EUR"}], [LIMIT | {"below": "5 USD"}]]
)
_RULES = st.lists(
    st.builds(
        lambda tiers, when, limits, decision, cases: {
            "decides": ["promote"], "tiers": tiers, "when": when, "thresholds": limits, "decision": decision,
            "useCases": cases, "approvers": [{"group": "risk"}] if decision == "ask" else [],
        },
        st.lists(st.sampled_from(["low", "high", "unknown"]), unique=True),
        _WHEN,
        _LIMITS,
        st.sampled_from(["ask", "approve", "decline"]),
        st.sampled_from([[], [USE_CASE], ["other"]]),
    ),
    min_size=1,
    max_size=5,
)  # fmt: skip
_FACTS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "tier": st.sampled_from(["low", "high", "unknown"]),
        "stage_to": st.sampled_from(["pilot", "production", "odd"]),
        "annual_value": st.builds(
            lambda minor, currency: {"minor": minor, "currency": currency},
            st.integers(99_999, 100_001),
            st.sampled_from(["EUR", "USD"]),
        ),
    },
)


def _named(rules: list[dict[str, Any]]) -> DecisionRights:
    return rights(*({**each, "name": f"rule-{at}"} for at, each in enumerate(rules)))


def _asked(outcome: Outcome, names: set[str]) -> set[str]:
    return names if outcome is Outcome.ASKS else set()


@given(_RULES, _RULES, _FACTS)
def test_another_rule_never_makes_a_decision_easier(
    rules: list[dict[str, Any]], more: list[dict[str, Any]], facts: dict[str, Any]
) -> None:
    """But for one thing, that where no rule matched nobody could decide at all."""
    before, after = reading(_named(rules), **facts), reading(_named(rules + more), **facts)
    if before.outcome in {Outcome.DECLINED, Outcome.UNREADABLE}:
        assert after.denied
    if before.outcome is Outcome.ASKS:
        assert after.denied or {each.name for each in before.rules} <= {each.name for each in after.rules}
    if before.outcome is Outcome.APPROVED:
        assert after.outcome is not Outcome.UNCOVERED


@given(_RULES, _FACTS, st.data())
def test_a_fact_that_is_left_out_never_makes_a_decision_easier_by_being_overlooked(
    rules: list[dict[str, Any]], facts: dict[str, Any], data: st.DataObject
) -> None:
    """Where rules ask neither about the tier nor about what is unsaid, less knowledge is never more permission."""
    blind = [
        {**each, "tiers": []} for each in rules if each["when"] not in {"'annual_value' in unsaid", "tier == 'high'"}
    ]
    if not blind or not facts:
        return
    gone = data.draw(st.sampled_from(sorted(facts)))
    whole = reading(_named(blind), **facts)
    less = reading(_named(blind), **{name: value for name, value in facts.items() if name != gone})
    if gone == "stage_to" and facts[gone] == "odd":
        return  # what could not be read is now not said
    assert less.outcome is Outcome.UNREADABLE or less.outcome is whole.outcome


@given(_RULES, _FACTS)
def test_what_each_rule_says_adds_up_to_the_outcome(rules: list[dict[str, Any]], facts: dict[str, Any]) -> None:
    declared = _named(rules)
    found = reading(declared, **facts)
    applying = {each.rule for each in found.readings if each.applies}
    decisions = {rule.name: rule.decision.value for rule in declared.rules}
    if found.outcome is Outcome.UNCOVERED:
        assert not applying
    if found.outcome in {Outcome.ASKS, Outcome.DECLINED, Outcome.APPROVED}:
        assert {each.name for each in found.rules} <= applying
        strongest = next(
            word for word in ("decline", "ask", "approve") if word in {decisions[name] for name in applying}
        )
        assert {each.name for each in found.rules} == {name for name in applying if decisions[name] == strongest}
    assert len(found.readings) == len(rules)
    assert all(each.why for each in found.readings)


@given(_RULES, _FACTS, st.randoms(use_true_random=False))
def test_the_order_of_rules_never_matters(rules: list[dict[str, Any]], facts: dict[str, Any], random: Any) -> None:
    declared = _named(rules)
    shuffled = list(declared.rules)
    random.shuffle(shuffled)
    one, other = reading(declared, **facts), reading(declared.model_copy(update={"rules": tuple(shuffled)}), **facts)
    assert one.outcome is other.outcome
    assert {each.name for each in one.rules} == {each.name for each in other.rules}
