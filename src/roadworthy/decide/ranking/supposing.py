"""Facts supposed to be otherwise: a use case is changed, assessed anew by the same rules, and estimated again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

from roadworthy.decide.ranking.model import Case, Change, Part, Span, Value
from roadworthy.decide.readiness.assessment import Assessment
from roadworthy.decide.readiness.requirements import Handed
from roadworthy.decide.readiness.rules import Compiled, assess
from roadworthy.foundation.money import Money
from roadworthy.inventory.model import AnnualValue, Duty, Outcome
from roadworthy.inventory.rules import Seat, SeatState
from roadworthy.inventory.service import Subject

SOMEBODY = "somebody"
"""Who is named where it is supposed that somebody is."""


class Known(NamedTuple):
    """Everything that is known of a use case."""

    subject: Subject
    handed: Handed
    assessment: Assessment


def case_of(known: Known, met: Collection[str] = (), effort: tuple[int, int] | None = None) -> Case:
    """A use case as ranking sees it.

    Args:
        known: what is known of it.
        met: criteria that are supposed to be met.
        effort: open work in working days that is supposed instead of the sum over the unmet musts.
    """
    subject = known.subject
    open_musts = [each.criterion for each in known.assessment.blocking if each.criterion.id not in met]
    unnamed = frozenset(duty for duty, seat in subject.seats.items() if seat.state is SeatState.UNASSIGNED)
    total = Span(sum(must.effort.low for must in open_musts), sum(must.effort.high for must in open_musts))
    outcome = subject.spec.outcome
    return Case(
        name=subject.name,
        title=subject.spec.title,
        stage=subject.spec.stage,
        value=value_of(outcome),
        business=subject.seats[Duty.BUSINESS].person,
        outcome_owner=None if outcome is None else outcome.owner,
        due=None if outcome is None else outcome.by,
        parts=parts_of(outcome, accepted=subject.seats[Duty.BUSINESS].state is SeatState.ACCEPTED),
        effort=total if effort is None else Span(*effort),
        blockers=len(open_musts) if effort is None or open_musts else int(effort[1] > 0),
        unowned=sum(must.duty in unnamed for must in open_musts),
        unnamed=unnamed,
    )


def value_of(outcome: Outcome | None) -> Value | None:
    """The declared annual value."""
    if outcome is None or outcome.annual_value is None:
        return None
    declared = outcome.annual_value
    return Value(Money.parse(declared.low), Money.parse(declared.high), declared.confidence)


def parts_of(outcome: Outcome | None, *, accepted: bool) -> frozenset[Part]:
    """The parts of the owner's commitment that are there."""
    there = {
        Part.ACCEPTED: accepted,
        Part.OUTCOME_OWNER: outcome is not None and bool(outcome.owner),
        Part.TARGET: outcome is not None and outcome.target is not None,
        Part.DATE: outcome is not None and outcome.by is not None,
    }
    return frozenset(part for part, is_there in there.items() if is_there)


def suppose(known: Known, change: Change, rubric: Compiled, now: dt.datetime) -> Case:
    """A use case with some facts otherwise, assessed anew by the rubric in force."""
    subject = replace(known.subject, spec=known.subject.spec.model_copy(update=_spec(known.subject, change, now)))
    seats = dict(subject.seats)
    for duty in (*change.named, *change.accepted):
        seats[duty] = _held(seats[duty], now, accepted=duty in change.accepted)
    for duty in change.released:
        if seats[duty].state is SeatState.ACCEPTED:
            seats[duty] = Seat(duty, seats[duty].person, SeatState.UNCONFIRMED)
    subject = replace(subject, seats=seats)
    anew = known._replace(subject=subject, assessment=assess(subject, known.handed, rubric, now))
    return case_of(anew, change.meets, change.effort)


def _held(seat: Seat, now: dt.datetime, *, accepted: bool) -> Seat:
    if seat.state is SeatState.ACCEPTED or (seat.state is SeatState.UNCONFIRMED and not accepted):
        return seat
    person = seat.person or SOMEBODY
    return (
        Seat(seat.duty, person, SeatState.ACCEPTED, now) if accepted else Seat(seat.duty, person, SeatState.UNCONFIRMED)
    )


def _spec(subject: Subject, change: Change, now: dt.datetime) -> Mapping[str, object]:
    update: dict[str, object] = {}
    if change.stage is not None:
        update["stage"] = change.stage
    asked = (change.value, change.confidence, change.outcome_owner, change.target, change.date)
    if any(each is not None for each in asked):
        update["outcome"] = _outcome(subject.spec.outcome or Outcome(metric="supposed"), change, now)
    return update


def _outcome(outcome: Outcome, change: Change, now: dt.datetime) -> Outcome:
    update: dict[str, object] = {}
    value = outcome.annual_value
    if change.value is not None:
        confidence = change.confidence or ("low" if value is None else value.confidence)
        update["annual_value"] = AnnualValue(
            low=change.value[0], high=change.value[1], basis="supposed", confidence=confidence
        )
    elif change.confidence is not None and value is not None:
        update["annual_value"] = value.model_copy(update={"confidence": change.confidence})
    if change.outcome_owner is not None:
        update["owner"] = (outcome.owner or SOMEBODY) if change.outcome_owner else None
    if change.target is not None:
        update["target"] = (outcome.target if outcome.target is not None else 1) if change.target else None
    if change.date is not None:
        update["by"] = (outcome.by or now.date()) if change.date else None
    return outcome.model_copy(update=update)
