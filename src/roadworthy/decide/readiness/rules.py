"""From a rubric and what is known to verdicts and tones: pure, and fast enough for a whole portfolio."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from roadworthy.decide.readiness.assessment import Assessment, Judgement, Scale, Tone, Verdict
from roadworthy.decide.readiness.model import Criterion, Dimension, Level, Rubric
from roadworthy.decide.readiness.requirements import Answered, Claims, Judge, judge_of
from roadworthy.evidence.model import Claim
from roadworthy.evidence.rules import reported
from roadworthy.foundation.digests import digest_of
from roadworthy.inventory.service import Subject

MUST_WEIGHT = 3
SHOULD_WEIGHT = 1
"""A must weighs three times a should: our own choice, so that the score sorts by what blocks first."""

_HALVES = {
    Verdict.MET: 2,
    Verdict.NOT_APPLICABLE: 2,
    Verdict.PARTIAL: 1,
    Verdict.FAILED: 0,
    Verdict.UNKNOWN: 0,
}
_NOT_APPLICABLE = Answered(Verdict.NOT_APPLICABLE, "the rubric does not ask this of such a use case")
_WORST_FIRST = (Tone.RED, Tone.UNKNOWN, Tone.AMBER, Tone.GREEN)


class _Limit(NamedTuple):
    """One restriction of `appliesTo`."""

    value_of: Callable[[Subject], str | None]
    values: frozenset[str]

    def admits(self, subject: Subject) -> bool:
        value = self.value_of(subject)
        return value is None or value in self.values


class _Step(NamedTuple):
    criterion: Criterion
    dimension: Dimension
    limits: tuple[_Limit, ...]
    judge: Judge


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rubric made ready for use; compiling takes longer than assessing, so it is done once."""

    rubric: Rubric
    digest: str
    steps: tuple[_Step, ...]


def compile_rubric(rubric: Rubric) -> Compiled:
    """Turn a rubric's requirements into functions."""
    steps = tuple(
        _Step(criterion, dimension, _limits(criterion), judge_of(criterion))
        for dimension, criterion in rubric.criteria()
    )
    return Compiled(rubric, rubric_digest(rubric), steps)


def rubric_digest(rubric: Rubric) -> str:
    """The digest under which assessments name the rubric they were made with."""
    return digest_of(rubric.model_dump(mode="json", exclude_defaults=True))


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


def assess(
    subject: Subject, evidence: Mapping[str, Sequence[Claim]], rubric: Compiled, now: dt.datetime
) -> Assessment:
    """Judge a use case by every criterion of a rubric.

    Args:
        subject: the use case as declared and imported, with its tier and its seats.
        evidence: what was handed in about it, by fact; withdrawn items left out.
        rubric: the compiled rubric.
        now: the instant of the judgement.

    Returns:
        The assessment. It holds from `now` until `next_change_at`, as long as nobody changes anything.
    """
    claims = claims_of(subject, evidence)
    judgements = tuple(_judgement(step, subject, claims, now) for step in rubric.steps)
    scales = {
        dimension: scale_of([judgement for judgement in judgements if judgement.dimension is dimension])
        for dimension in Dimension
    }
    overall = scale_of(judgements)._replace(tone=worst(scale.tone for scale in scales.values()))
    return Assessment(
        use_case=subject.name,
        revision=subject.revision,
        rubric=rubric.digest,
        assessed_at=now,
        overall=overall,
        dimensions=scales,
        judgements=judgements,
        seats=subject.seats,
        methods=Counter(
            judgement.method if judgement.verdict is not Verdict.UNKNOWN else None
            for judgement in judgements
            if judgement.verdict is not Verdict.NOT_APPLICABLE
        ),
        next_change_at=min((judgement.changes_at for judgement in judgements if judgement.changes_at), default=None),
    )


def claims_of(subject: Subject, evidence: Mapping[str, Sequence[Claim]]) -> Claims:
    """What was handed in and what an import reported, side by side."""
    told = {fact: [reported(answer.answer, answer.reported_at)] for fact, answer in subject.answers.items()}
    return {**told, **{fact: [*claims, *told.get(fact, ())] for fact, claims in evidence.items()}}


def _judgement(step: _Step, subject: Subject, claims: Claims, now: dt.datetime) -> Judgement:
    applies = all(limit.admits(subject) for limit in step.limits)
    found = step.judge(subject, claims, now) if applies else _NOT_APPLICABLE
    return Judgement(step.criterion, step.dimension, *found)


def worst(tones: Iterable[Tone]) -> Tone:
    """The tone of several: red before unknown before amber before green."""
    seen = frozenset(tones)
    return next((tone for tone in _WORST_FIRST if tone in seen), Tone.UNKNOWN)


def scale_of(judgements: Sequence[Judgement]) -> Scale:
    """Tone, coverage and score of some judgements.

    What does not apply counts as nothing in the way: were it left out of the score instead, taking a fact away could
    make a met criterion apply and so raise the score. Silence never excuses (see `AppliesTo`), so only something that
    was said can make a criterion not apply.
    """
    applicable = known = weight = points = 0
    musts: set[Verdict] = set()
    is_minded = False
    for judgement in judgements:
        verdict = judgement.verdict
        is_must = judgement.criterion.level is Level.MUST
        share = MUST_WEIGHT if is_must else SHOULD_WEIGHT
        weight += 2 * share
        points += share * _HALVES[verdict]
        if verdict is Verdict.NOT_APPLICABLE:
            continue
        applicable += 1
        known += verdict is not Verdict.UNKNOWN
        if is_must:
            musts.add(verdict)
        else:
            is_minded = is_minded or verdict is not Verdict.MET
    if not applicable:
        return Scale(Tone.GREEN if judgements else Tone.UNKNOWN, 100 if judgements else 0, 100 if judgements else 0)
    return Scale(_tone(musts, is_minded=is_minded), 100 * known // applicable, 100 * points // weight)


def _tone(musts: set[Verdict], *, is_minded: bool) -> Tone:
    if Verdict.FAILED in musts:
        return Tone.RED
    if Verdict.UNKNOWN in musts:
        return Tone.UNKNOWN
    if Verdict.PARTIAL in musts or is_minded:
        return Tone.AMBER
    return Tone.GREEN
