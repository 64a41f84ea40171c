"""What a report holds. It is kept as it was made: nothing in it is worked out again when it is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from roadworthy.foundation.resources.shape import Shape

DAYS = 30
"""How far the next steps reach."""


class Basis(Shape):
    """What it was judged by."""

    title: str
    digest: str
    shipped: bool


class LedgerState(Shape):
    """Where the record stood, so that the report can be held against it."""

    size: int
    root: str
    """Hexadecimal digits."""
    checkpoint: str
    """The signed note."""


class Gap(Shape):
    """A must that use cases do not meet."""

    criterion: str
    title: str
    duty: str
    unmet: int
    failed: int
    unknown: int
    expired: int
    waived: int = 0
    """By so many it is accepted for a time that they do not meet it; they count as not met."""
    low: int
    """Working days that meeting it once takes, as the rubric estimates."""
    high: int
    turns_green: str


class DimensionState(Shape):
    """One of the four dimensions over all use cases."""

    name: str
    tones: Mapping[str, int]
    gaps: tuple[Gap, ...]
    """The most frequent first."""


class Mode(Shape):
    """A failure mode, and how often it occurs."""

    name: str
    title: str
    family: str
    present: int
    cannot_tell: int
    absent: int
    goes_wrong: str


class Ask(Shape):
    """A question that would tell most about the failure modes."""

    asks: str
    duty: str
    open: int
    """Use cases of which the answer is not known."""


class Missing(Shape):
    """A use case with duties that nobody is named for."""

    use_case: str
    title: str
    duties: tuple[str, ...]


class Waiting(Shape):
    """Somebody who is named and has not accepted."""

    person: str
    seats: int
    use_cases: tuple[str, ...]
    """The first few."""


class Owners(Shape):
    """Who is missing."""

    lacking: int
    """Use cases with at least one duty that nobody is named for."""
    without: int
    """Use cases for which nobody at all is named."""
    unassigned: Mapping[str, int]
    missing: tuple[Missing, ...]
    waiting: tuple[Waiting, ...]
    waiting_seats: int


class Pushed(Shape):
    """A pilot worth pushing next."""

    use_case: str
    title: str
    reasons: tuple[str, ...]
    stays: int
    of: int
    out: tuple[str, ...]
    """What would move it out of the picks."""


class Chance(Shape):
    """A change of facts that would move a use case among the picks."""

    use_case: str
    title: str
    fact: str
    words: str
    person: str | None


class Step(Shape):
    """Something to do within the next thirty days."""

    day: dt.date
    who: str | None
    """None is said openly: nobody is named."""
    duty: str | None
    use_case: str | None
    title: str | None
    what: str
    criterion: str | None = None
    ends: bool = True
    """Whether it is done by that day; else it is under way by then."""


class Followed(Shape):
    """What became of a step of the report before."""

    step: Step
    done: bool


class Ending(Shape):
    """Evidence that runs out within the next thirty days."""

    use_case: str
    fact: str
    method: str
    day: dt.date


class State(Shape):
    """How one use case stood; kept short, because there are thousands."""

    title: Annotated[str, Field(alias="t")]
    tones: Annotated[str, Field(alias="c")]
    """A letter for the whole and for each dimension: r, u, a or g."""
    score: Annotated[int, Field(alias="s")]
    seats: Annotated[str, Field(alias="o")]
    """A letter for each duty: - nobody, n named, a accepted."""
    expired: Annotated[int, Field(alias="x")]
    """Criteria whose evidence has run out."""


class Report(Shape):
    """The whole report."""

    format: Literal[1] = 1
    id: str
    number: int
    nonce: str
    """Random, so that nobody can confirm a guess about an erased report by its digest."""
    made_at: dt.datetime
    made_by: str
    organisation: str
    ledger: LedgerState
    rubric: Basis
    policy: Basis
    total: int
    ready: int
    stages: Mapping[str, int]
    tones: Mapping[str, int]
    known_by: Mapping[str, int]
    dimensions: tuple[DimensionState, ...]
    diagnosed: int
    modes: tuple[Mode, ...]
    asks: tuple[Ask, ...]
    owners: Owners
    wanted: int
    """How many pilots the policy picks."""
    rankable: int
    three: tuple[Pushed, ...]
    chances: tuple[Chance, ...]
    not_rankable: Mapping[str, int]
    steps: tuple[Step, ...]
    followed: tuple[Followed, ...]
    ending: tuple[Ending, ...]
    ending_count: int
    states: Mapping[str, State]


@dataclass(frozen=True, slots=True)
class Made:
    """A report as a list shows it, without its content."""

    id: str
    number: int
    made_at: dt.datetime
    made_by: str
    """Reference of the person."""
    digest: str
    entry_id: str
    total: int
    ready: int
    picks: tuple[str, ...]
    """Names of use cases."""


class Direction(StrEnum):
    """Which way a use case moved between two reports."""

    BETTER = "better"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Shift:
    """A use case whose tones or score are others than before."""

    use_case: str
    title: str
    direction: Direction
    before: str
    """The tone of the whole."""
    after: str
    score_before: int
    score_after: int


@dataclass(frozen=True, slots=True)
class SeatChange:
    """A duty that somebody took, accepted or left."""

    use_case: str
    title: str
    duty: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Count:
    """A number then and now."""

    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed between two reports."""

    before: Report
    after: Report
    figures: tuple[Count, ...]
    moved: tuple[Shift, ...]
    """The worse first, then by how far."""
    stale: tuple[Count, ...]
    """Use cases with more expired evidence than before, by title."""
    came: tuple[SeatChange, ...]
    left: tuple[SeatChange, ...]
    modes: tuple[Count, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    picked: tuple[str, ...]
    """Titles of those that came among the picks."""
    dropped: tuple[str, ...]


# ---------------------------------------------------------------- the text


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the report's title."""

    level: int
    text: str
    breaks: bool = False
    """Begins a page where it is printed."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; words in backticks are names."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; columns of numbers stand to the right."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()


Block = Heading | Paragraph | Bullets | Table
