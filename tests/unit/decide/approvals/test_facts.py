"""Facts: every class has its own, and nobody hands in what the record knows."""

from __future__ import annotations

import pytest
import yaml

from roadworthy.decide.approvals.facts import FACTS, UNSAID, WITHOUT_USE_CASE, complete, fact_faults, handed_in
from roadworthy.decide.approvals.model import DecisionClass, DecisionRights, Rule
from roadworthy.foundation.conditions import FactType, ValueKind
from tests.harness import sources


def test_every_class_has_facts_that_can_be_asked_about_and_are_explained() -> None:
    for decides in DecisionClass:
        assert "proposer_kind" in FACTS[decides]
        assert ("tier" in FACTS[decides]) is (decides not in WITHOUT_USE_CASE)
        for name, kind in FACTS[decides].items():
            assert name.isidentifier()
            assert kind.about.endswith(".")


def test_what_the_record_knows_cannot_be_handed_in() -> None:
    codes = {
        name: [each.code for each in fact_faults(DecisionClass.DEPLOY, {name: value})]
        for name, value in {
            "tier": "low", "autonomy": "informs", "proposer_kind": "person", UNSAID: [], "reversible": True,
            "reversable": True, "certified": True, "share": 20.5, "change_kind": "magic",
        }.items()
    }  # fmt: skip
    assert codes == {
        "tier": ["fact-not-yours"],
        "autonomy": ["fact-not-yours"],
        "proposer_kind": ["fact-not-yours"],
        UNSAID: ["fact-not-yours"],
        "reversible": [],
        "reversable": ["fact-unknown"],
        "certified": ["fact-not-yours"],
        "share": ["fact-unfit"],
        "change_kind": ["fact-unfit"],
    }
    assert "percent" not in handed_in(DecisionClass.RAISE_LIMIT)


@pytest.mark.parametrize("decides", DecisionClass)
def test_no_threshold_is_slipped_under_with_less_than_nothing(decides: DecisionClass) -> None:
    """A payment of -1,000,000 EUR is not below 100 EUR, and a limit of -1 means no limit in many a system."""
    kinds = {ValueKind.NUMBER, ValueKind.PERCENT, ValueKind.SPAN, ValueKind.MONEY}
    for name, kind in handed_in(decides).items():
        if kind.kind not in kinds:
            continue
        for amount, codes in ((-1, ["fact-unfit"]), (0, []), (1, [])):
            value = {"minor": amount, "currency": "EUR"} if kind.kind is ValueKind.MONEY else amount
            assert [each.code for each in fact_faults(decides, {name: value})] == codes, (name, amount)


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [
        (100, 120, 20),
        (1000, 1001, 1),
        (3, 4, 34),
        (100, 100, 0),
        (100, 50, -50),
        (3, 2, -33),
        (0, 5, None),
        (5, None, None),
    ],
)
def test_a_rise_is_worked_out_and_rounded_up(before: int, after: int | None, percent: int | None) -> None:
    """A small rise is never none, and whoever proposes cannot say that a large one is small."""
    said = complete(DecisionClass.RAISE_LIMIT, {"before": before, "after": after, "percent": 1})
    assert said.get("percent") == percent


def test_what_nobody_has_said_is_listed_and_the_tier_is_then_unknown() -> None:
    said = complete(DecisionClass.PROMOTE, {"stage_to": "pilot", "annual_value": None, "unheard": 1, UNSAID: []})
    assert said["tier"] == "unknown"
    assert "annual_value" in said[UNSAID]
    assert not {"stage_to", "tier", UNSAID} & set(said[UNSAID])
    assert "unheard" not in said


def test_thresholds_have_numbers_to_ask_about() -> None:
    numbers = {ValueKind.NUMBER, ValueKind.MONEY, ValueKind.SPAN, ValueKind.PERCENT}
    with_use_case = [decides for decides in DecisionClass if decides not in WITHOUT_USE_CASE]
    assert all(numbers & {kind.kind for kind in FACTS[decides].values()} for decides in with_use_case)


# ---------------------------------------------------------------- what users read


def test_every_fact_stands_in_the_page_for_users_with_type_and_words() -> None:
    page = (sources.ROOT / "docs/decision-rights.md").read_text(encoding="utf-8").split("\n## The facts\n")[1]
    rows = {line for line in page.splitlines() if line.startswith("| `")}
    expected = {_row(name, kind) for facts in FACTS.values() for name, kind in facts.items()}
    assert sorted(expected ^ rows) == []


def _row(name: str, kind: FactType) -> str:
    words = ", ".join(f"`{word}`" for word in kind.words)
    return f"| `{name}` | {kind.kind} | {kind.about}{f' One of {words}.' if words else ''} |"


def test_the_rule_that_explains_every_field_is_one_and_has_every_field() -> None:
    page = (sources.ROOT / "docs/decision-rights.md").read_text(encoding="utf-8")
    section = page.split("\n## A rule, field by field\n")[1]
    explained, nobody = (yaml.safe_load(block.split("\n```")[0]) for block in section.split("```yaml\n")[1:3])
    (only,) = explained
    assert set(only) == {field.alias for field in Rule.model_fields.values()}
    Rule.model_validate({**only, "quorum": "all"})
    assert len(DecisionRights.model_validate({"rules": [only], **nobody}).nobody) == 2
