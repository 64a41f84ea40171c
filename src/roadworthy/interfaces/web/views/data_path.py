"""The data path of a use case: pilot beside production, what stands in the way, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.documents.audit_report.model import GapShown, SourceReport
from roadworthy.interfaces.web.views.parts import Badge, Empty, Field, Link, Moment, Pager


@dataclass(frozen=True, slots=True)
class Declared:
    """A data source as the register has it."""

    name: str
    pilot: str
    """Empty where nobody has said."""
    production: str
    steward: str
    state: Badge
    unproven: str = ""
    """Share of production; empty where nothing was compared."""
    never_done: str = ""
    open: str = ""
    """Entries that stand in the way."""
    href: str = ""
    """Where its audit stands."""


@dataclass(frozen=True, slots=True)
class RunShown:
    """A run, as far as it is."""

    id: str
    state: Badge
    at: Moment
    who: str
    told: str
    """What is being done, or how it ended."""
    share: int | None = None
    """Percent done; None of a run that has ended."""
    left: str = ""
    """Time left, once it can be told."""
    cancel: str = ""
    """Where it is cancelled; empty once that cannot be."""
    resume: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One audited source."""

    report: SourceReport
    at: Moment
    whole: str = ""
    """Where all of it stands; empty where that is here."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the list, with what somebody can do about it."""

    gap: GapShown
    source: str
    waive: str = ""
    """Where it is waived; empty while it is, or when it is closed."""
    end: str = ""
    """Where its waiver is ended."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A gap that a later audit found gone."""

    title: str
    where: str
    source: str
    first_seen: str
    last_seen: str
    proof: str


@dataclass(frozen=True, slots=True)
class DataPathView:
    """The whole page."""

    name: str
    title: str
    """Of the use case."""
    finding: str
    basis: str
    state: Badge
    declared: tuple[Declared, ...]
    sources: tuple[Source, ...]
    entries: tuple[Entry, ...]
    unfolded: bool
    """Whether so few entries are shown that none needs to be folded."""
    pager: Pager | None
    """None where all entries are shown."""
    chosen: int
    """Entries that the filters leave, on all pages of the list."""
    total: int
    """Entries before the filters."""
    closed: tuple[Closed, ...]
    filters: tuple[Field, ...]
    filtered: bool
    running: RunShown | None
    runs: tuple[RunShown, ...]
    downloads: tuple[Link, ...]
    empty: Empty | None
    may_run: bool


@dataclass(frozen=True, slots=True)
class RunView:
    """A run on a page of its own, which a browser asks for again while it lasts."""

    name: str
    title: str
    finding: str
    run: RunShown
