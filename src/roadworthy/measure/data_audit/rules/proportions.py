"""The verdict on shares of two sides, for all columns of a rule at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from roadworthy.measure.data_audit.model import Verdict
from roadworthy.measure.fingerprint.model import Share
from roadworthy.measure.statistics.intervals import Interval, fisher_p, newcombe, newcombe_p
from roadworthy.measure.statistics.multiple import holm
from roadworthy.measure.statistics.samples import rows_for_share

_ONE_SIDED = 0.90
"""A two-sided interval of 90 % bounds one side at 95 %: what `no more than delta` is held to before it is a match."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What two shares come to."""

    verdict: Verdict
    difference: float
    """Production's share less the pilot's."""
    between: Interval
    """Of the difference."""
    needed: int | None = None


def outcomes(
    shares: Sequence[tuple[Share, Share]], delta: float, confidence: float, *, either_way: bool = False
) -> list[Outcome]:
    """Gap where production's share is more than delta above the pilot's, and chance is excluded with Holm.

    By Newcombe's interval and by Fisher's exact test, which alone holds for rare events in small samples.

    Match where the sample excludes a difference of delta; unknown where it cannot. `either_way` counts less too.
    A delta of 0 asks for any difference at all, which no sample excludes: what is no gap is a match then.
    """
    differences = [_difference(pilot, production) for pilot, production in shares]
    beyond = [(abs(each) if either_way else each) > delta for each in differences]
    chances = [
        _chance(pilot, production, 1 - confidence) if over else 1.0
        for (pilot, production), over in zip(shares, beyond, strict=True)
    ]
    counts = holm(chances, 1 - confidence)
    found = []
    for (pilot, production), difference, over, sure in zip(shares, differences, beyond, counts, strict=True):
        sizes = (pilot.count, pilot.of, production.count, production.of)
        between = newcombe(*sizes, confidence)
        if over and sure:
            found.append(Outcome(Verdict.GAP, difference, between))
            continue
        bounds = newcombe(*sizes, _ONE_SIDED)
        excluded = bounds.high <= delta and (not either_way or bounds.low >= -delta)
        if excluded or delta <= 0:
            found.append(Outcome(Verdict.MATCH, difference, between))
        else:
            needed = _needed(pilot, production, difference, delta)
            found.append(Outcome(Verdict.UNKNOWN, difference, between, needed))
    return found


def _chance(pilot: Share, production: Share, alpha: float) -> float:
    """How probable such a difference is between samples of one source; exactly where it would count."""
    sizes = (pilot.count, pilot.of, production.count, production.of)
    chance = newcombe_p(*sizes)
    return max(chance, fisher_p(*sizes)) if chance <= alpha else chance


def _needed(pilot: Share, production: Share, difference: float, delta: float) -> int | None:
    """Rows of the pilot that would tell; None where production itself has too few."""
    room = max(delta / 2, delta - abs(difference))
    share = max(pilot.value or 0.0, production.value or 0.0)
    needed = rows_for_share(share, room, _ONE_SIDED, production.of)
    return max(pilot.of + 1, needed) if needed is not None else None


def _difference(pilot: Share, production: Share) -> float:
    return (production.value or 0.0) - (pilot.value or 0.0) if pilot.of and production.of else 0.0
