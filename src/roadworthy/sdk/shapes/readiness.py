"""Types of the API: readiness. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from roadworthy.sdk.shapes.shared import Duty, EffortBody, Scale, SeatState, Stage, Tier

Sector: TypeAlias = Literal["financial-services", "healthcare", "government", "enterprise-technology", "other"]
"""The kind of organisation, which decides the default posture."""


Sort: TypeAlias = Literal[
    "name",
    "title",
    "organisation",
    "sector",
    "stage",
    "class",
    "tier",
    "overall",
    "data",
    "governance",
    "integration",
    "ownership",
    "score",
    "coverage",
    "blockers",
    "owner-gaps",
    "expired",
    "effort",
]
"""What a portfolio can be ordered by."""


UseCaseClass: TypeAlias = Literal["predictive", "generative", "agentic"]
"""What the AI does with what it computes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assess:
    """Which use cases to assess anew; all of them where none is named."""

    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """Figures of everything that matches, not of one page."""

    total: int
    ready: int
    overall: Mapping[str, int]
    tones: Mapping[str, Mapping[str, int]]
    lacking_owners: int
    without_owners: int
    unassigned: Mapping[str, int]
    unconfirmed: int
    known_by: Mapping[str, int]
    stale: int
    """Use cases of which something has expired."""
    expired: int
    """Criteria whose evidence has run out, over all of them."""
    assessed_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioRow:
    """One use case in the portfolio."""

    name: str
    title: str
    organisation: str | None
    sector: Sector | None
    stage: Stage | None
    class_: UseCaseClass | None
    tier: Tier | None
    overall: Scale
    dimensions: Mapping[str, Scale]
    seats: Mapping[str, SeatState]
    expired: int
    """Criteria whose evidence has run out."""
    blockers: int
    effort: EffortBody
    unowned: int
    """Blockers that nobody is named for."""
    first_blocker: str | None
    first_step: str | None
    first_duty: Duty | None
    first_person: str | None
    assessed_at: dt.datetime
    next_change_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricRef:
    """Which rubric applied."""

    title: str
    digest: str
    shipped: bool
    """True while the organisation has declared none of its own."""
    generation: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """A page of the portfolio, with the figures of all that matches."""

    items: tuple[PortfolioRow, ...]
    page: int
    pages: int
    headline: Headline
    rubric: RubricRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """The rubric in force."""

    title: str
    digest: str
    shipped: bool
    """True while the organisation has declared none of its own."""
    generation: int | None
    spec: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What assessing many came to."""

    assessed: int
    changed: int
    overall: Mapping[str, int]
    rubric: RubricRef
