"""From a rubric and what is known to verdicts and tones: pure, and fast enough for a whole portfolio."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from roadworthy.decide.readiness.assessment import Assessment, Judgement, Verdict
from roadworthy.decide.readiness.figures import Asked, add_up, asked_by, mark_of, marks_of
from roadworthy.decide.readiness.model import Criterion, Dimension, Rubric
from roadworthy.decide.readiness.requirements import Handed, Judge, judge_of
from roadworthy.evidence.model import Method
from roadworthy.foundation.digests import digest_of
from roadworthy.inventory.facts import FACTS
from roadworthy.inventory.model import Duty
from roadworthy.inventory.service import Subject

RULES = 2
"""Grows when the same facts under the same rubric come to another result, so that what was stored before is renewed."""

_EXCUSED = "the rubric does not ask this of such a use case"


class _Limit(NamedTuple):
    """One restriction of `appliesTo`."""

    value_of: Callable[[Subject], str | None]
    values: frozenset[str]

    def admits(self, subject: Subject) -> bool:
        value = self.value_of(subject)
        return value is None or value in self.values


class _Step(NamedTuple):
    limits: tuple[_Limit, ...]
    judge: Judge
    excused: Judgement


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rubric made ready for use; compiling takes longer than assessing, so it is done once."""

    rubric: Rubric
    digest: str
    steps: tuple[_Step, ...]
    """By the place of the criterion: dimension by dimension, in the rubric's order."""
    asked: Asked
    gates: Mapping[str, frozenset[Duty]]
    """By fact: the duties whose gate it opens."""


def compile_rubric(rubric: Rubric) -> Compiled:
    """Turn a rubric's requirements into functions."""
    gates = gates_of(rubric)
    steps = tuple(
        _Step(
            limits=_limits(criterion),
            judge=judge_of(criterion, dimension, gates),
            excused=Judgement(criterion, dimension, Verdict.NOT_APPLICABLE, _EXCUSED),
        )
        for dimension, criterion in rubric.criteria()
    )
    return Compiled(rubric, rubric_digest(rubric), steps, asked_by(rubric), gates)


def gates_of(rubric: Rubric) -> Mapping[str, frozenset[Duty]]:
    """By fact: the duty that can be expected to answer it, and those whose criterion asks for it."""
    duties = {name: {Duty(fact.duty)} for name, fact in FACTS.items()}
    for _, criterion in rubric.criteria():
        if criterion.requires.fact is not None:
            duties.setdefault(criterion.requires.fact.name, set()).add(criterion.duty)
    return {name: frozenset(some) for name, some in duties.items()}


def rubric_digest(rubric: Rubric) -> str:
    """The digest under which assessments name the rubric and the rules that they were made with."""
    return digest_of({"rubric": rubric.model_dump(mode="json", exclude_defaults=True), "rules": RULES})


def asked_digest(criterion: Criterion, dimension: Dimension) -> str:
    """The digest of what a criterion asks: its words, its level, its requirement, how fresh an answer has to be.

    Not in it: of which use cases it is asked, whose task it is, what it costs, and how it is met. Whoever accepts that
    a criterion is not met accepts what it asks.
    """
    said = criterion.model_dump(mode="json", include=_ASKS, exclude_defaults=True)
    return digest_of({"dimension": dimension.value, "criterion": said})


_ASKS = {"id", "title", "why", "level", "requires", "fresh_within"}


def _limits(criterion: Criterion) -> tuple[_Limit, ...]:
    asked = criterion.applies_to
    limits = (
        _Limit(lambda subject: subject.spec.class_, frozenset(asked.class_)),
        _Limit(lambda subject: subject.spec.sector, frozenset(asked.sector)),
        _Limit(lambda subject: subject.tier.tier, frozenset(asked.tier)),
        _Limit(lambda subject: subject.spec.stage, frozenset(asked.stage)),
        _Limit(lambda subject: subject.spec.risk.personal_data, frozenset(asked.personal_data)),
    )
    return tuple(limit for limit in limits if limit.values)


def assess(subject: Subject, handed: Handed, rubric: Compiled, now: dt.datetime) -> Assessment:
    """Judge a use case by every criterion of a rubric.

    Args:
        subject: the use case as declared and imported, with its tier and its seats.
        handed: the evidence handed in about it, by fact; withdrawn items left out.
        rubric: the compiled rubric.
        now: the instant of the judgement.

    Returns:
        The assessment. It holds from `now` until `next_change_at`, as long as nobody changes anything.
    """
    judgements = tuple(_judgements(subject, handed, rubric, now))
    marks = marks_of(judgements)
    figures = add_up(marks, rubric.asked)
    changes = [each.changes_at for each in judgements if each.changes_at is not None]
    return Assessment(
        use_case=subject.name,
        revision=subject.revision,
        rubric=rubric.digest,
        assessed_at=now,
        overall=figures.overall,
        dimensions=figures.dimensions,
        judgements=judgements,
        blocking=tuple(judgements[place] for place in figures.blocking),
        seats=subject.seats,
        marks=marks,
        methods=figures.known,
        expired=figures.expired,
        next_change_at=min(changes) if changes else None,
    )


def _judgements(subject: Subject, handed: Handed, rubric: Compiled, now: dt.datetime) -> Iterator[Judgement]:
    for limits, judge, excused in rubric.steps:
        judgement = judge(subject, handed, now) if not limits or _admitted(limits, subject) else excused
        yield set_aside(judgement, subject, now) if subject.set_aside else judgement


def set_aside(judgement: Judgement, subject: Subject, now: dt.datetime) -> Judgement:
    """A judgement as it is while somebody accepts that the criterion is not met: partly met, never more.

    What is met or does not apply stays as it is; the waiver waits for the day on which that ends. Where the rubric asks
    something else by now, what was accepted is not what is asked, and the waiver counts for nothing.
    """
    waiver = subject.set_aside.get(judgement.criterion.id)
    if waiver is None or waiver.until <= now or judgement.verdict in _UNTOUCHED:
        return judgement
    if waiver.asked != asked_digest(judgement.criterion, judgement.dimension):
        return judgement
    ends = waiver.until if judgement.changes_at is None else min(waiver.until, judgement.changes_at)
    return judgement._replace(
        verdict=Verdict.PARTIAL,
        why=f"waived until {waiver.until:%Y-%m-%d}: {waiver.reason}; otherwise {judgement.verdict}, {judgement.why}",
        method=judgement.method or Method.DECLARED,
        changes_at=ends,
        waived_until=waiver.until,
    )


_UNTOUCHED = frozenset({Verdict.MET, Verdict.NOT_APPLICABLE})


def _admitted(limits: Sequence[_Limit], subject: Subject) -> bool:
    return all(limit.admits(subject) for limit in limits)


def becoming(subject: Subject, handed: Handed, rubric: Compiled, made: Assessment) -> Iterator[Change]:
    """What becomes of an assessment as time passes and nobody does anything: every mark that will change, and when.

    Args:
        subject: the use case that was assessed.
        handed: the evidence that it was assessed with.
        rubric: the rubric that it was assessed with.
        made: the assessment.
    """
    for place, judgement in enumerate(made.judgements):
        present = judgement
        while (instant := present.changes_at) is not None:
            next_ = set_aside(rubric.steps[place].judge(subject, handed, instant), subject, instant)
            if mark_of(next_) != mark_of(present):
                yield Change(instant, place, mark_of(next_))
            present = next_


class Change(NamedTuple):
    """One mark that will be another from an instant on."""

    at: dt.datetime
    place: int
    """Of the criterion."""
    mark: int
