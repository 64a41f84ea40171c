"""From a rubric and what is known to verdicts and tones: pure, and fast enough for a whole portfolio."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from roadworthy.decide.readiness.assessment import Assessment, Judgement, Scale, Tone, Verdict
from roadworthy.decide.readiness.model import Criterion, Dimension, Level, Rubric
from roadworthy.decide.readiness.requirements import Handed, Judge, judge_of
from roadworthy.evidence.model import Method
from roadworthy.foundation.digests import digest_of
from roadworthy.inventory.service import Subject

MUST_WEIGHT = 3
SHOULD_WEIGHT = 1
"""A must weighs three times a should: our own choice, so that the score sorts by what blocks first."""

_MET, _PARTIAL, _FAILED, _UNKNOWN, _NOT_APPLICABLE = Verdict
"""The verdicts, looked up once: on Python 3.11 every `Verdict.MET` calls a function."""
_EXCUSED = "the rubric does not ask this of such a use case"
_WORST_FIRST = (Tone.RED, Tone.UNKNOWN, Tone.AMBER, Tone.GREEN)


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
    is_must: bool
    rank: int
    """Place in the order of effort, over the whole rubric."""
    points: int
    """What it adds to the score when met, twice its weight, so that half of it is whole."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rubric made ready for use; compiling takes longer than assessing, so it is done once."""

    rubric: Rubric
    digest: str
    steps: Mapping[Dimension, tuple[_Step, ...]]


def compile_rubric(rubric: Rubric) -> Compiled:
    """Turn a rubric's requirements into functions."""
    by_effort = sorted((criterion for _, criterion in rubric.criteria()), key=_effort)
    ranks = {criterion.id: rank for rank, criterion in enumerate(by_effort)}
    steps = {
        dimension: tuple(_step(each, dimension, ranks[each.id]) for each in rubric.dimensions.of(dimension))
        for dimension in Dimension
    }
    return Compiled(rubric, rubric_digest(rubric), steps)


def _effort(criterion: Criterion) -> tuple[int, int]:
    """What takes least comes first; equals keep the rubric's order, because sorting is stable."""
    return criterion.effort.low, criterion.effort.high


def _step(criterion: Criterion, dimension: Dimension, rank: int) -> _Step:
    return _Step(
        limits=_limits(criterion),
        judge=judge_of(criterion, dimension),
        excused=Judgement(criterion, dimension, Verdict.NOT_APPLICABLE, _EXCUSED),
        is_must=criterion.level is Level.MUST,
        rank=rank,
        points=2 * (MUST_WEIGHT if criterion.level is Level.MUST else SHOULD_WEIGHT),
    )


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
    gathered = _Gathered([], [], [])
    scales: dict[Dimension, Scale] = {}
    total = [0, 0, 0, 0]
    for dimension, steps in rubric.steps.items():
        tone, sums = _dimension(steps, subject, handed, now, gathered)
        scales[dimension] = _scale(tone, *sums)
        total = [before + added for before, added in zip(total, sums, strict=True)]
    gathered.blocking.sort()
    changes = [each.changes_at for each in gathered.judgements if each.changes_at is not None]
    return Assessment(
        use_case=subject.name,
        revision=subject.revision,
        rubric=rubric.digest,
        assessed_at=now,
        overall=_scale(worst(scale.tone for scale in scales.values()), *total),
        dimensions=scales,
        judgements=tuple(gathered.judgements),
        blocking=tuple(judgement for _, judgement in gathered.blocking),
        seats=subject.seats,
        methods={
            **{method: gathered.methods.count(method) for method in _METHODS},
            None: total[0] - total[1],
        },
        next_change_at=min(changes) if changes else None,
    )


class _Gathered(NamedTuple):
    """What is gathered over all dimensions."""

    judgements: list[Judgement]
    blocking: list[tuple[int, Judgement]]
    """Unmet musts with their rank, which is theirs alone."""
    methods: list[Method | None]
    """Of the criteria of which something is known."""


_METHODS = tuple(Method)


def worst(tones: Iterable[Tone]) -> Tone:
    """The tone of several: red before unknown before amber before green."""
    seen = list(tones)
    return next((tone for tone in _WORST_FIRST if tone in seen), Tone.UNKNOWN)


def _dimension(
    steps: Sequence[_Step], subject: Subject, handed: Handed, now: dt.datetime, gathered: _Gathered
) -> tuple[Tone, tuple[int, int, int, int]]:
    """Judge one dimension: its tone, and how many apply and are known, the weight and the points.

    What does not apply counts as nothing in the way: were it left out of the score instead, taking a fact away could
    make a met criterion apply and so raise the score. Silence never excuses (see `AppliesTo`), so only something that
    was said can make a criterion not apply.
    """
    judgements, blocking, methods = gathered
    known_before = len(methods)
    excuses = weight = points = 0
    unmet: list[Verdict] = []
    is_minded = False
    for limits, judge, excused, is_must, rank, worth in steps:
        judgement = judge(subject, handed, now) if not limits or _admitted(limits, subject) else excused
        judgements.append(judgement)
        verdict = judgement.verdict
        weight += worth
        if verdict is _NOT_APPLICABLE:
            excuses += 1
            points += worth
            continue
        if verdict is not _UNKNOWN:
            methods.append(judgement.method)
            if verdict is _MET:
                points += worth
                continue
            if verdict is _PARTIAL:
                points += worth // 2
        if is_must:
            unmet.append(verdict)
            blocking.append((rank, judgement))
        else:
            is_minded = True
    sums = (len(steps) - excuses, len(methods) - known_before, weight, points)
    return _tone(unmet, is_minded=is_minded), sums


def _admitted(limits: Sequence[_Limit], subject: Subject) -> bool:
    return all(limit.admits(subject) for limit in limits)


def _tone(unmet: Sequence[Verdict], *, is_minded: bool) -> Tone:
    """The tone that unmet musts and unmet shoulds leave."""
    if _FAILED in unmet:
        return Tone.RED
    if _UNKNOWN in unmet:
        return Tone.UNKNOWN
    return Tone.AMBER if unmet or is_minded else Tone.GREEN


def _scale(tone: Tone, applicable: int, known: int, weight: int, points: int) -> Scale:
    return Scale(tone, 100 * known // applicable if applicable else 100, 100 * points // weight)
