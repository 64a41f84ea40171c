"""What a ranking is made of: the policy that people declare, what is known of a use case, and what came of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, StringConstraints, model_validator

from roadworthy.foundation.money import Money
from roadworthy.foundation.resources.shape import Shape
from roadworthy.inventory.model import AnnualValue, Duty, Stage

Confidence = Literal["low", "medium", "high"]
Percent = Annotated[int, Field(ge=0, le=100)]
Factor = Annotated[Decimal, Field(ge=1, le=20, max_digits=4, decimal_places=2)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Underestimate(Shape):
    """By how much efforts usually turn out longer than they were estimated, integration included."""

    low: Factor
    high: Factor

    @model_validator(mode="after")
    def _is_a_range(self) -> Underestimate:
        if self.low > self.high:
            raise ValueError(f"`low` ({self.low}) is above `high` ({self.high}); swap them")
        return self


class Share(Shape):
    """A range of percentages."""

    low: Percent
    high: Percent

    @model_validator(mode="after")
    def _is_a_range(self) -> Share:
        if self.low > self.high:
            raise ValueError(f"`low` ({self.low}) is above `high` ({self.high}); swap them")
        return self


class ConfidenceShares(Shape):
    """How much of a declared value counts, by the confidence that is declared with it."""

    low: Share
    medium: Share
    high: Share

    def of(self, confidence: Confidence) -> Share:
        """The share of one confidence."""
        share: Share = getattr(self, confidence)
        return share

    @model_validator(mode="after")
    def _rises(self) -> ConfidenceShares:
        for weaker, stronger in ((self.low, self.medium), (self.medium, self.high)):
            if weaker.low > stronger.low or weaker.high > stronger.high:
                raise ValueError("a lower confidence counts for more than a higher one; let the shares rise")
        return self


class CommitmentShares(Shape):
    """How much of a declared value each part of the owner's commitment lets count; together a hundred percent."""

    accepted: Percent = Field(description="The business owner accepted the duty.")
    outcome_owner: Percent = Field(description="Somebody answers for the number.")
    target: Percent = Field(description="The number has a target.")
    date: Percent = Field(description="The target has a date.")

    @model_validator(mode="after")
    def _is_whole(self) -> CommitmentShares:
        whole = self.accepted + self.outcome_owner + self.target + self.date
        if whole != 100:  # noqa: PLR2004 - a hundred percent
            raise ValueError(f"the four parts come to {whole} percent; make them a hundred")
        return self


class Rate(Shape):
    """What one unit of a currency is worth in the currency in which values are compared."""

    currency: Currency
    rate: Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=10)]


class RankingPolicy(Shape):
    """The spec of a declared `RankingPolicy`: every assumption that a ranking rests on."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    pick: Annotated[int, Field(ge=1, le=20)] = Field(description="How many pilots are picked.")
    stages: tuple[Stage, ...] = Field(min_length=1, description="Stages at which a use case is ranked.")
    underestimate: Underestimate
    ownerless: Annotated[int, Field(ge=0, le=400)] = Field(
        description="Percent by which work counts for more where nobody is named who may do it."
    )
    confidence: ConfidenceShares
    commitment: CommitmentShares
    horizon: Annotated[int, Field(ge=1, le=999)] = Field(description="Working days that count as the near term.")
    people: Annotated[int, Field(ge=1, le=99)] = Field(description="People who work on one pilot at a time.")
    currency: Currency | None = Field(
        default=None, description="In which values are compared; the most frequent declared one by default."
    )
    rates: tuple[Rate, ...] = Field(default=(), description="For values that are declared in other currencies.")


class WhyNot(StrEnum):
    """Why a use case cannot be ranked."""

    STAGE = "stage-not-ranked"
    """It is in production, retired, only proposed, or nobody has said."""
    VALUE = "value-missing"
    """Nobody has said what it is worth in a year."""
    WORTHLESS = "value-not-positive"
    """Its annual value is nothing or less."""
    RATE = "rate-missing"
    """Its value is in a currency for which the policy declares no rate."""
    COMMITMENT = "commitment-missing"
    """Nobody has accepted the business duty and nobody answers for the number."""
    EFFORT = "effort-unknown"
    """Something is open, and the rubric does not say how much work it is."""


class Part(StrEnum):
    """One part of the owner's commitment."""

    ACCEPTED = "accepted"
    OUTCOME_OWNER = "outcome-owner"
    TARGET = "target"
    DATE = "date"


class Fits(StrEnum):
    """Whether the open work fits into the near term."""

    YES = "fits"
    PERHAPS = "may-fit"
    NO = "does-not-fit"


class Span(NamedTuple):
    """A range of whole numbers."""

    low: int
    high: int

    @property
    def doubled(self) -> int:
        """Twice its middle, which is whole where the middle may not be."""
        return self.low + self.high


class Point(NamedTuple):
    """Where a use case stands in the trade-off."""

    name: str
    value: Span
    """What counts of its annual value, in minor units of the currency of the comparison."""
    effort: Span
    """Open work, in hundredths of a working day."""


class Value(NamedTuple):
    """A declared annual value."""

    low: Money
    high: Money
    confidence: Confidence


class Case(NamedTuple):
    """Everything that ranking reads about a use case."""

    name: str
    title: str
    stage: Stage | None
    value: Value | None
    business: str | None
    """Who is named for the business duty."""
    outcome_owner: str | None
    due: dt.date | None
    parts: frozenset[Part]
    effort: Span
    """Sum over the unmet musts, as the rubric estimates them: working days."""
    blockers: int
    unowned: int
    """Unmet musts whose duty nobody is named for."""
    unnamed: frozenset[Duty]
    """Duties that nobody is named for."""


class Estimate(NamedTuple):
    """A use case with what counts of it."""

    case: Case
    declared: Span
    """Its annual value in minor units of the currency of the comparison."""
    confidence: Span
    """Percent of it that counts for the confidence declared with it."""
    commitment: int
    """Percent of it that counts for the commitment behind it."""
    surcharge: int
    """Percent of the planned effort that counts because somebody has yet to be found; a hundred where nobody has."""
    point: Point


@dataclass(frozen=True, slots=True)
class NotRankable:
    """A use case that cannot be ranked, and what would have to be known."""

    case: Case
    reasons: tuple[WhyNot, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A use case in the order."""

    rank: int
    """Counts from 1."""
    estimate: Estimate
    on_front: bool
    """Whether no other offers at least as much for at most as much work, in the middle of the ranges."""
    dominated_by: str | None
    """One that does."""
    surely: bool
    """Whether that one is better at both ends too: its worst is not worse than this one's best."""
    fits: Fits


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """In how many scenarios a use case stays among the picks."""

    name: str
    stays: int
    of: int


@dataclass(frozen=True, slots=True)
class Flip:
    """One change of facts that would move a use case into the picks, or out of them; found by ranking anew."""

    name: str
    moves: Literal["in", "out"]
    fact: str
    """Slug of what changes: `business-accepted`, `value`, `criterion:<id>`, and so on."""
    words: str
    """The change in a sentence that goes on with what it does."""
    person: str | None = None
    """Who could bring it about; None where nobody is named or nobody in particular can."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A pilot that is worth pushing next, with its reasons."""

    place: Place
    reasons: tuple[str, ...]
    sensitivity: Sensitivity


@dataclass(frozen=True, slots=True)
class Moved:
    """What a hypothetical change did to one use case."""

    name: str
    before: int | None
    """Its rank; None where it could not be ranked."""
    after: int | None
    was_picked: bool
    is_picked: bool


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """The ranking policy that applies."""

    policy: RankingPolicy
    digest: str
    generation: int | None
    """Of the declared policy; None while the shipped one applies."""

    @property
    def is_shipped(self) -> bool:
        """Whether it is the policy that ships, because nobody declared another."""
        return self.generation is None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A ranking at an instant."""

    at: dt.datetime
    policy: PolicyInForce
    currency: str | None
    """In which values are compared; None where no value is declared at all."""
    places: tuple[Place, ...]
    """Everything that can be ranked, the best first."""
    picks: tuple[Pick, ...]
    not_rankable: tuple[NotRankable, ...]
    near: tuple[Sensitivity, ...]
    """Those that are not picked and come among the picks in at least one scenario."""
    scenarios: int
    flips: tuple[Flip, ...]
    total: int
    moved: tuple[Moved, ...] = ()
    """What the hypothetical change did; empty where none was asked for."""

    @property
    def front(self) -> tuple[Place, ...]:
        """Those that no other dominates, the best first."""
        return tuple(place for place in self.places if place.on_front)


class Change(Shape):
    """Facts of one use case, supposed to be otherwise; what is unset stays as it is. Nothing of it is stored."""

    use_case: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    value: tuple[str, str] | None = Field(
        default=None, description="Annual value from and to, such as `250000 EUR` and `400000 EUR`."
    )
    confidence: Confidence | None = None
    stage: Stage | None = None
    accepted: tuple[Duty, ...] = Field(default=(), description="Duties that somebody is named for and accepts.")
    released: tuple[Duty, ...] = Field(default=(), description="Duties whose person gives them back.")
    named: tuple[Duty, ...] = Field(default=(), description="Duties that somebody is named for.")
    outcome_owner: bool | None = Field(default=None, description="Whether somebody answers for the number.")
    target: bool | None = Field(default=None, description="Whether the number has a target.")
    date: bool | None = Field(default=None, description="Whether the target has a date.")
    meets: tuple[Annotated[str, StringConstraints(max_length=60)], ...] = Field(
        default=(), description="Criteria that are met."
    )
    effort: tuple[Annotated[int, Field(ge=0, le=100_000)], Annotated[int, Field(ge=0, le=100_000)]] | None = Field(
        default=None, description="Open work in working days from and to, instead of the sum over the unmet musts."
    )

    @model_validator(mode="after")
    def _are_ranges(self) -> Change:
        if self.effort is not None and self.effort[0] > self.effort[1]:
            raise ValueError(f"the effort begins at {self.effort[0]} days and ends at {self.effort[1]}; swap them")
        if self.value is not None:
            AnnualValue(low=self.value[0], high=self.value[1], basis="supposed", confidence="low")
        return self


class WhatIf(Shape):
    """What is supposed to be otherwise."""

    changes: tuple[Change, ...] = Field(min_length=1, max_length=100)
