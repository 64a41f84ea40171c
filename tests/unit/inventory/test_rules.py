from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.inventory.kinds import check_use_case
from roadworthy.inventory.model import (
    Component,
    ComponentKind,
    Duty,
    Owners,
    PlatformProfile,
    Risk,
    Stage,
    Tier,
    TierOverride,
    UseCase,
    UseCaseClass,
)
from roadworthy.inventory.rules import Acceptance, SeatState, mismatches, seats_of, tier_of

NOW = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
ORDER = {None: 1, Tier.LOW: 0, Tier.MODERATE: 1, Tier.HIGH: 2}
risks = st.builds(
    Risk,
    impact=st.sampled_from([None, "none", "money", "rights", "safety", "rights-and-safety"]),
    autonomy=st.sampled_from([None, "informs", "recommends", "decides", "acts"]),
    personal_data=st.sampled_from([None, "none", "personal", "special"]),
    exposure=st.sampled_from([None, "internal", "customers", "public"]),
)
classes = st.sampled_from([None, *UseCaseClass])


@given(risks, classes)
def test_low_and_moderate_need_every_fact(risk: Risk, use_case_class: UseCaseClass | None) -> None:
    verdict = tier_of(risk, use_case_class)
    known = None not in {risk.impact, risk.autonomy, risk.personal_data, risk.exposure, use_case_class}
    assert verdict.tier is not None or not known
    if None in {risk.impact, risk.autonomy, risk.personal_data, risk.exposure}:
        assert verdict.tier in {None, Tier.HIGH}
    assert verdict.reasons
    assert verdict.by_rule == verdict.tier


@given(risks, classes, st.sampled_from(["impact", "autonomy", "personal_data", "exposure"]))
def test_forgetting_a_fact_never_gives_a_lower_tier(
    risk: Risk, use_case_class: UseCaseClass | None, forgotten: str
) -> None:
    before = tier_of(risk, use_case_class).tier
    unclassified = tier_of(risk, None).tier
    assert unclassified is None or unclassified is before
    after = tier_of(risk.model_copy(update={forgotten: None}), use_case_class).tier
    assert after is None or after is before


@given(risks, classes)
def test_an_override_is_kept_beside_what_the_rule_says(risk: Risk, use_case_class: UseCaseClass | None) -> None:
    override = TierOverride(tier=Tier.LOW, reason="decided by the risk committee", by="sam@halden.example")
    verdict = tier_of(risk.model_copy(update={"override": override}), use_case_class)
    assert verdict.tier is Tier.LOW
    assert verdict.by_rule == tier_of(risk, use_case_class).tier
    assert verdict.overridden_by == "sam@halden.example"
    assert "decided by the risk committee" in verdict.reasons[0]


@pytest.mark.parametrize(
    ("risk", "use_case_class", "tier"),
    [
        (Risk(impact="rights"), None, Tier.HIGH),
        (Risk(impact="money", autonomy="acts"), None, Tier.HIGH),
        (Risk(impact="money", autonomy="decides"), UseCaseClass.AGENTIC, Tier.HIGH),
        (Risk(personal_data="special", exposure="public"), None, Tier.HIGH),
        (Risk(impact="none", autonomy="informs", personal_data="none", exposure="internal"), None, Tier.LOW),
        (Risk(impact="money", autonomy="informs", personal_data="none", exposure="internal"), None, Tier.MODERATE),
        (Risk(impact="none", autonomy="informs", personal_data="none"), None, None),
        (Risk(), UseCaseClass.AGENTIC, None),
    ],
)
def test_the_rule_by_example(risk: Risk, use_case_class: UseCaseClass | None, tier: Tier | None) -> None:
    assert tier_of(risk, use_case_class).tier is tier


def _accepted(duty: Duty, named: str) -> Acceptance:
    return Acceptance(duty, named, "ref", NOW)


def test_a_seat_is_unassigned_unconfirmed_or_accepted() -> None:
    owners = Owners(product="Ana@halden.example", platform="lee@halden.example", business="ana@halden.example")
    seats = seats_of(owners, [_accepted(Duty.PRODUCT, "ana@halden.example"), _accepted(Duty.GOVERNANCE, "sam")])
    assert {duty: seat.state for duty, seat in seats.items()} == {
        Duty.PRODUCT: SeatState.ACCEPTED,
        Duty.PLATFORM: SeatState.UNCONFIRMED,
        Duty.GOVERNANCE: SeatState.UNASSIGNED,
        Duty.BUSINESS: SeatState.UNCONFIRMED,
    }
    assert seats[Duty.PRODUCT].also == (Duty.BUSINESS,)
    assert seats[Duty.PLATFORM].also == ()


def test_a_new_name_starts_unconfirmed() -> None:
    seats = seats_of(Owners(product="bram@halden.example"), [_accepted(Duty.PRODUCT, "ana@halden.example")])
    assert seats[Duty.PRODUCT].state is SeatState.UNCONFIRMED


def test_a_misfit_names_what_is_wanted_and_what_is_offered() -> None:
    use_case = UseCase(
        title="Notes",
        components=(
            Component(
                kind=ComponentKind.MODEL, name="writer", vendor="Asklepion", region="us-east", access="hosted API"
            ),
            Component(kind=ComponentKind.VENDOR, name="meridian ai"),
        ),
    )
    profile = PlatformProfile(vendors=("Meridian AI",), regions=("eu-central",))
    found = mismatches(use_case, profile)
    assert [(each.component, each.what, each.wants) for each in found] == [
        ("writer", "vendor", "Asklepion"),
        ("writer", "region", "us-east"),
    ]
    assert str(found[1]) == "writer wants region `us-east`; the platform offers eu-central"
    assert mismatches(use_case, None) == ()


def test_what_no_single_field_can_know_is_found() -> None:
    day = dt.date(2026, 1, 1)
    part = Component(kind=ComponentKind.TOOL, name="search")
    use_case = UseCase(
        title="t", stage=Stage.PILOT, started=day, retired=day - dt.timedelta(days=1), components=(part, part)
    )
    found = check_use_case("t", use_case)
    assert {(finding.code, finding.place.field) for finding in found} == {
        ("use-case-retired-before-start", "spec.retired"),
        ("use-case-retired-in-use", "spec.stage"),
        ("use-case-part-twice", "spec.components.1"),
    }
    assert check_use_case("t", UseCase(title="t", stage=Stage.RETIRED, started=day, retired=day)) == []


@pytest.mark.parametrize(
    "value", [{"low": "2 EUR", "high": "1 EUR"}, {"low": "1 EUR", "high": "2 USD"}, {"low": "1", "high": "2 EUR"}]
)
def test_a_value_range_is_a_range_of_money(value: dict[str, str]) -> None:
    annual = {**value, "basis": "b", "confidence": "low"}
    with pytest.raises(ValueError, match=r"above|mixes|amount"):
        UseCase.model_validate({"title": "t", "outcome": {"metric": "m", "annualValue": annual}})
