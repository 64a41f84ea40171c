"""The requirement forms, each turned once into a function that judges a use case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache, partial
from operator import attrgetter
from typing import TypeAlias, cast

from roadworthy.decide.readiness.assessment import Judgement, Verdict
from roadworthy.decide.readiness.fields import resolve
from roadworthy.decide.readiness.model import Criterion, Dimension, EachItem, FactAnswered, FieldsSet
from roadworthy.evidence.model import Artefact, Claim, Doubt, Method
from roadworthy.evidence.rules import reported, standing
from roadworthy.foundation.resources.shape import Shape
from roadworthy.inventory.facts import FACTS, SPOKEN, Answer
from roadworthy.inventory.model import Duty, Tier, UseCase
from roadworthy.inventory.rules import SeatState
from roadworthy.inventory.service import Subject

Handed = Mapping[str, Sequence[Claim]]
"""What was handed in about one use case, by the name of the fact; what an import reported is in the subject."""

Judge = Callable[[Subject, Handed, dt.datetime], Judgement]

Make: TypeAlias = partial[Judgement]
"""Makes a judgement of the criterion at hand from a verdict, a reason and what it rests on."""

_PLACEHOLDERS = frozenset(
    {"", "-", "--", "?", "n/a", "na", "none", "null", "tba", "tbc", "tbd", "to be determined", "unassigned", "unknown"}
)
"""What people write into a field they must fill and cannot; it says nothing, so it counts as nothing said."""

_MET, _PARTIAL, _FAILED, _EXPIRED, _UNKNOWN, _NOT_APPLICABLE = Verdict
_DECLARED, _ATTESTED = Method.DECLARED, Method.ATTESTED
_ACCEPTED, _UNCONFIRMED = SeatState.ACCEPTED, SeatState.UNCONFIRMED
"""Looked up once: on Python 3.11 every `Verdict.MET` calls a function, and there are hundreds of thousands."""

_NOBODY: frozenset[Duty] = frozenset()
_NAMED_IN_FULL = 3
"""So many names stand in a sentence; of more, only the number."""


def judge_of(criterion: Criterion, dimension: Dimension, gates: Mapping[str, frozenset[Duty]]) -> Judge:
    """The function that judges a use case by a criterion's requirement.

    Judgements that are the same for every use case are made once, here, and shared: a portfolio has hundreds of
    thousands of them.
    """
    asked = criterion.requires
    verdict = partial(Judgement, criterion, dimension)
    if asked.fact is not None:
        return _fact(asked.fact, criterion.freshness, gates.get(asked.fact.name, _NOBODY), verdict)
    if asked.fields is not None:
        return _fields(asked.fields, verdict)
    if asked.each is not None:
        return _each(asked.each, verdict)
    if asked.owner is not None:
        return _owner(asked.owner, verdict)
    return _tier(verdict) if asked.tier is not None else _platform(verdict)


def said(value: object) -> bool:
    """Whether a value of the spec says anything; false and zero do, a placeholder or an empty shape does not."""
    if value is None or value == ():
        return False
    if type(value) is str:
        return value.strip().casefold() not in _PLACEHOLDERS
    if isinstance(value, Shape):
        return any(said(getattr(value, name)) for name in type(value).model_fields)
    return True


def reader(names: Sequence[str]) -> Callable[[object], object]:
    """A function that reads the value under a path of attribute names; None where a step is missing."""
    if len(names) == 1:
        return attrgetter(names[0])

    def read(value: object) -> object:
        for name in names:
            if value is None:
                return None
            value = getattr(value, name)
        return value

    return read


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_NAMED_IN_FULL])
    more = len(names) - _NAMED_IN_FULL
    return f"{shown} and {more} more" if more > 0 else shown


def _fields(asked: FieldsSet, verdict: Make) -> Judge:
    paths = tuple((path, reader(resolve(path, UseCase).names)) for path in asked.all)
    enough = min(asked.at_least or len(paths), len(paths))
    met = verdict(_MET, "the record says it", _DECLARED)

    def judge(subject: Subject, _handed: Handed, _now: dt.datetime) -> Judgement:
        missing = tuple(path for path, read in paths if not said(read(subject.spec)))
        if len(paths) - len(missing) >= enough:
            return met
        return silent(missing)

    @cache
    def silent(missing: tuple[str, ...]) -> Judgement:
        return verdict(_UNKNOWN, f"the record does not say {_named(missing)}")

    return judge


def _each(asked: EachItem, verdict: Make) -> Judge:
    place = resolve(asked.of, UseCase)
    item_shape = place.items or Shape
    listed = reader(place.names)
    needed = tuple(reader(resolve(path, item_shape).names) for path in (*asked.fields, *asked.true))
    true = tuple(reader(resolve(path, item_shape).names) for path in asked.true)
    wanted = ", ".join(f"`{path}`" for path in (*asked.fields, *asked.true)) or "being listed"
    nothing = verdict(_UNKNOWN, f"nothing is listed under `{asked.of}`")
    met = verdict(_MET, f"listed under `{asked.of}` with {wanted}", _DECLARED)

    def judge(subject: Subject, _handed: Handed, _now: dt.datetime) -> Judgement:
        items = cast("tuple[Shape, ...]", listed(subject.spec))
        if not items:
            return nothing
        refused: list[Shape] = []
        silent: list[Shape] = []
        for item in items:
            if true and any(read(item) is False for read in true):
                refused.append(item)
                continue
            for read in needed:
                if not said(read(item)):
                    silent.append(item)
                    break
        good = len(items) - len(refused) - len(silent)
        if good * 100 >= asked.at_least_percent * len(items):
            return met
        if refused:
            why = f"{_named([_name(item) for item in refused])}: the answer is no to {_named(asked.true)}"
            return verdict(_FAILED, why, _DECLARED)
        return verdict(_UNKNOWN, f"not said of {_named([_name(item) for item in silent])}: {wanted}")

    return judge


def _name(item: Shape) -> str:
    return str(getattr(item, "name", None) or getattr(item, "system", None) or "an item without a name")


def _owner(duty: Duty, verdict: Make) -> Judge:
    nobody = verdict(_FAILED, f"nobody is named as {duty} owner", _DECLARED)

    def judge(subject: Subject, _handed: Handed, _now: dt.datetime) -> Judgement:
        seat = subject.seats[duty]
        if seat.state == _ACCEPTED:
            return verdict(_MET, f"{seat.person} accepted", _ATTESTED, seat.accepted_at)
        if seat.left:
            return verdict(_FAILED, f"{seat.person} is named and has left", _DECLARED)
        if seat.state == _UNCONFIRMED:
            return verdict(_PARTIAL, f"{seat.person} is named and has not accepted", _DECLARED)
        return nobody

    return judge


def _tier(verdict: Make) -> Judge:
    known = {tier: verdict(_MET, f"the risk tier is {tier}", _DECLARED) for tier in Tier}

    def judge(subject: Subject, _handed: Handed, _now: dt.datetime) -> Judgement:
        if subject.tier.tier is not None:
            return known[subject.tier.tier]
        return verdict(_UNKNOWN, f"the risk tier is open; {'; '.join(subject.tier.reasons)}")

    return judge


def _platform(verdict: Make) -> Judge:
    """Without a profile there is nothing to step outside of, so no mismatch is no merit either."""
    nothing = verdict(_NOT_APPLICABLE, "nothing is known to step outside the platform profile")

    def judge(subject: Subject, _handed: Handed, _now: dt.datetime) -> Judgement:
        if subject.mismatches:
            return verdict(_FAILED, str(subject.mismatches[0]), _DECLARED)
        return nothing

    return judge


def _fact(asked: FactAnswered, fresh_within: dt.timedelta | None, gate: frozenset[Duty], verdict: Make) -> Judge:
    name, accepted = asked.name, asked.accepted
    question = FACTS[name].question if name in FACTS else name
    nobody = verdict(_UNKNOWN, f"nobody has answered: {question}")

    def judge(subject: Subject, handed: Handed, now: dt.datetime) -> Judgement:
        claims = handed.get(name, ())
        told = subject.answers.get(name)
        if told is not None:
            claims = (*claims, reported(told.answer, told.reported_at))
        if not claims:
            return nobody
        for claim in claims:
            if claim.about is not None or (claim.by is not None and claim.method is _ATTESTED):
                claims = [_doubted(each, subject, gate) for each in claims]
                break
        claim, live, against = standing(claims, now, fresh_within, accepted)
        worth, why = _worth(
            claim.answer, claim.method, live, claim.method in accepted, against is not None, claim.doubt
        )
        if worth is _EXPIRED and fresh_within is not None and claim.expires_at == claim.observed_at + fresh_within:
            why = f"{why}; the rubric asks for one within {fresh_within.days} days"
        changes = claim.expires_at if live else None
        return verdict(worth, why, claim.method, claim.observed_at, claim.expires_at, claim.id, changes)

    return judge


def _doubted(claim: Claim, subject: Subject, gate: frozenset[Duty]) -> Claim:
    """The claim with the doubt that only the use case as it is now can cast on it."""
    if claim.doubt is not None:
        return claim
    if claim.about is not None and _is_of_another(claim.about, subject):
        return claim._replace(doubt=Doubt.OTHER_VERSION)
    if claim.method is _ATTESTED and claim.by is not None and any(subject.seats[duty].ref == claim.by for duty in gate):
        return claim._replace(doubt=Doubt.OWN_GATE)
    return claim


def _is_of_another(about: Artefact, subject: Subject) -> bool:
    declared = [part.digest for part in subject.spec.components if part.name == about.name and part.digest is not None]
    return bool(declared) and about.digest not in declared


@lru_cache(maxsize=1024)
def _worth(  # noqa: PLR0911 - a table of six inputs, read from top to bottom
    answer: Answer,
    method: Method,
    live: bool,  # noqa: FBT001 - the inputs of a table, called by position only above
    accepted: bool,  # noqa: FBT001 - see above
    contested: bool,  # noqa: FBT001 - see above
    doubt: Doubt | None,
) -> tuple[Verdict, str]:
    """What an answer is worth: only a live, undoubted answer by an accepted method is good."""
    told = f"{SPOKEN[answer]}, {method}"
    if answer is Answer.NO:
        return _FAILED, told if live else f"{told}; asked too long ago"
    if not live:
        return _EXPIRED, f"expired: {told}"
    if answer in {Answer.IN_PROGRESS, Answer.WAIVED}:
        return _PARTIAL, told
    if not accepted:
        return _PARTIAL, f"{told} only"
    if contested:
        return _PARTIAL, f"{told}, but a later claim says no"
    if doubt is not None:
        return _PARTIAL, f"{told}, {_DOUBTS[doubt]}"
    return (_MET if answer is Answer.YES else _NOT_APPLICABLE), told


_DOUBTS = {
    Doubt.CONTESTED: "but somebody disputes it",
    Doubt.SAMPLE_TOO_SMALL: "but on fewer observations than its kind asks for",
    Doubt.OTHER_VERSION: "but it speaks of another version",
    Doubt.OWN_GATE: "but by whoever owns the gate that it opens",
}
