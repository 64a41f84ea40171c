"""Which changes of a use case are decisions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.resources.model import Matter
from roadworthy.inventory.deciding import decisions, facts_of
from roadworthy.inventory.model import Stage, UseCase

SAFE = {"impact": "none", "autonomy": "informs", "personalData": "none", "exposure": "internal"}
GRAVE = {**SAFE, "impact": "safety"}


def use_case(**said: Any) -> UseCase:
    return UseCase.model_validate({"title": "Claims", **said})


def decided(before: UseCase | None, after: UseCase | None) -> list[str]:
    return [matter.decides for matter in decisions("claims", before, after)]


def of(decides: str, matters: tuple[Matter, ...]) -> list[Matter]:
    return [matter for matter in matters if matter.decides == decides]


@pytest.mark.parametrize(
    ("before", "after", "classes"),
    [
        (None, None, []),
        (None, "proposed", []),
        ("proposed", None, []),
        (None, "retired", ["retire"]),
        ("pilot", "proposed", ["roll-back"]),
        ("production", "candidate", ["roll-back"]),
        ("production", None, ["roll-back"]),
        ("production", "retired", ["retire"]),
        ("retired", "proposed", ["resume"]),
    ],
)
def test_each_way_of_moving_a_stage_has_its_class(before: str | None, after: str | None, classes: list[str]) -> None:
    found = decided(use_case(stage=before, risk=SAFE), use_case(stage=after, risk=SAFE))
    assert list(dict.fromkeys(found)) == classes


def test_a_promotion_over_several_stages_passes_every_gate() -> None:
    matters = tuple(decisions("claims", use_case(stage="proposed"), use_case(stage="production")))
    assert [(matter.facts["stage_from"], matter.facts["stage_to"]) for matter in matters] == [
        ("proposed", "pilot"),
        ("pilot", "candidate"),
        ("candidate", "production"),
    ]
    assert all(matter.facts["stage"] == "proposed" for matter in matters)


def test_what_is_retired_passes_all_gates_anew() -> None:
    matters = tuple(decisions("claims", use_case(stage="retired"), use_case(stage="candidate")))
    assert [matter.facts["stage_from"] for matter in matters] == ["retired", "pilot"]


def test_a_use_case_that_is_made_at_a_stage_was_promoted_to_it() -> None:
    (matter,) = decisions("claims", None, use_case(stage="pilot"))
    assert matter.decides == "promote"
    assert "stage_from" not in matter.facts
    assert matter.use_case == "claims"
    assert matter.facts["owners_missing"] == ["product", "platform", "governance", "business"]


def test_a_promotion_is_judged_by_what_was_said_before_and_by_what_is_said_after() -> None:
    worth = {
        "metric": "hours",
        "annualValue": {"low": "1 EUR", "high": "900000 EUR", "basis": "b", "confidence": "low"},
    }
    less = {**worth, "annualValue": {**worth["annualValue"], "high": "1.50 EUR"}}  # type: ignore[dict-item] # a mapping
    before = use_case(stage="candidate", risk=GRAVE, outcome=worth)
    after = use_case(stage="production", risk=SAFE, outcome=less)
    promotions = of("promote", tuple(decisions("claims", before, after)))
    assert [(matter.facts["tier"], matter.facts["annual_value"]) for matter in promotions] == [
        ("high", {"minor": 90_000_000, "currency": "EUR"}),
        ("low", {"minor": 150, "currency": "EUR"}),
    ]
    assert {matter.facts["stage"] for matter in promotions} == {"candidate"}


def test_a_tier_that_is_known_moves_by_decision_only() -> None:
    grave, safe = use_case(risk=GRAVE), use_case(risk=SAFE)
    overridden = use_case(risk={**GRAVE, "override": {"tier": "low", "reason": "small", "by": "ann"}})
    for before, after in ((grave, safe), (safe, grave), (grave, use_case()), (grave, overridden), (overridden, grave)):
        for matter in decisions("claims", before, after):
            assert matter.decides == "change-policy"
            assert matter.facts["facts_changed"] == ["tier"]
        assert {facts_of("claims", each)["tier"] for each in (before, after)} == {
            matter.facts["tier"] for matter in decisions("claims", before, after)
        }
    first = decisions("claims", grave, overridden)[0]
    assert (first.facts["tier_from"], first.facts["tier_to"]) == ("high", "low")


def test_an_override_is_a_decision_where_the_tier_stays() -> None:
    override = {"tier": "high", "reason": "as the rule says", "by": "ann"}
    assert decided(use_case(risk=GRAVE), use_case(risk={**GRAVE, "override": override})) == ["change-policy"]


def test_a_draft_is_filled_in_freely() -> None:
    assert decided(use_case(), use_case(risk=SAFE, sector="healthcare", stage="proposed")) == []
    assert decided(use_case(risk=SAFE), use_case(risk=SAFE, sector="healthcare", unit="Claims")) == []


def test_what_rules_ask_about_changes_by_decision_from_the_first_promotion_on() -> None:
    before = use_case(stage="pilot", sector="healthcare")
    matters = decisions("claims", before, use_case(stage="pilot", sector="other", purpose="anything"))
    assert [(each.decides, each.facts["sector"], each.facts["facts_changed"]) for each in matters] == [
        ("change-policy", "healthcare", ["sector"]),
        ("change-policy", "other", ["sector"]),
    ]
    assert decided(before, use_case(stage="pilot", sector="healthcare", purpose="anything", contact="ann")) == []


def test_data_sources_are_told_apart_by_name_and_what_happens_to_them() -> None:
    before = use_case(data=[{"name": "claims", "production": "a"}, {"name": "people"}])
    after = use_case(
        data=[{"name": "people", "personalData": True}, {"name": "claims", "production": "b"}, {"name": "new"}]
    )
    matters = decisions("claims", before, after)
    assert [(each.decides, each.facts["sources"], each.facts["changes"], each.facts["count"]) for each in matters] == [
        ("change-data", ["claims", "new", "people"], ["added", "location", "personal-data"], 3)
    ]
    assert decided(before, use_case(data=[{"name": "people"}, {"name": "claims", "production": "a"}])) == []
    assert decided(None, after) == []


def test_removing_a_use_case_retires_it() -> None:
    assert decided(use_case(stage="pilot"), None) == ["retire"]


stages = st.sampled_from([None, *Stage])
risks = st.fixed_dictionaries(
    {},
    optional={
        "impact": st.sampled_from(["none", "money", "safety"]),
        "autonomy": st.sampled_from(["informs", "acts"]),
        "personalData": st.sampled_from(["none", "special"]),
        "exposure": st.sampled_from(["internal", "public"]),
        "override": st.sampled_from(["low", "high"]).map(lambda tier: {"tier": tier, "reason": "so", "by": "ann"}),
    },
)
specs = st.builds(lambda stage, risk: use_case(stage=stage, risk=risk), stages, risks)


@given(specs, specs)
def test_no_stage_beyond_a_draft_and_no_known_tier_moves_without_a_decision(before: UseCase, after: UseCase) -> None:
    drafts = {None, Stage.PROPOSED}
    classes = set(decided(before, after))
    if before.stage != after.stage and not {before.stage, after.stage} <= drafts:
        assert classes & {"promote", "retire", "roll-back", "resume"}
    known = facts_of("claims", before)["tier"]
    if known not in {"unknown", facts_of("claims", after)["tier"]}:
        assert "change-policy" in classes
    if before == after:
        assert not classes


@given(specs, specs)
def test_every_reading_is_of_one_of_the_two_states(before: UseCase, after: UseCase) -> None:
    tiers = {facts_of("claims", each)["tier"] for each in (before, after)}
    for decides in ("promote", "retire", "roll-back", "resume"):
        read = {matter.facts["tier"] for matter in of(decides, tuple(decisions("claims", before, after)))}
        assert read in (set(), tiers)
