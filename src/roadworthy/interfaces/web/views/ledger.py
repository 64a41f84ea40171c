"""The ledger as its pages show it."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Empty, Field, Link, Moment, Say


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry of the list."""

    position: str
    href: str
    at: Moment
    what: str
    resource: Link | None
    resource_name: str
    who: str
    via: str
    decision: str
    ask: str
    """Where one asks who let it happen."""
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LedgerView:
    """The list."""

    finding: str
    basis: str
    origin: str
    key: str
    filters: tuple[Field, ...]
    filtered: bool
    entries: tuple[EntryLine, ...]
    older: str | None
    empty: Empty | None
    missing: Say | None = None
    """What the search did not see."""


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry with its proof."""

    line: EntryLine
    pairs: tuple[tuple[str, str], ...]
    payloads: tuple[tuple[str, str, str], ...]
    """Name, commitment, size."""
    raw: str
    proof: str
    """The content of a proof file; empty where there is none yet."""
    note: Say | None


@dataclass(frozen=True, slots=True)
class VerifiedView:
    """What a verification found."""

    finding: str
    state: Badge
    pairs: tuple[tuple[str, str], ...]
    faults: tuple[str, ...]
