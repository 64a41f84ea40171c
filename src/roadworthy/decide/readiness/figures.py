"""From verdicts to figures: tones, coverage, scores, blockers. The one place where they are added up.

A verdict with its method is one small number here, a *mark*, so that an assessment of fifty criteria is fifty bytes: it
can be stored, taken forward in time and added up again without the use case at hand (see `course`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress
from operator import getitem
from typing import NamedTuple

from roadworthy.decide.readiness.assessment import Judgement, Scale, Tone, Verdict
from roadworthy.decide.readiness.model import Criterion, Dimension, Level, Rubric
from roadworthy.evidence.model import Method
from roadworthy.evidence.rules import CREDIT
from roadworthy.inventory.model import Duty

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


_FINE = bytes((_MET, _NOT_APPLICABLE))
_TO_VERDICT = bytes(mark // _WAYS if mark < len(_MARKS) else 0 for mark in range(256))
_KNOWN = frozenset({_MET, _PARTIAL, _FAILED})
_NEITHER = 255


def _way(mark: int) -> int:
    """Under which method a criterion is counted; zero where it is unknown."""
    verdict, way = divmod(mark, _WAYS)
    return way if verdict in _KNOWN else 0 if verdict == _UNKNOWN else _NEITHER


_TO_WAY = bytes(map(_way, range(256)))


def mark_of(judgement: Judgement) -> int:
    """A judgement's verdict and method as one number, below 36."""
    return _MARKS[judgement.verdict, judgement.method]


def marks_of(judgements: Iterable[Judgement]) -> bytes:
    """The marks of judgements, a byte each."""
    return bytes([_MARKS[each.verdict, each.method] for each in judgements])


def _credit(verdict: Verdict, method: Method | None, *, claimed: bool) -> int:
    """Percent of a criterion's weight that a verdict is worth."""
    whole = CREDIT[method] if claimed and method is not None else WHOLE
    return {Verdict.MET: whole, Verdict.NOT_APPLICABLE: whole, Verdict.PARTIAL: whole // 2}.get(verdict, 0)


class Span(NamedTuple):
    """Where the criteria of one dimension stand among all of them."""

    part: slice
    musts: bytes
    """One for a must, zero for a should."""
    weight: int
    worths: tuple[tuple[int, ...], ...]
    """By place and mark: weight times credit."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What adding up needs to know of a rubric; one is the same as another only if it is the same object."""

    criteria: tuple[Criterion, ...]
    spans: tuple[Span, ...]
    """By dimension."""
    musts: tuple[int, ...]
    """Places of the musts, the least effort first."""
    least: tuple[int, ...]
    """Days that each criterion takes at least, by its place."""
    most: tuple[int, ...]
    duties: tuple[Duty, ...]
    """Whose each criterion is, by its place."""


def asked_by(rubric: Rubric) -> Asked:
    """Prepare a rubric for adding up."""
    criteria = tuple(criterion for _, criterion in rubric.criteria())
    musts = bytes(criterion.level is Level.MUST for criterion in criteria)
    weights = [MUST_WEIGHT if must else SHOULD_WEIGHT for must in musts]
    worths = tuple(
        tuple(weight * _credit(*each, claimed=criterion.requires.fact is not None) for each in _MARKS)
        for weight, criterion in zip(weights, criteria, strict=True)
    )
    spans, start = [], 0
    for dimension in Dimension:
        part = slice(start, start + len(rubric.dimensions.of(dimension)))
        spans.append(Span(part, musts[part], sum(weights[part]), worths[part]))
        start = part.stop
    by_effort = sorted(
        (place for place, must in enumerate(musts) if must),
        key=lambda place: (criteria[place].effort.low, criteria[place].effort.high),
    )  # equals keep the rubric's order, because sorting is stable
    return Asked(
        criteria=criteria,
        spans=tuple(spans),
        musts=tuple(by_effort),
        least=tuple(criterion.effort.low for criterion in criteria),
        most=tuple(criterion.effort.high for criterion in criteria),
        duties=tuple(criterion.duty for criterion in criteria),
    )


class Figures(NamedTuple):
    """What the marks of one use case add up to."""

    overall: Scale
    dimensions: Mapping[Dimension, Scale]
    known: Mapping[Method | None, int]
    """How many applicable criteria are known by each method; None counts the unknown ones."""
    expired: int
    blocking: tuple[int, ...]
    """Places of the unmet musts, the least effort first."""


@lru_cache(maxsize=8)  # whoever assesses and then stores adds up the same marks twice
def add_up(marks: bytes, asked: Asked) -> Figures:
    """Add up the marks of a use case, one per criterion in the rubric's order.

    What does not apply counts as nothing in the way: were it left out of the score instead, taking a fact away could
    make a met criterion apply and so raise the score. Silence never excuses (see `AppliesTo`), so only something that
    was said can make a criterion not apply; where that was claimed, it is worth what its method is worth.
    """
    spans, musts = asked.spans, asked.musts
    verdicts = marks.translate(_TO_VERDICT)
    ways = marks.translate(_TO_WAY)
    scales = []
    applicable = known = points = 0
    for part, is_must, weight, worths in spans:
        some = verdicts[part]
        asked_here = len(some) - some.count(_NOT_APPLICABLE)
        known_here = asked_here - some.count(_UNKNOWN) - some.count(_EXPIRED)
        points_here = sum(map(getitem, worths, marks[part]))
        at_musts = bytes(compress(some, is_must))
        if _FAILED in at_musts:
            tone = Tone.RED
        elif _UNKNOWN in at_musts:
            tone = Tone.UNKNOWN
        else:
            tone = Tone.GREEN if some.count(_MET) == asked_here else Tone.AMBER
        scales.append(_scale(tone, asked_here, known_here, weight, points_here))
        applicable += asked_here
        known += known_here
        points += points_here
    tone = worst(scale.tone for scale in scales)
    return Figures(
        overall=_scale(tone, applicable, known, sum(span.weight for span in spans), points),
        dimensions=dict(zip(Dimension, scales, strict=True)),
        known={method: ways.count(way) for way, method in enumerate(KNOWN_BY)},
        expired=verdicts.count(_EXPIRED),
        blocking=tuple(place for place in musts if verdicts[place] not in _FINE),
    )


def worst(tones: Iterable[Tone]) -> Tone:
    """The tone of several: red before unknown before amber before green."""
    seen = list(tones)
    return next((tone for tone in _WORST_FIRST if tone in seen), Tone.UNKNOWN)


def _scale(tone: Tone, applicable: int, known: int, weight: int, points: int) -> Scale:
    return Scale(tone, 100 * known // applicable if applicable else 100, points // weight)
