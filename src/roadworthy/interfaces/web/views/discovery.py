"""Discovery as its pages show it: what was seen, what it may be, and what to decide."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Empty, Field, Figure, Link, Moment, Pager, Say


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """One proposal of the list."""

    href: str
    title: str
    scheme: str
    state: Badge
    vendors: str
    models: str
    calls: str
    people: str
    last: Moment | None
    may_be: Link | None
    why: str
    """Why it may be that, or what was decided."""


@dataclass(frozen=True, slots=True)
class VendorRow:
    """One vendor, as logs and inventory know it."""

    title: str
    standing: Badge
    spellings: tuple[tuple[str, int], ...]
    """Of the logs, with their rows."""
    declared: tuple[tuple[str, int], ...]
    """Of the inventory, with their use cases."""
    calls: str
    proposals: int
    approved: str


@dataclass(frozen=True, slots=True)
class UploadLine:
    """Something that was looked at."""

    at: Moment
    source: str
    counts: str


@dataclass(frozen=True, slots=True)
class DiscoveryView:
    """The page with the list."""

    finding: str
    basis: str
    figures: tuple[Figure, ...]
    states: tuple[Link, ...]
    """Links to the lists of each state; the one that is shown has no address."""
    rows: tuple[ProposalLine, ...]
    vendors: tuple[VendorRow, ...]
    uploads: tuple[UploadLine, ...]
    most: str
    fault: Say | None = None
    empty: Empty | None = None
    pager: Pager | None = None


@dataclass(frozen=True, slots=True)
class SightingLine:
    """One combination of vendor, model, host and caller."""

    vendor: str
    model: str
    host: str
    caller: str
    calls: str
    tokens: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class MatchLine:
    """A registered use case that it may be."""

    name: str
    title: str
    href: str
    score: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProposalView:
    """The page of one proposal."""

    id: str
    title: str
    basis: str
    state: Badge
    figures: tuple[Figure, ...]
    sightings: tuple[SightingLine, ...]
    more: str
    matches: tuple[MatchLine, ...]
    decided: Say | None
    accept: tuple[Field, ...]
    link: tuple[Field, ...]
    dismiss: tuple[Field, ...]
    reopen: tuple[Field, ...]
    said: Say | None = None
    fault: Say | None = None
