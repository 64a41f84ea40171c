"""The words and tones that several pages use for the same thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from roadworthy.decide.readiness.assessment import Judgement, Scale, Verdict
from roadworthy.decide.readiness.assessment import Tone as Colour
from roadworthy.decide.readiness.model import Dimension
from roadworthy.evidence.model import Method
from roadworthy.interfaces.web.views.parts import Badge, Tone
from roadworthy.inventory.model import Duty
from roadworthy.inventory.rules import SeatState

DIMENSIONS: Final[Mapping[Dimension, str]] = {dimension: dimension.value.capitalize() for dimension in Dimension}

TONES: Final[Mapping[Colour, Badge]] = {
    Colour.GREEN: Badge(Tone.GO, "ready"),
    Colour.AMBER: Badge(Tone.MIND, "open"),
    Colour.RED: Badge(Tone.STOP, "blocked"),
    Colour.UNKNOWN: Badge(Tone.UNKNOWN, "unknown"),
}
"""How a dimension stands; in this order wherever they are listed."""

SEATS: Final[Mapping[SeatState, Badge]] = {
    SeatState.ACCEPTED: Badge(Tone.GO, "accepted"),
    SeatState.UNCONFIRMED: Badge(Tone.MIND, "unconfirmed"),
    SeatState.UNASSIGNED: Badge(Tone.UNKNOWN, "unassigned"),
}
SEAT_LEFT: Final = Badge(Tone.STOP, "has left")
"""Instead, where whoever is named is gone."""

METHODS: Final = (Method.MEASURED, Method.DOCUMENTED, Method.ATTESTED, Method.REPORTED, Method.DECLARED)
"""From the strongest to the weakest, as they are listed."""

_VERDICTS: Final[Mapping[Verdict, Badge]] = {
    Verdict.MET: Badge(Tone.GO, "met"),
    Verdict.PARTIAL: Badge(Tone.MIND, "partly"),
    Verdict.EXPIRED: Badge(Tone.STALE, "expired"),
    Verdict.FAILED: Badge(Tone.STOP, "not met"),
    Verdict.UNKNOWN: Badge(Tone.UNKNOWN, "unknown"),
    Verdict.NOT_APPLICABLE: Badge(Tone.ASIDE, "does not apply"),
}


def verdict(verdict: Verdict) -> Badge:
    """How a criterion stands."""
    return _VERDICTS[verdict]


def judged(judgement: Judgement) -> Badge:
    """The same of a judgement, which may be accepted as missing for a time."""
    if judgement.waived_until is not None:
        return Badge(Tone.MIND, f"waived until {judgement.waived_until:%Y-%m-%d}")
    return verdict(judgement.verdict)


def known(scale: Scale) -> str:
    """How much of a dimension is known."""
    return f"{scale.coverage}% known"


def holder(duty: Duty, person: str | None) -> str:
    """Whose something is."""
    return f"{duty} owner {person}" if person else f"{duty} duty, unassigned"


def spoken(value: str | None) -> str:
    """An enum's value as words; `not known` where nobody has said."""
    return value.replace("-", " ") if value else "not known"
