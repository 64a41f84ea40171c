"""What a portfolio can be asked, and what it answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from roadworthy.decide.readiness.assessment import Scale, Tone
from roadworthy.decide.readiness.model import Dimension, Effort, Rubric
from roadworthy.evidence.model import Method
from roadworthy.inventory.model import Duty, Sector, Stage, Tier, UseCaseClass
from roadworthy.inventory.rules import SeatState

PAGE = 100
"""Rows on a page of the portfolio."""


class Sort(StrEnum):
    """What a portfolio can be ordered by.

    Tones order from red over unknown and amber to green, stages and tiers as they follow one another; what is not
    known comes last either way.
    """

    NAME = "name"
    TITLE = "title"
    ORGANISATION = "organisation"
    SECTOR = "sector"
    STAGE = "stage"
    CLASS = "class"
    TIER = "tier"
    OVERALL = "overall"
    DATA = "data"
    GOVERNANCE = "governance"
    INTEGRATION = "integration"
    OWNERSHIP = "ownership"
    SCORE = "score"
    COVERAGE = "coverage"
    BLOCKERS = "blockers"
    OWNER_GAPS = "owner-gaps"
    EXPIRED = "expired"
    EFFORT = "effort"


@dataclass(frozen=True, slots=True)
class PortfolioQuery:
    """Which use cases, in which order, which page. An unset filter lets everything through."""

    text: str = ""
    """Every word must stand in the name, title, organisation, unit or topic."""
    organisation: str | None = None
    sector: Sector | None = None
    stage: Stage | None = None
    class_: UseCaseClass | None = None
    tier: Tier | Literal["open"] | None = None
    """`open` finds those whose tier is not known."""
    overall: Tone | None = None
    tones: Mapping[Dimension, Tone] = field(default_factory=dict)
    owner_gap: Duty | Literal["any"] | None = None
    """Those for which nobody is named: for this duty, or for at least one."""
    stale: bool | None = None
    """Those of which something has expired, or those of which nothing has."""
    sort: Sort = Sort.SCORE
    descending: bool = True
    page: int = 1
    """Counts from 1; a page past the end is the last page."""


@dataclass(frozen=True, slots=True)
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
    dimensions: Mapping[Dimension, Scale]
    seats: Mapping[Duty, SeatState]
    expired: int
    """Criteria whose evidence has run out."""
    blockers: int
    effort: Effort
    """What all blockers usually take together."""
    unowned: int
    """Blockers that nobody is named for."""
    first_blocker: str | None
    """The blocker of least effort: what is not so yet."""
    first_step: str | None
    """What turns it green."""
    first_duty: Duty | None
    first_person: str | None
    """Who holds that duty; None is said openly as unassigned."""
    assessed_at: dt.datetime
    next_change_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Headline:
    """The figures of everything that matches the query, not of one page."""

    total: int
    overall: Mapping[Tone, int]
    tones: Mapping[Dimension, Mapping[Tone, int]]
    """Per dimension, how many use cases have which tone; every tone is there, with zero where none."""
    lacking_owners: int
    """Use cases with at least one duty that nobody is named for."""
    without_owners: int
    """Use cases for which nobody at all is named."""
    unassigned: Mapping[Duty, int]
    unconfirmed: int
    """Use cases with somebody named who has not accepted."""
    known_by: Mapping[Method | None, int]
    """How many criteria are known by each method, over all use cases; None counts the unknown ones."""
    stale: int
    """Use cases of which something has expired."""
    expired: int
    """Criteria whose evidence has run out, over all use cases."""
    assessed_at: dt.datetime | None
    """The oldest assessment among them, which still holds."""

    @property
    def ready(self) -> int:
        """Use cases that are green in every dimension."""
        return self.overall[Tone.GREEN]


@dataclass(frozen=True, slots=True)
class RubricInForce:
    """The rubric that applies now."""

    rubric: Rubric
    digest: str
    generation: int | None
    """Of the declared rubric; None while the organisation has declared none and the shipped one applies."""

    @property
    def is_shipped(self) -> bool:
        """Whether it is the rubric that ships, because nobody declared another."""
        return self.generation is None


@dataclass(frozen=True, slots=True)
class PortfolioPage:
    """A page of the portfolio with the figures of all that matches."""

    rows: tuple[PortfolioRow, ...]
    page: int
    pages: int
    headline: Headline
    organisations: tuple[str, ...]
    """Every organisation in the register, for the filter."""
    rubric: RubricInForce
    pending: int = 0
    """Use cases that changed while the page was made and are not assessed anew yet; nearly always none."""

    @property
    def total(self) -> int:
        """How many use cases match."""
        return self.headline.total


@dataclass(frozen=True, slots=True)
class Tally:
    """What an assessment of many came to."""

    assessed: int
    changed: int
    """Those whose tone in any dimension is another than before, first assessments included."""
    overall: Mapping[Tone, int]
    rubric: RubricInForce
