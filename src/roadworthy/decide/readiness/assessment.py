"""What the rubric says of one use case: verdicts, tones, blockers, and when they will change by themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from roadworthy.decide.readiness.model import Criterion, Dimension, Effort
from roadworthy.evidence.model import Method
from roadworthy.inventory.model import Duty
from roadworthy.inventory.rules import Seat, SeatState


class Verdict(StrEnum):
    """What is known of one criterion."""

    MET = "met"
    PARTIAL = "partial"
    """On the way, waived, only reported, not confirmed, or in doubt."""
    FAILED = "failed"
    EXPIRED = "expired"
    """It was met or on the way, and its time is over. Worth nothing until it is known anew."""
    UNKNOWN = "unknown"
    """Nobody has said. Never good."""
    NOT_APPLICABLE = "not-applicable"


class Tone(StrEnum):
    """The colour of a dimension, always shown with its word and its shape."""

    RED = "red"
    """A must is known not to be met."""
    UNKNOWN = "unknown"
    """No must is known to fail, and of at least one nobody has said anything."""
    AMBER = "amber"
    GREEN = "green"

    @property
    def rank(self) -> int:
        """How good it is; unknown is not better than red, only different."""
        return {Tone.RED: 0, Tone.UNKNOWN: 0, Tone.AMBER: 1, Tone.GREEN: 2}[self]


class Judgement(NamedTuple):
    """The verdict on one criterion, and what it rests on."""

    criterion: Criterion
    dimension: Dimension
    verdict: Verdict
    why: str
    method: Method | None = None
    """How it is known; None where it is unknown or does not apply."""
    observed_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    evidence: str | None = None
    """Id of the evidence item, where there is one."""
    changes_at: dt.datetime | None = None
    """The next instant at which this judgement changes although nobody does anything."""
    waived_until: dt.datetime | None = None
    """Until when it is accepted that this is missing; a waived criterion is never met."""

    @property
    def fact(self) -> str | None:
        """The claim it asks for, where it asks for one."""
        asked = self.criterion.requires.fact
        return None if asked is None else asked.name


class Scale(NamedTuple):
    """The figures of one dimension, or of all of them."""

    tone: Tone
    coverage: int
    """Percent of the applicable criteria of which anything is known and has not expired, rounded down."""
    score: int
    """Percent of the rubric's weight that is met or does not apply, rounded down: a must weighs three, a should one;
    a claim counts by its method, and what is partly met counts half of that."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """A must that is not met: what, whose, how much work, and what turns it green."""

    criterion: str
    title: str
    dimension: Dimension
    verdict: Verdict
    why: str
    duty: Duty
    person: str | None
    """Who holds the duty; None is said openly as unassigned."""
    seat: SeatState
    effort: Effort
    turns_green: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a rubric says of a use case at an instant."""

    use_case: str
    revision: int
    """Of the use case, at which this holds."""
    rubric: str
    """Digest of the rubric."""
    assessed_at: dt.datetime
    overall: Scale
    dimensions: Mapping[Dimension, Scale]
    judgements: tuple[Judgement, ...]
    blocking: tuple[Judgement, ...]
    """Those of the musts that are not met, the least effort first."""
    seats: Mapping[Duty, Seat]
    marks: bytes
    """Verdict and method of each criterion, as `figures` writes them."""
    methods: Mapping[Method | None, int]
    """How many applicable criteria are known by each method; None counts the unknown ones."""
    expired: int
    """How many criteria were met or on the way until their evidence ran out."""
    next_change_at: dt.datetime | None
    """When the result changes by itself, because something expires; None where nothing will."""

    def of(self, dimension: Dimension) -> tuple[Judgement, ...]:
        """The judgements of one dimension, in the rubric's order."""
        return tuple(judgement for judgement in self.judgements if judgement.dimension is dimension)

    @property
    def blockers(self) -> tuple[Blocker, ...]:
        """Every unmet must, the least effort first."""
        return tuple(self._blocker(judgement) for judgement in self.blocking)

    @property
    def owner_gaps(self) -> tuple[Duty, ...]:
        """Duties that nobody is named for."""
        return tuple(duty for duty, seat in self.seats.items() if seat.state is SeatState.UNASSIGNED)

    @property
    def unconfirmed(self) -> tuple[Duty, ...]:
        """Duties whose person has not accepted yet."""
        return tuple(duty for duty, seat in self.seats.items() if seat.state is SeatState.UNCONFIRMED)

    @property
    def effort(self) -> Effort:
        """What all unmet musts usually take together."""
        efforts = [judgement.criterion.effort for judgement in self.blocking]
        return Effort.of(sum(each.low for each in efforts), sum(each.high for each in efforts))

    @property
    def unowned(self) -> int:
        """How many unmet musts nobody is named for."""
        return sum(self.seats[judgement.criterion.duty].person is None for judgement in self.blocking)

    def _blocker(self, judgement: Judgement) -> Blocker:
        criterion = judgement.criterion
        seat = self.seats[criterion.duty]
        return Blocker(
            criterion=criterion.id,
            title=criterion.title,
            dimension=judgement.dimension,
            verdict=judgement.verdict,
            why=judgement.why,
            duty=criterion.duty,
            person=seat.person,
            seat=seat.state,
            effort=criterion.effort,
            turns_green=criterion.turns_green,
        )
