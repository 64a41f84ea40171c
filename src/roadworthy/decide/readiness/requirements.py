"""The requirement forms, each turned once into a function that judges a use case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, cast

from roadworthy.decide.readiness.assessment import Verdict
from roadworthy.decide.readiness.fields import resolve
from roadworthy.decide.readiness.model import Criterion, EachItem, FactAnswered, FieldsSet
from roadworthy.evidence.model import Claim, Method
from roadworthy.evidence.rules import Standing, standing
from roadworthy.foundation.resources.shape import Shape
from roadworthy.inventory.facts import FACTS, Answer
from roadworthy.inventory.model import Duty, UseCase
from roadworthy.inventory.rules import SeatState
from roadworthy.inventory.service import Subject

Claims = Mapping[str, Sequence[Claim]]
"""What is claimed about one use case, by the name of the fact."""


class Answered(NamedTuple):
    """What a requirement found: the verdict, and what it rests on."""

    verdict: Verdict
    why: str
    method: Method | None = None
    observed_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    evidence: str | None = None
    changes_at: dt.datetime | None = None


Judge = Callable[[Subject, Claims, dt.datetime], Answered]

_PLACEHOLDERS = frozenset(
    {"", "-", "--", "?", "n/a", "na", "none", "null", "tba", "tbc", "tbd", "to be determined", "unassigned", "unknown"}
)
"""What people write into a field they must fill and cannot; it says nothing, so it counts as nothing said."""

_NAMED_IN_FULL = 3
"""So many names stand in a sentence; of more, only the number."""


def judge_of(criterion: Criterion) -> Judge:
    """The function that judges a use case by a criterion's requirement."""
    asked = criterion.requires
    if asked.fact is not None:
        return _fact(asked.fact, criterion.freshness)
    if asked.fields is not None:
        return _fields(asked.fields)
    if asked.each is not None:
        return _each(asked.each)
    if asked.owner is not None:
        return _owner(asked.owner)
    return _tier if asked.tier is not None else _platform


def said(value: object) -> bool:
    """Whether a value of the spec says anything; false and zero do, a placeholder or an empty shape does not."""
    if isinstance(value, str):
        return value.strip().casefold() not in _PLACEHOLDERS
    if isinstance(value, Shape):
        return any(said(getattr(value, name)) for name in type(value).model_fields)
    return value is not None and value != ()


def at(value: object, names: Sequence[str]) -> object:
    """The value under a path of attribute names, or None where a step is missing."""
    for name in names:
        if value is None:
            return None
        value = getattr(value, name)
    return value


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_NAMED_IN_FULL])
    more = len(names) - _NAMED_IN_FULL
    return f"{shown} and {more} more" if more > 0 else shown


def _fields(asked: FieldsSet) -> Judge:
    paths = tuple((path, resolve(path, UseCase).names) for path in asked.all)
    enough = min(asked.at_least or len(paths), len(paths))
    met = Answered(Verdict.MET, "the record says it", Method.DECLARED)

    def judge(subject: Subject, _claims: Claims, _now: dt.datetime) -> Answered:
        missing = [path for path, names in paths if not said(at(subject.spec, names))]
        if len(paths) - len(missing) >= enough:
            return met
        return Answered(Verdict.UNKNOWN, f"the record does not say {_named(missing)}")

    return judge


def _each(asked: EachItem) -> Judge:
    place = resolve(asked.of, UseCase)
    item_shape = place.items or Shape
    needed = tuple(resolve(path, item_shape).names for path in (*asked.fields, *asked.true))
    true = tuple(resolve(path, item_shape).names for path in asked.true)
    nothing = Answered(Verdict.UNKNOWN, f"nothing is listed under `{asked.of}`")
    said_all = ", ".join(f"`{path}`" for path in (*asked.fields, *asked.true))
    met = Answered(Verdict.MET, f"listed under `{asked.of}` with {said_all}" if said_all else "listed", Method.DECLARED)

    def judge(subject: Subject, _claims: Claims, _now: dt.datetime) -> Answered:
        items = cast("tuple[Shape, ...]", at(subject.spec, place.names))
        if not items:
            return nothing
        refused: list[Shape] = []
        silent: list[Shape] = []
        for item in items:
            if any(at(item, names) is False for names in true):
                refused.append(item)
            elif not all(said(at(item, names)) for names in needed):
                silent.append(item)
        good = len(items) - len(refused) - len(silent)
        if good * 100 >= asked.at_least_percent * len(items):
            return met
        if refused:
            why = f"{_named([_name(item) for item in refused])}: the answer is no to {_named(asked.true)}"
            return Answered(Verdict.FAILED, why, Method.DECLARED)
        return Answered(Verdict.UNKNOWN, f"not said of {_named([_name(item) for item in silent])}: {said_all}")

    return judge


def _name(item: Shape) -> str:
    return str(getattr(item, "name", None) or getattr(item, "system", None) or "an item without a name")


def _owner(duty: Duty) -> Judge:
    nobody = Answered(Verdict.FAILED, f"nobody is named as {duty} owner", Method.DECLARED)

    def judge(subject: Subject, _claims: Claims, _now: dt.datetime) -> Answered:
        seat = subject.seats[duty]
        match seat.state:
            case SeatState.ACCEPTED:
                return Answered(Verdict.MET, f"{seat.person} accepted", Method.ATTESTED, seat.accepted_at)
            case SeatState.UNCONFIRMED:
                return Answered(Verdict.PARTIAL, f"{seat.person} is named and has not accepted", Method.DECLARED)
            case SeatState.UNASSIGNED:
                return nobody

    return judge


def _tier(subject: Subject, _claims: Claims, _now: dt.datetime) -> Answered:
    if subject.tier.tier is not None:
        return Answered(Verdict.MET, f"the risk tier is {subject.tier.tier}", Method.DECLARED)
    return Answered(Verdict.UNKNOWN, f"the risk tier is open; {'; '.join(subject.tier.reasons)}")


def _platform(subject: Subject, _claims: Claims, _now: dt.datetime) -> Answered:
    """Without a profile there is nothing to step outside of, so no mismatch is no merit either."""
    if subject.mismatches:
        return Answered(Verdict.FAILED, str(subject.mismatches[0]), Method.DECLARED)
    return Answered(Verdict.NOT_APPLICABLE, "nothing is known to step outside the platform profile")


def _fact(asked: FactAnswered, fresh_within: dt.timedelta | None) -> Judge:
    accepted = frozenset(asked.methods)
    name = asked.name
    question = FACTS[name].question if name in FACTS else name
    nobody = Answered(Verdict.UNKNOWN, f"nobody has answered: {question}")

    def judge(_subject: Subject, claims: Claims, now: dt.datetime) -> Answered:
        known = claims.get(name)
        found = None if not known else standing(known, now, fresh_within)
        return nobody if found is None else _weigh(found, found.claim.method in accepted)

    return judge


def _weigh(found: Standing, is_accepted: bool) -> Answered:  # noqa: FBT001 - the second half of one fact
    claim = found.claim
    contested = found.contested_by is not None
    verdict, why = _verdict(claim.answer, claim.method, found.live, is_accepted, contested)
    changes = claim.expires_at if found.live else None
    if changes is not None and found.contested_by is not None:
        changes = min(changes, found.contested_by.expires_at)
    return Answered(verdict, why, claim.method, claim.observed_at, claim.expires_at, claim.id, changes)


@lru_cache(maxsize=256)
def _verdict(answer: Answer, method: Method, live: bool, accepted: bool, contested: bool) -> tuple[Verdict, str]:  # noqa: FBT001 - a table of five inputs, called by position only here
    """What an answer is worth: only a live, uncontested answer by an accepted method is good."""
    told = f"{_WORDS[answer]}, {method}"
    if answer is Answer.NO:
        return Verdict.FAILED, told if live else f"{told}; asked too long ago"
    if not live:
        return Verdict.PARTIAL, f"expired: {told}"
    if answer in {Answer.IN_PROGRESS, Answer.WAIVED}:
        return Verdict.PARTIAL, told
    if not accepted:
        return Verdict.PARTIAL, f"{told} only"
    if contested:
        return Verdict.PARTIAL, f"{told}, but a later claim says no"
    return (Verdict.MET if answer is Answer.YES else Verdict.NOT_APPLICABLE), told


_WORDS = {
    Answer.YES: "yes",
    Answer.NO: "no",
    Answer.IN_PROGRESS: "in progress",
    Answer.WAIVED: "waived, which is not a yes",
    Answer.NOT_APPLICABLE: "does not apply",
}
