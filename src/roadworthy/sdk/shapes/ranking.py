"""Types of the API: ranking. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from roadworthy.sdk.shapes.shared import Duty, Stage

Fits: TypeAlias = Literal["fits", "may-fit", "does-not-fit"]
"""Whether the open work fits into the near term."""


RankingPart: TypeAlias = Literal["accepted", "outcome-owner", "target", "date"]
"""One part of the owner's commitment."""


WhyNot: TypeAlias = Literal[
    "stage-not-ranked", "value-missing", "value-not-positive", "rate-missing", "commitment-missing", "effort-unknown"
]
"""Why a use case cannot be ranked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """A range of money."""

    low: str
    high: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """A range of working days."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """One change of facts that would move a use case among the picks, or out of them."""

    name: str
    moves: Literal["in", "out"]
    fact: str
    words: str
    person: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRankable:
    """A use case that cannot be ranked, and why."""

    name: str
    title: str
    stage: Stage | None
    reasons: tuple[WhyNot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """In how many scenarios a use case is among the picks."""

    name: str
    stays: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingPlace:
    """A use case in the order, with what counts of it."""

    rank: int
    name: str
    title: str
    stage: Stage | None
    value: Amounts
    """What counts of its annual value."""
    effort: Days
    """Open work with the usual underestimate, in working days."""
    confidence_counts: tuple[int, ...]
    """Percent of the value that counts for its confidence, from and to."""
    commitment_counts: int
    """Percent of the value that counts for the commitment behind it."""
    commitment: tuple[RankingPart, ...]
    business: str | None
    outcome_owner: str | None
    due: dt.date | None
    blockers: int
    unowned: int
    """Open musts whose duty nobody is named for."""
    on_front: bool
    dominated_by: str | None
    surely: bool
    fits: Fits


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A pilot worth pushing next, with its reasons."""

    place: RankingPlace
    reasons: tuple[str, ...]
    sensitivity: Sensitivity


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The ranking policy in force."""

    title: str
    digest: str
    shipped: bool
    """True while the organisation has declared none of its own."""
    generation: int | None
    spec: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingMoved:
    """What a supposition did to one use case; null is not rankable."""

    name: str
    before: int | None
    after: int | None
    was_picked: bool
    is_picked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The ranking at an instant."""

    at: dt.datetime
    currency: str | None
    total: int
    rankable: int
    picks: tuple[Pick, ...]
    front: tuple[str, ...]
    places: tuple[RankingPlace, ...]
    not_rankable: tuple[NotRankable, ...]
    reasons: Mapping[str, int]
    """How many cannot be ranked, by reason."""
    near: tuple[Sensitivity, ...]
    """Not picked, and among the picks in some scenarios."""
    scenarios: int
    flips: tuple[Flip, ...]
    moved: tuple[RankingMoved, ...]
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingChange:
    """Facts of one use case, supposed to be otherwise."""

    use_case: str
    value: tuple[Any, ...] | None = None
    """Annual value from and to, such as `250000 EUR` and `400000 EUR`."""
    confidence: Literal["low", "medium", "high"] | None = None
    stage: Stage | None = None
    accepted: tuple[Duty, ...] | None = None
    """Duties that somebody is named for and accepts."""
    released: tuple[Duty, ...] | None = None
    """Duties whose person gives them back."""
    named: tuple[Duty, ...] | None = None
    """Duties that somebody is named for."""
    outcome_owner: bool | None = None
    """Whether somebody answers for the number."""
    target: bool | None = None
    """Whether the number has a target."""
    date: bool | None = None
    """Whether the target has a date."""
    meets: tuple[str, ...] | None = None
    """Criteria that are met."""
    effort: tuple[Any, ...] | None = None
    """Open work in working days from and to, instead of the sum over the unmet musts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What is supposed to be otherwise."""

    changes: tuple[RankingChange, ...]
