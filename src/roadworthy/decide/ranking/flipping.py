"""What would change the picks: facts of a use case are supposed to be otherwise, and the ranking is made again.

Nothing here is derived from a formula. Every flip was found by changing the fact, assessing the use case anew by the
rubric in force, estimating it again and holding it against the others. Only the others that could decide are
compared: the picks, and the one that would move up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from roadworthy.decide.ranking.estimating import Compiled, estimate
from roadworthy.decide.ranking.model import Case, Change, Flip, NotRankable, Part, Point, Span, Value
from roadworthy.decide.ranking.picking import money
from roadworthy.decide.ranking.rules import better
from roadworthy.decide.ranking.supposing import Known, case_of, suppose
from roadworthy.decide.readiness.rules import Compiled as CompiledRubric
from roadworthy.foundation.money import Money
from roadworthy.inventory.model import Duty
from roadworthy.inventory.rules import Seat, SeatState

MOST = 1_000
"""Times the declared value up to which a threshold is looked for."""
_WEAKER: Mapping[str, tuple[str, ...]] = {"high": ("medium", "low"), "medium": ("low",), "low": ()}
_STRONGER: Mapping[str, tuple[str, ...]] = {"high": (), "medium": ("high",), "low": ("medium", "high")}
_ROUND = 100
_LARGEST = 10**12
"""A threshold is looked for to a thousandth of itself."""


class Against(NamedTuple):
    """What a use case is held against."""

    best: Sequence[Point]
    """The others, the best first; as many as are picked suffice."""
    by: Compiled
    rubric: CompiledRubric
    now: dt.datetime

    def picks(self, case: Case) -> bool:
        """Whether a use case with these facts would be among the picks."""
        found = estimate(case, self.by)
        if isinstance(found, NotRankable):
            return False
        return sum(better(other, found.point) < 0 for other in self.best) < self.by.policy.pick

    def supposed(self, known: Known, **changed: object) -> bool:
        """Whether it would be among the picks with these facts changed."""
        change = Change.model_validate({"use_case": known.subject.name, **changed})
        return self.picks(suppose(known, change, self.rubric, self.now))


def flips_out(known: Known, against: Against) -> Iterator[Flip]:
    """What would move a pick out, one fact at a time."""
    name, subject = known.subject.name, known.subject
    case = case_of(known)
    if (limit := _value_limit(case, against, picked=True)) is not None:
        yield Flip(name, "out", "value", f"an annual value below {limit} (the middle of its range)", case.business)
    if (most := _effort_limit(case, against, picked=True)) is not None:
        yield Flip(name, "out", "effort", f"open work of more than {most:,} days, as the rubric estimates them")
    business = subject.seats[Duty.BUSINESS]
    for fact, words, person, changed in _losses(case, business):
        if not against.supposed(known, **changed):
            yield Flip(name, "out", fact, words, person)


def _losses(case: Case, business: Seat) -> Iterator[tuple[str, str, str | None, dict[str, object]]]:
    """Every single fact whose loss could speak against a pick."""
    if business.state is SeatState.ACCEPTED:
        words = f"`{business.person}` giving the business duty back"
        yield "business-released", words, business.person, {"released": ["business"]}
    if case.outcome_owner:
        words = f"`{case.outcome_owner}` no longer answering for the number"
        yield "outcome-owner", words, case.outcome_owner, {"outcome_owner": False}
    for weaker in _WEAKER[case.value.confidence] if case.value else ():
        words = f"confidence in its value falling to {weaker}"
        yield f"confidence-{weaker}", words, case.business, {"confidence": weaker}


def flips_in(known: Known, against: Against) -> Iterator[Flip]:
    """What would move a use case in: single facts first; where none suffices, several together."""
    found = [flip for flip, changed in _gains(known) if against.supposed(known, **changed)]
    yield from found
    case = case_of(known)
    if case.value is None:
        yield from _any_value(known, against)
    if (limit := _value_limit(case, against, picked=False)) is not None:
        yield Flip(case.name, "in", "value", f"an annual value above {limit} (the middle of its range)", case.business)
    if (least := _effort_limit(case, against, picked=False)) is not None:
        words = f"open work of less than {least:,} days, as the rubric estimates them"
        yield Flip(case.name, "in", "effort", words)
    if not found:
        yield from _together(known, against)


def _gains(known: Known) -> Iterator[tuple[Flip, dict[str, object]]]:
    """Every single fact that could speak for a use case, with the change that supposes it."""
    name, seats = known.subject.name, known.subject.seats
    case = case_of(known)
    business = seats[Duty.BUSINESS]
    if Part.ACCEPTED not in case.parts:
        words = (
            f"`{business.person}` accepting the business duty"
            if business.person
            else "somebody being named for the business duty and accepting it"
        )
        yield Flip(name, "in", "business-accepted", words, business.person), {"accepted": ["business"]}
    for part, fact, words in (
        (Part.OUTCOME_OWNER, "outcome_owner", "somebody answering for the number"),
        (Part.TARGET, "target", "a target for the number"),
        (Part.DATE, "date", "a date for the target"),
    ):
        if part not in case.parts:
            yield Flip(name, "in", fact.replace("_", "-"), words, business.person), {fact: True}
    for stronger in _STRONGER[case.value.confidence] if case.value else ():
        words = f"confidence in its value rising to {stronger}"
        yield Flip(name, "in", f"confidence-{stronger}", words, business.person), {"confidence": stronger}
    for duty in sorted(case.unnamed):
        words = f"somebody being named for the {duty} duty"
        yield Flip(name, "in", f"named-{duty}", words), {"named": [duty]}
    for judgement in known.assessment.blocking:
        criterion = judgement.criterion
        words = f"meeting “{criterion.title}”"
        flip = Flip(name, "in", f"criterion:{criterion.id}", words, seats[criterion.duty].person)
        yield flip, {"meets": [criterion.id]}


def _together(known: Known, against: Against) -> Iterator[Flip]:
    """The fewest of the largest pieces of work, and the whole commitment, that suffice together."""
    name = known.subject.name
    case = case_of(known)
    whole: dict[str, object] = {"accepted": ["business"], "outcome_owner": True, "target": True, "date": True}
    if len(case.parts) < len(Part) and against.supposed(known, **whole):
        words = "the whole commitment: the business duty accepted, and an owner, a target and a date for the number"
        yield Flip(name, "in", "commitment", words, case.business)
    largest = sorted(known.assessment.blocking, key=lambda each: (-each.criterion.effort.high, each.criterion.id))
    titles: list[str] = []
    met: list[str] = []
    for judgement in largest:
        met.append(judgement.criterion.id)
        titles.append(f"“{judgement.criterion.title}”")
        if len(met) > 1 and against.supposed(known, meets=met):
            words = f"meeting {', '.join(titles[:-1])} and {titles[-1]} together"
            yield Flip(name, "in", f"criteria:{'+'.join(met)}", words)
            return


def _value_limit(case: Case, against: Against, *, picked: bool) -> str | None:
    """The annual value at which the answer turns, in words; None where no value turns it.

    The declared range keeps its shape and is scaled; the limit is said as the middle of the scaled range, rounded to
    the side on which it certainly holds.
    """
    declared = case.value
    if declared is None:
        return None
    middle = (declared.low.minor + declared.high.minor) // 2
    if middle <= 0:
        return None

    def holds(amount: int) -> bool:
        low, high = (Money(each.minor * amount // middle, each.currency) for each in (declared.low, declared.high))
        return against.picks(case._replace(value=declared._replace(low=low, high=high)))

    if holds(middle) is not picked or (picked and holds(1)) or (not picked and not holds(middle * MOST)):
        return None
    below, above = (0, middle) if picked else (middle, middle * MOST)
    while above - below > max(1, above // _ROUND // 10):
        half = (below + above) // 2
        below, above = (below, half) if holds(half) else (half, above)
    return money(_rounded(below if picked else above, up=not picked), declared.low.currency)


def _any_value(known: Known, against: Against) -> Iterator[Flip]:
    """From which annual value on a use case would be in of which nobody has said what it is worth."""
    name, currency = known.subject.name, against.by.currency
    case = case_of(known)

    def holds(amount: int) -> bool:
        worth = Money.parse(f"{amount} {currency}")
        return against.picks(case._replace(value=Value(worth, worth, "low")))

    if currency is None or not holds(_LARGEST):
        return
    below, above = 0, 1
    while not holds(above):
        below, above = above, above * 2
    while above - below > max(1, above // _ROUND // 10):
        half = (below + above) // 2
        below, above = (below, half) if holds(half) else (half, above)
    least = _rounded(above, up=True)
    if against.supposed(known, value=[f"{least} {currency}"] * 2, confidence="low"):
        words = f"an annual value of {Money.parse(f'{least} {currency}')} or more, even with low confidence"
        yield Flip(
            name,
            "in",
            "value",
            "any annual value, stated as a range with its basis" if least == 1 else words,
            case.business,
        )


def _rounded(amount: int, *, up: bool) -> int:
    """The first three digits of an amount, to the side on which the limit certainly holds."""
    unit: int = 10 ** max(0, len(str(amount)) - 3)
    return -(-amount // unit) * unit if up else amount // unit * unit


def _effort_limit(case: Case, against: Against, *, picked: bool) -> int | None:
    """The open work, in days at the upper end, at which the answer turns; None where none turns it."""
    top = case.effort.high
    if top <= 0:
        return None

    def holds(days: int) -> bool:
        scaled = Span(case.effort.low * days // top, days)
        return against.picks(case._replace(effort=scaled))

    if holds(top) is not picked or (picked and holds(top * MOST)) or (not picked and not holds(1)):
        return None
    below, above = (top, top * MOST) if picked else (0, top)
    while above - below > 1:
        half = (below + above) // 2
        below, above = (half, above) if holds(half) else (below, half)
    return below if picked else above
