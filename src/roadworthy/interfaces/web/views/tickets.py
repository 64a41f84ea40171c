"""Tickets as their pages show them: those that were sent, and what would leave the house."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment, Say


@dataclass(frozen=True, slots=True)
class TicketRef:
    """A ticket beside the blocker that it is about."""

    number: str
    state: Badge
    href: str = ""
    """Where it is in its own system; empty until it was sent."""


@dataclass(frozen=True, slots=True)
class TicketLine:
    """One ticket."""

    ref: TicketRef
    system: str
    use_case: Link
    blocker: str
    there: str
    """The other system's own word for its state."""
    asked: Moment | None
    note: str
    """What follows from how it stands."""
    close: str = ""
    """Where a form closes it; empty where it cannot be closed from here."""
    retry: str = ""
    evidence: Link | None = None


@dataclass(frozen=True, slots=True)
class SystemLine:
    """One declared ticket system."""

    name: str
    title: str
    address: str
    takes: str
    secret: Badge


@dataclass(frozen=True, slots=True)
class TicketsView:
    """The list."""

    finding: str
    basis: str
    tickets: tuple[TicketLine, ...]
    systems: tuple[SystemLine, ...]
    empty: Empty | None


@dataclass(frozen=True, slots=True)
class OfferCard:
    """A ticket that would be sent, word by word."""

    title: str
    system: str
    parts: tuple[tuple[str, str], ...]
    link: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PreviewView:
    """What would leave the house about one use case."""

    back: Link
    use_case: str
    criteria: tuple[str, ...]
    again: bool
    finding: str
    says: tuple[Say, ...]
    cards: tuple[OfferCard, ...]
    digest: str
