"""A use case as the signs look at it: its spec and seats, and of each claim only what counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from roadworthy.decide.diagnosis.logic import Truth
from roadworthy.evidence.model import Claim, Doubt, Method
from roadworthy.evidence.rules import Standing, reported, standing
from roadworthy.inventory.facts import FACTS, Answer
from roadworthy.inventory.model import Duty
from roadworthy.inventory.service import Subject

Handed = Mapping[str, Sequence[Claim]]
"""What was handed in about one use case, by fact; withdrawn and superseded items left out."""

Earlier = Mapping[str, dt.date]
"""By fact, the first day of which a superseded yes speaks. It counts no more, and yet it was there."""

_DAY = dt.timedelta(days=1)
_INSTANT = dt.timedelta(microseconds=1)
_YES, _NO, _IN_PROGRESS, _WAIVED, _NOT_APPLICABLE = Answer
"""Looked up once: on Python 3.11 every `Answer.YES` calls a function."""
_NOTHING: Mapping[str, dt.date] = {}
_ATTESTED = Method.ATTESTED
_GATES = {fact.name: Duty(fact.duty) for fact in FACTS.values()}
_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)


class View(NamedTuple):
    """What a diagnosis reads of one use case."""

    subject: Subject
    claims: Handed
    """What was handed in and what an import reported, by fact; only the facts that rules ask for."""
    standing: Mapping[str, Standing]
    """The claim that counts for each of these facts."""
    says: Mapping[str, bool]
    """What is known of these facts; one that is not in it is not known."""
    now: dt.datetime
    earlier: Earlier = _NOTHING


def view_of(
    subject: Subject,
    handed: Handed,
    wanted: Iterable[str],
    now: dt.datetime,
    earlier: Earlier = _NOTHING,
    *,
    as_of: bool = False,
) -> View:
    """Gather what is known of the facts that rules ask for.

    A claim about an artefact that the use case declares with another digest speaks of another version and is left
    out. Where `now` is another day than today (`as_of`), so is one about days after it, which nobody could know then.
    """
    answers = subject.answers
    versions = {part.name: part.digest for part in subject.spec.components if part.digest is not None}
    claims: dict[str, Sequence[Claim]] = {}
    counting: dict[str, Standing] = {}
    says: dict[str, bool] = {}
    horizon = now + _DAY if as_of else _EVER  # a day that is not over yet ends after now
    for fact in wanted:
        found: Sequence[Claim] = handed.get(fact, ())
        told = answers.get(fact)
        if told is not None:
            found = (*found, reported(told.answer, told.reported_at))
        if not found:
            continue
        if versions or as_of:
            found = [each for each in found if each.observed_at <= horizon and not _is_of_another(each, versions)]
            if not found:
                continue
        if any(claim.by is not None and claim.method is _ATTESTED for claim in found):
            owner = subject.seats[_GATES[fact]].ref
            found = [_undoubted(claim, owner) for claim in found]
        claims[fact] = found
        counts = counting[fact] = standing(found, now)
        truth = truth_of(counts)
        if truth is not None:
            says[fact] = truth
    return View(subject, claims, counting, says, now, earlier)


def _undoubted(claim: Claim, owner: str | None) -> Claim:
    """The claim, doubtful where whoever owns the gate that it opens attests what is good for them."""
    if owner is None or claim.by != owner or claim.method is not _ATTESTED or claim.answer is _NO or claim.doubt:
        return claim
    return claim._replace(doubt=Doubt.OWN_GATE)


def _is_of_another(claim: Claim, versions: Mapping[str, str]) -> bool:
    about = claim.about
    return about is not None and about.name in versions and versions[about.name] != about.digest


def truth_of(counting: Standing) -> Truth:
    """What the claim that counts says: yes or "does not apply" is true, no is false, all else is not known.

    Expired, disputed, too small a sample, contradicted later, in progress and waived are not known: none of them says
    that it is so, and none that it is not.
    """
    claim, live, against = counting
    if not live or claim.doubt is not None:
        return None
    answer = claim.answer
    if answer is _NO:
        return False
    if against is not None or answer is _IN_PROGRESS or answer is _WAIVED:
        return None
    return True


def day_of(claim: Claim) -> dt.date:
    """The last day that a claim speaks of."""
    return (claim.observed_at - _INSTANT).date()


def first_yes(view: View, fact: str) -> dt.date | None:
    """The first day that live, undisputed evidence with a yes speaks of."""
    days = [day_of(claim) for claim in view.claims.get(fact, ()) if _counts(claim, view.now)]
    return min(days) if days else None


def shadow(view: View, fact: str) -> dt.date | None:
    """The first day that a yes speaks of which counts no more: superseded, expired or disputed.

    It decides nothing, and keeps from saying that there was nothing before.
    """
    days = [
        day_of(claim) for claim in view.claims.get(fact, ()) if claim.answer is _YES and not _counts(claim, view.now)
    ]
    if fact in view.earlier:
        days.append(view.earlier[fact])
    return min(days) if days else None


def _counts(claim: Claim, now: dt.datetime) -> bool:
    return claim.answer is _YES and claim.expires_at > now and claim.doubt is None


def next_change(view: View) -> dt.datetime | None:
    """The first instant at which something that was looked at expires, or the use case is retired."""
    now = view.now
    changes = [claim.expires_at for found in view.claims.values() for claim in found if claim.expires_at > now]
    retired = view.subject.spec.retired
    if retired is not None:
        begin = dt.datetime.combine(retired, dt.time(), dt.UTC)
        if begin > now:
            changes.append(begin)
    return min(changes, default=None)
