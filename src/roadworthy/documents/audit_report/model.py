"""The report of data path audits as a reader sees it: finished words and charts, and nothing left to decide."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from roadworthy.documents.charts.model import Bars, Picture, Table


class Format(StrEnum):
    """What a report can be had as."""

    HTML = "html"
    MARKDOWN = "markdown"
    JSON = "json"
    JUNIT = "junit"


class Tone(StrEnum):
    """How something stands; a word and a shape always go with the colour."""

    GO = "go"
    MIND = "mind"
    STOP = "stop"
    UNKNOWN = "unknown"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class Badge:
    """A tone in one or two words."""

    tone: Tone
    word: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A number to read first."""

    value: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What one thing is on each side."""

    name: str
    pilot: str
    production: str


@dataclass(frozen=True, slots=True)
class Term:
    """A name and what it is."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Sample:
    """An example of one side; `count` says how often, where it was counted."""

    text: str
    count: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """What a gap is about on one side."""

    measured: str
    """The number with its unit and interval; empty where none was measured."""
    examples: tuple[Sample, ...]

    @property
    def said(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.measured or self.examples)


@dataclass(frozen=True, slots=True)
class WaiverShown:
    """Who accepted the gap until when."""

    by: str
    reason: str
    control: str
    at: str
    until: str
    expired: bool = False


@dataclass(frozen=True, slots=True)
class GapShown:
    """One entry of the list. Texts are empty where there is nothing to say."""

    id: str
    anchor: str
    number: int
    rule: str
    area: str
    unknown: bool
    badge: Badge
    rank: int
    status: str
    title: str
    where: str
    """The column, or what else it concerns; empty for the whole source."""
    finding: str
    pilot: Side
    production: Side
    together: str
    """How far the sides lie apart, where that is one number."""
    affected: str
    rows_a_day: str
    needed: str
    consequence: str
    remediation: str
    effort: str
    owner: str
    """Empty where nobody is named."""
    proof: str
    query: str
    also: tuple[str, ...]
    """What else has the same cause, or the columns that an unknown covers."""
    charts: tuple[Picture | Bars, ...]
    waiver: WaiverShown | None = None
    first_seen: str = ""
    last_seen: str = ""


@dataclass(frozen=True, slots=True)
class Matched:
    """What was looked for by one rule and not found."""

    rule: str
    """In words."""
    count: int
    of: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One data source."""

    source: str
    anchor: str
    finding: str
    badge: Badge
    standing: str
    """One sentence: what stands in the way, or that nothing does."""
    warnings: tuple[str, ...]
    """What makes this less than the whole: cancelled, parts unread, sides swapped."""
    figures: tuple[Figure, ...]
    sides: tuple[Row, ...]
    """Empty where nothing was measured."""
    columns: Table | None
    gaps: tuple[GapShown, ...]
    waived: tuple[GapShown, ...]
    unknowns: tuple[GapShown, ...]
    coverage: tuple[Bars, ...]
    unproven: tuple[Term, ...]
    registered: bool
    """Whether owners can be known at all: of two bare paths nobody has named any."""
    lateness: Picture | None
    attrition: Bars | None
    matched: tuple[Matched, ...]
    pairings: Table | None
    """Columns that go by another name in production."""
    method: tuple[Term, ...]
    notes: tuple[str, ...]

    @property
    def listed(self) -> tuple[GapShown, ...]:
        """Everything that blocks, gaps before unknowns."""
        return (*self.gaps, *self.unknowns)

    @property
    def queries(self) -> tuple[GapShown, ...]:
        """What has a query that shows it."""
        return tuple(gap for gap in (*self.listed, *self.waived) if gap.query)


@dataclass(frozen=True, slots=True)
class Report:
    """All of it."""

    title: str
    """The finding."""
    subtitle: str
    sources: tuple[SourceReport, ...]
    made: str
