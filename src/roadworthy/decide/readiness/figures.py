"""From verdicts to figures: tones, coverage, scores, blockers. The one place where they are added up.

A verdict with its method is one small number here, a *mark*, so that an assessment of fifty criteria is fifty bytes: it
can be stored, taken forward in time and added up again without the use case at hand (see `course`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from roadworthy.decide.readiness.assessment import Judgement, Scale, Tone, Verdict
from roadworthy.decide.readiness.model import Criterion, Dimension, Level, Rubric
from roadworthy.evidence.model import Method
from roadworthy.evidence.rules import CREDIT

MUST_WEIGHT = 3
SHOULD_WEIGHT = 1
"""A must weighs three times a should: our own choice, so that the score sorts by what blocks first."""

WHOLE = 100
"""Credit, in percent, of what is met and was not claimed: a field of the record, an accepted seat, a known tier."""

KNOWN_BY: tuple[Method | None, ...] = (None, *Method)
_WAYS = len(KNOWN_BY)
_MARKS = {
    (verdict, method): place * _WAYS + at for place, verdict in enumerate(Verdict) for at, method in enumerate(KNOWN_BY)
}
_MET, _PARTIAL, _FAILED, _EXPIRED, _UNKNOWN, _NOT_APPLICABLE = range(len(Verdict))
_WORST_FIRST = (Tone.RED, Tone.UNKNOWN, Tone.AMBER, Tone.GREEN)


def mark_of(judgement: Judgement) -> int:
    """A judgement's verdict and method as one number, below 36."""
    return _MARKS[judgement.verdict, judgement.method]


def verdict_of(mark: int) -> Verdict:
    """The verdict in a mark."""
    return _VERDICTS[mark // _WAYS]


_VERDICTS = tuple(Verdict)


def _credit(verdict: Verdict, method: Method | None, *, claimed: bool) -> int:
    """Percent of a criterion's weight that a verdict is worth."""
    whole = CREDIT[method] if claimed and method is not None else WHOLE
    return {Verdict.MET: whole, Verdict.NOT_APPLICABLE: whole, Verdict.PARTIAL: whole // 2}.get(verdict, 0)


class Asked(NamedTuple):
    """What adding up needs to know of a rubric, by the place of the criterion."""

    criteria: tuple[Criterion, ...]
    spans: tuple[tuple[int, int, int], ...]
    """Of each dimension: its first place, the one after its last, and its weight."""
    musts: bytes
    worths: tuple[tuple[int, ...], ...]
    """By place and mark: weight times credit."""
    ranks: tuple[int, ...]
    """By place: the place in the order of effort."""


def asked_by(rubric: Rubric) -> Asked:
    """Prepare a rubric for adding up."""
    criteria = tuple(criterion for _, criterion in rubric.criteria())
    musts = bytes(criterion.level is Level.MUST for criterion in criteria)
    weights = [MUST_WEIGHT if must else SHOULD_WEIGHT for must in musts]
    spans, start = [], 0
    for dimension in Dimension:
        stop = start + len(rubric.dimensions.of(dimension))
        spans.append((start, stop, sum(weights[start:stop])))
        start = stop
    worths = tuple(
        tuple(weight * _credit(*each, claimed=criterion.requires.fact is not None) for each in _MARKS)
        for weight, criterion in zip(weights, criteria, strict=True)
    )
    by_effort = sorted(
        range(len(criteria)), key=lambda place: (criteria[place].effort.low, criteria[place].effort.high)
    )
    ranks = [0] * len(criteria)
    for rank, place in enumerate(by_effort):  # equals keep the rubric's order, because sorting is stable
        ranks[place] = rank
    return Asked(criteria, tuple(spans), musts, worths, tuple(ranks))


class Figures(NamedTuple):
    """What the marks of one use case add up to."""

    overall: Scale
    dimensions: Mapping[Dimension, Scale]
    known: Mapping[Method | None, int]
    """How many applicable criteria are known by each method; None counts the unknown ones."""
    expired: int
    blocking: tuple[int, ...]
    """Places of the unmet musts, the least effort first."""


def add_up(marks: Sequence[int], asked: Asked) -> Figures:
    """Add up the marks of a use case, one per criterion in the rubric's order.

    What does not apply counts as nothing in the way: were it left out of the score instead, taking a fact away could
    make a met criterion apply and so raise the score. Silence never excuses (see `AppliesTo`), so only something that
    was said can make a criterion not apply; where that was claimed, it is worth what its method is worth.
    """
    _, spans, musts, worths, ranks = asked
    counts = [0] * _WAYS
    scales = []
    blocking: list[int] = []
    all_applicable = all_known = all_points = all_weight = all_expired = 0
    for start, stop, weight in spans:
        applicable = known = points = expired = 0
        failed = unknown = minded = False
        for place in range(start, stop):
            mark = marks[place]
            points += worths[place][mark]
            verdict = mark // _WAYS
            if verdict == _NOT_APPLICABLE:
                continue
            applicable += 1
            if verdict == _UNKNOWN:
                counts[0] += 1
            elif verdict == _EXPIRED:
                expired += 1
            else:
                known += 1
                counts[mark % _WAYS] += 1
                if verdict == _MET:
                    continue
            minded = True
            if musts[place]:
                blocking.append(place)
                failed = failed or verdict == _FAILED
                unknown = unknown or verdict == _UNKNOWN
        tone = Tone.RED if failed else Tone.UNKNOWN if unknown else Tone.AMBER if minded else Tone.GREEN
        scales.append(_scale(tone, applicable, known, weight, points))
        all_applicable += applicable
        all_known += known
        all_points += points
        all_weight += weight
        all_expired += expired
    blocking.sort(key=ranks.__getitem__)
    tone = worst(scale.tone for scale in scales)
    return Figures(
        overall=_scale(tone, all_applicable, all_known, all_weight, all_points),
        dimensions=dict(zip(Dimension, scales, strict=True)),
        known=dict(zip(KNOWN_BY, counts, strict=True)),
        expired=all_expired,
        blocking=tuple(blocking),
    )


def worst(tones: Iterable[Tone]) -> Tone:
    """The tone of several: red before unknown before amber before green."""
    seen = list(tones)
    return next((tone for tone in _WORST_FIRST if tone in seen), Tone.UNKNOWN)


def _scale(tone: Tone, applicable: int, known: int, weight: int, points: int) -> Scale:
    return Scale(tone, 100 * known // applicable if applicable else 100, points // weight)
