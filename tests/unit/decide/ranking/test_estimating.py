from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from roadworthy.decide.ranking.estimating import compile_policy, estimate
from roadworthy.decide.ranking.kinds import check_policy, shipped
from roadworthy.decide.ranking.model import (
    Case,
    Change,
    Estimate,
    Fits,
    NotRankable,
    Part,
    RankingPolicy,
    Span,
    Value,
    WhyNot,
)
from roadworthy.decide.ranking.picking import picks_of, placed
from roadworthy.decide.ranking.rules import DAY, fits
from roadworthy.decide.ranking.sensitivity import SCENARIOS, staying
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.money import Money
from roadworthy.inventory.model import Duty, Stage

EUROS = Value(Money.parse("100000 EUR"), Money.parse("200000 EUR"), "high")


def case(name: str = "triage", **changed: Any) -> Case:
    """A use case that can be ranked, with everything committed and three musts open."""
    given: dict[str, Any] = {
        "name": name,
        "title": name.capitalize(),
        "stage": Stage.PILOT,
        "value": EUROS,
        "business": "b@halden.example",
        "outcome_owner": "o@halden.example",
        "due": None,
        "parts": frozenset(Part),
        "effort": Span(10, 20),
        "blockers": 4,
        "unowned": 0,
        "unnamed": frozenset(),
    }
    return Case(**given | changed)


def policy(**changed: Any) -> RankingPolicy:
    """The policy that ships, with something else in it."""
    return RankingPolicy.model_validate(shipped().model_dump() | changed)


def estimated(one: Case, by: RankingPolicy | None = None) -> Estimate:
    found = estimate(one, compile_policy(by or shipped(), [one]))
    assert isinstance(found, Estimate)
    return found


def test_the_policy_that_ships_says_what_everybody_expects_of_estimates() -> None:
    assert (int(shipped().underestimate.low), int(shipped().underestimate.high)) == (2, 3)
    assert shipped().pick == 3


def test_what_counts_is_the_declared_value_times_confidence_and_commitment() -> None:
    counted = estimated(case()).point

    assert counted.value == Span(100_000_00 * 75 // 100, 200_000_00 * 95 // 100)
    assert counted.effort == Span(10 * 2 * DAY, 20 * 3 * DAY)
    half = estimated(case(parts=frozenset({Part.ACCEPTED, Part.OUTCOME_OWNER})))
    assert half.commitment == 60
    assert half.point.value == Span(100_000_00 * 75 * 60 // 10_000, 200_000_00 * 95 * 60 // 10_000)


def test_work_without_an_owner_counts_for_more() -> None:
    assert estimated(case(unowned=4, unnamed=frozenset({Duty.PLATFORM}))).point.effort == Span(3000, 9000)
    assert estimated(case(unowned=2, unnamed=frozenset({Duty.PLATFORM}))).surcharge == 125


@pytest.mark.parametrize(
    ("changed", "reasons"),
    [
        ({"value": None}, (WhyNot.VALUE,)),
        ({"value": Value(Money(0, "EUR"), Money(0, "EUR"), "high")}, (WhyNot.WORTHLESS,)),
        ({"value": Value(Money(-5, "EUR"), Money(5, "EUR"), "high")}, (WhyNot.WORTHLESS,)),
        ({"stage": None}, (WhyNot.STAGE,)),
        ({"stage": Stage.PRODUCTION}, (WhyNot.STAGE,)),
        ({"stage": Stage.RETIRED, "value": None}, (WhyNot.STAGE, WhyNot.VALUE)),
        ({"parts": frozenset({Part.TARGET, Part.DATE})}, (WhyNot.COMMITMENT,)),
        ({"effort": Span(0, 0)}, (WhyNot.EFFORT,)),
    ],
)
def test_it_says_why_something_cannot_be_ranked(changed: Mapping[str, Any], reasons: tuple[WhyNot, ...]) -> None:
    one = case(**changed)
    found = estimate(one, compile_policy(shipped(), [one, case("other")]))

    assert isinstance(found, NotRankable)
    assert found.reasons == reasons


def test_a_ready_pilot_comes_first_because_it_only_waits_for_the_decision() -> None:
    ready = case("ready", effort=Span(0, 0), blockers=0, value=EUROS._replace(confidence="low"))
    by = compile_policy(shipped(), [ready])
    places = placed([estimated(case()), estimated(ready)], by)

    assert [place.estimate.case.name for place in places] == ["ready", "triage"]
    assert "waits for the decision" in picks_of(places, staying([], 3, by.factors), SCENARIOS, by)[0].reasons[0]


def test_currencies_are_compared_by_declared_rates_only() -> None:
    dollars = case("dollars", value=Value(Money.parse("100000 USD"), Money.parse("200000 USD"), "high"))
    yen = case("yen", value=Value(Money.parse("10000000 JPY"), Money.parse("20000000 JPY"), "high"))
    euros = [case("a"), case("b")]
    by = compile_policy(shipped(), [*euros, dollars])
    assert by.currency == "EUR"
    refused = estimate(dollars, by)
    assert isinstance(refused, NotRankable)
    assert refused.reasons == (WhyNot.RATE,)

    rates = [{"currency": "USD", "rate": "0.9"}, {"currency": "JPY", "rate": "0.006"}]
    declared = compile_policy(policy(currency="EUR", rates=rates), [dollars, yen])
    for one, expected in ((dollars, Span(90_000_00, 180_000_00)), (yen, Span(60_000_00, 120_000_00))):
        found = estimate(one, declared)
        assert isinstance(found, Estimate)
        assert found.declared == expected


def test_the_near_term_is_a_room_of_people_and_days() -> None:
    assert fits(Span(50 * DAY, 120 * DAY), 60, 2) is Fits.YES
    assert fits(Span(50 * DAY, 121 * DAY), 60, 2) is Fits.PERHAPS
    assert fits(Span(121 * DAY, 300 * DAY), 60, 2) is Fits.NO


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"currency": "EUR", "rates": [{"currency": "EUR", "rate": "1"}]}, "ranking-rate-twice"),
        ({"rates": [{"currency": "USD", "rate": "1"}]}, "ranking-currency-missing"),
        ({"stages": ["pilot", "retired"]}, "ranking-stage-over"),
    ],
)
def test_a_policy_that_cannot_mean_anything_is_refused(changed: Mapping[str, Any], code: str) -> None:
    assert [found.code for found in check_policy("default", policy(**changed))] == [code]


@pytest.mark.parametrize(
    "changed",
    [
        {"underestimate": {"low": "3", "high": "2"}},
        {"commitment": {"accepted": 50, "outcomeOwner": 20, "target": 20, "date": 20}},
        {
            "confidence": {
                "low": {"low": 60, "high": 70},
                "medium": {"low": 50, "high": 80},
                "high": {"low": 75, "high": 95},
            }
        },
    ],
)
def test_shares_that_contradict_each_other_are_refused(changed: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"swap|hundred|rise"):
        policy(**changed)


def test_a_supposition_is_checked_like_a_declaration() -> None:
    with pytest.raises(ValueError, match="swap"):
        Change(use_case="a", effort=(9, 3))
    with pytest.raises((ValueError, RoadworthyError), match="mixes"):
        Change(use_case="a", value=("1 EUR", "2 USD"))


def test_a_pick_that_leads_by_a_hair_falls_in_some_scenarios() -> None:
    rivals = [
        case(name, value=Value(Money(10**7 + at, "EUR"), Money(4 * 10**7, "EUR"), "low"))
        for at, name in enumerate("abcd")
    ]
    by = compile_policy(shipped(), rivals)
    counts = staying([estimated(each) for each in rivals], 3, by.factors)

    assert all(0 < counts[name] < SCENARIOS for name in "abcd")
    sure = [case("sure", value=Value(Money(10**9, "EUR"), Money(2 * 10**9, "EUR"), "high")), *rivals]
    assert staying([estimated(each) for each in sure], 3, by.factors)["sure"] == SCENARIOS


def test_leaving_out_those_who_cannot_be_picked_changes_no_count() -> None:
    many = [
        case(
            f"c{at:03}",
            value=Value(Money(at * 7919 % 1000 * 10**5, "EUR"), Money(at * 7919 % 1000 * 3 * 10**5, "EUR"), "low"),
            effort=Span(1 + at * 31 % 40, 60 + at * 17 % 90),
        )
        for at in range(1, 500)
    ]
    by = compile_policy(shipped(), many)
    estimates = [estimated(each) for each in many]
    counts = staying(estimates, 3, by.factors)
    few = [each for each in estimates if each.case.name in counts]

    assert staying(few, 3, by.factors) == counts
    assert counts.total() == 3 * SCENARIOS
    assert 3 < len(few) < len(many)
