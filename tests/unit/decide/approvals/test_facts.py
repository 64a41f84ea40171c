"""Facts: every class has its own, and nobody hands in what the record knows."""

from __future__ import annotations

import pytest

from roadworthy.decide.approvals.facts import FACTS, UNSAID, WITHOUT_USE_CASE, complete, fact_faults, handed_in
from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.foundation.conditions import ValueKind


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
            "reversable": True, "share": 20.5, "change_kind": "magic",
        }.items()
    }  # fmt: skip
    assert codes == {
        "tier": ["fact-not-yours"],
        "autonomy": ["fact-not-yours"],
        "proposer_kind": ["fact-not-yours"],
        UNSAID: ["fact-not-yours"],
        "reversible": [],
        "reversable": ["fact-unknown"],
        "share": ["fact-unfit"],
        "change_kind": ["fact-unfit"],
    }
    assert "percent" not in handed_in(DecisionClass.RAISE_LIMIT)


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
