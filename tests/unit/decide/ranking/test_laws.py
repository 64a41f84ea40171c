"""Laws of the order: what must hold for any portfolio."""

from __future__ import annotations

import random
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.ranking.estimating import compile_policy, estimate
from roadworthy.decide.ranking.kinds import shipped
from roadworthy.decide.ranking.model import Case, Estimate, Part, Point, Span, Value
from roadworthy.decide.ranking.picking import placed
from roadworthy.decide.ranking.rules import dominates, front_of, ordered, surely_dominates
from roadworthy.decide.ranking.sensitivity import SCENARIOS, staying
from roadworthy.foundation.money import Money
from roadworthy.inventory.model import Stage

PICK = 3
AMOUNTS = st.integers(0, 12) | st.integers(0, 10**12)
SPANS = st.tuples(AMOUNTS, AMOUNTS).map(lambda ends: Span(min(ends), max(ends)))


@st.composite
def portfolios(draw: st.DrawFn) -> list[Point]:
    """Points with names of their own, many of them equal in value or effort."""
    spans = draw(st.lists(st.tuples(SPANS, SPANS), min_size=1, max_size=14))
    return [Point(f"p{number:02}", value, effort) for number, (value, effort) in enumerate(spans)]


def picks(points: Sequence[Point]) -> list[str]:
    return [point.name for point in ordered(points)[:PICK]]


@given(portfolios())
def test_no_pick_is_dominated_by_one_that_is_not_picked(points: list[Point]) -> None:
    picked = set(picks(points))
    inside = [point for point in points if point.name in picked]
    outside = [point for point in points if point.name not in picked]

    assert not any(dominates(other, pick) for other in outside for pick in inside)


@given(portfolios(), st.integers(1, 10**6), st.integers(1, 10**6))
def test_the_units_of_value_and_effort_do_not_matter(points: list[Point], values: int, efforts: int) -> None:
    scaled = [
        Point(name, Span(value.low * values, value.high * values), Span(effort.low * efforts, effort.high * efforts))
        for name, value, effort in points
    ]

    assert [point.name for point in ordered(scaled)] == [point.name for point in ordered(points)]
    assert front_of(scaled).names == front_of(points).names


@given(portfolios(), st.data())
def test_more_value_or_less_effort_never_moves_a_pick_out(points: list[Point], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(picks(points)))
    more, less = data.draw(st.integers(0, 10**9)), data.draw(st.integers(0, 100))
    changed = [
        point
        if point.name != name
        else Point(
            name,
            Span(point.value.low, point.value.high + more),
            Span(point.effort.low * less // 100, point.effort.high * less // 100),
        )
        for point in points
    ]

    assert name in picks(changed)


@given(portfolios(), st.integers())
def test_the_order_of_the_input_does_not_matter(points: list[Point], seed: int) -> None:
    shuffled = points[:]
    random.Random(seed).shuffle(shuffled)

    assert ordered(shuffled) == ordered(points)
    assert front_of(shuffled) == front_of(points)


@given(portfolios())
def test_the_front_holds_exactly_those_that_nothing_dominates(points: list[Point]) -> None:
    front = front_of(points)

    assert front.names == {one.name for one in points if not any(dominates(other, one) for other in points)}
    for point in points:
        if point.name not in front.names:
            assert dominates(front.dominators[point.name], point)
            assert front.dominators[point.name].name in front.names


@given(portfolios())
def test_sure_dominance_is_dominance(points: list[Point]) -> None:
    for one in points:
        for other in points:
            assert not surely_dominates(one, other) or dominates(one, other)


# ---------------------------------------------------------------- from facts on


@st.composite
def cases(draw: st.DrawFn) -> list[Case]:
    """Use cases that can all be ranked."""
    found = []
    for number in range(draw(st.integers(1, 8))):
        low, more = draw(st.integers(0, 10**9)), draw(st.integers(1, 10**9))
        least, longer = draw(st.integers(0, 200)), draw(st.integers(1, 300))
        blockers = draw(st.integers(1, 30))
        found.append(
            Case(
                name=f"c{number}",
                title=f"Case {number}",
                stage=Stage.PILOT,
                value=Value(
                    Money(low, "EUR"), Money(low + more, "EUR"), draw(st.sampled_from(("low", "medium", "high")))
                ),
                business="b@halden.example",
                outcome_owner="o@halden.example",
                due=None,
                parts=frozenset({Part.OUTCOME_OWNER, *draw(st.sets(st.sampled_from(list(Part))))}),
                effort=Span(least, least + longer),
                blockers=blockers,
                unowned=draw(st.integers(0, blockers)),
                unnamed=frozenset(),
            )
        )
    return found


def ranked(found: Sequence[Case]) -> list[str]:
    by = compile_policy(shipped(), found)
    estimates = [each for case in found if isinstance(each := estimate(case, by), Estimate)]
    assert len(estimates) == len(found)
    return [place.estimate.case.name for place in placed(estimates, by)]


@given(cases(), st.data())
def test_raising_the_value_the_confidence_or_the_commitment_never_moves_one_back(
    found: list[Case], data: st.DataObject
) -> None:
    before = ranked(found)
    case = data.draw(st.sampled_from(found))
    assert case.value is not None
    more = data.draw(st.integers(0, 10**9))
    better = data.draw(
        st.sampled_from(
            [
                case._replace(
                    value=case.value._replace(
                        low=Money(case.value.low.minor + more, "EUR"), high=Money(case.value.high.minor + more, "EUR")
                    )
                ),
                case._replace(value=case.value._replace(confidence="high")),
                case._replace(parts=frozenset(Part)),
                case._replace(effort=Span(case.effort.low // 2, case.effort.high // 2)),
                case._replace(unowned=0),
            ]
        )
    )
    after = ranked([better if each is case else each for each in found])

    assert after.index(case.name) <= before.index(case.name)


@given(cases(), st.integers())
def test_sensitivity_counts_every_scenario_once_and_does_not_see_the_order(found: list[Case], seed: int) -> None:
    by = compile_policy(shipped(), found)
    estimates = [each for case in found if isinstance(each := estimate(case, by), Estimate)]
    shuffled = estimates[:]
    random.Random(seed).shuffle(shuffled)
    counts = staying(estimates, PICK, by.factors)

    assert counts == staying(shuffled, PICK, by.factors)
    assert counts.total() == SCENARIOS * min(PICK, len(found))
    assert max(counts.values()) <= SCENARIOS
