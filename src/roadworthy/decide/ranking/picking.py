"""The ranking of estimates: places, picks and their reasons, in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from roadworthy.decide.ranking.estimating import Compiled
from roadworthy.decide.ranking.model import Estimate, Fits, Part, Pick, Place, Sensitivity, Span
from roadworthy.decide.ranking.rules import DAY, Front, fits, front_of, ordered, surely_dominates
from roadworthy.foundation.money import Money, minor_digits

_FITS = {
    Fits.YES: "it fits into {room}",
    Fits.PERHAPS: "it fits into {room} only if the estimates hold",
    Fits.NO: "it does not fit into {room}",
}
_MISSING = {
    Part.ACCEPTED: "the business owner's acceptance",
    Part.OUTCOME_OWNER: "somebody who answers for the number",
    Part.TARGET: "a target",
    Part.DATE: "a date",
}


def placed(estimates: Sequence[Estimate], by: Compiled) -> tuple[Place, ...]:
    """Everything that can be ranked, the best first."""
    of = {each.case.name: each for each in estimates}
    points = [each.point for each in estimates]
    front = front_of(points)
    return tuple(_place(rank, of[point.name], front, by) for rank, point in enumerate(ordered(points), start=1))


def _place(rank: int, each: Estimate, front: Front, by: Compiled) -> Place:
    dominator = front.dominators.get(each.case.name)
    return Place(
        rank=rank,
        estimate=each,
        on_front=dominator is None,
        dominated_by=None if dominator is None else dominator.name,
        surely=dominator is not None and surely_dominates(dominator, each.point),
        fits=fits(each.point.effort, by.policy.horizon, by.policy.people),
    )


def picks_of(places: Sequence[Place], stays: Counter[str], scenarios: int, by: Compiled) -> tuple[Pick, ...]:
    """The first of the order, with the reasons for each."""
    return tuple(
        Pick(
            place,
            tuple(_reasons(place, places, by)),
            Sensitivity(place.estimate.case.name, stays[place.estimate.case.name], scenarios),
        )
        for place in places[: by.policy.pick]
    )


def _reasons(place: Place, places: Sequence[Place], by: Compiled) -> list[str]:
    each = place.estimate
    reasons = [_worth(place, by), _standing(place, places)]
    reasons += [_work(place, by), _commitment(each)]
    return [reason for reason in reasons if reason]


def _worth(place: Place, by: Compiled) -> str:
    point = place.estimate.point
    value = money(point.value.doubled // 2, by.currency)
    if not point.effort.doubled:
        return f"{value} of its annual value count, and nothing is open any more: it waits for the decision."
    each_day = money(point.value.doubled * DAY // point.effort.doubled, by.currency)
    return f"{value} of its annual value count for {days(point.effort)} of open work: {each_day} for each day."


def _standing(place: Place, places: Sequence[Place]) -> str:
    if place.on_front:
        only = "" if len(places) > 1 else " It is the only one that can be ranked."
        return f"No other offers at least as much for at most as much work.{only}"
    how = "even at the worst of its ranges" if place.surely else "in the middle of the ranges"
    return f"`{place.dominated_by}` offers at least as much for at most as much work, {how}, and comes before it."


def _work(place: Place, by: Compiled) -> str:
    case = place.estimate.case
    if not case.blockers:
        return ""
    can = case.blockers - case.unowned
    start = (
        f"Somebody is named for each of its {case.blockers} open musts"
        if not case.unowned
        else f"Somebody is named for {can} of its {case.blockers} open musts; {case.unowned} need an owner first"
    )
    room = f"{by.policy.horizon} working days of {by.policy.people} people"
    return f"{start}, and {_FITS[place.fits].format(room=room)}."


def _commitment(each: Estimate) -> str:
    missing = [words for part, words in _MISSING.items() if part not in each.case.parts]
    if not missing:
        return "The business owner accepted, and the number has an owner, a target and a date."
    listed = missing[0] if len(missing) == 1 else f"{', '.join(missing[:-1])} and {missing[-1]}"
    return f"{each.commitment}% of the value count for the commitment behind it: it lacks {listed}."


def days(effort: Span) -> str:
    """Hundredths of a day in words."""
    low, high = round(effort.low / DAY), round(effort.high / DAY)
    return f"{low:,} days" if low == high else f"{low:,} to {high:,} days"


def money(minor: int, currency: str | None) -> str:
    """An amount in whole units: more digits would claim more than an estimate knows."""
    if currency is None:
        return f"{minor:,}"
    unit = 10 ** minor_digits(currency)
    return str(Money((minor + unit // 2) // unit * unit, currency))
