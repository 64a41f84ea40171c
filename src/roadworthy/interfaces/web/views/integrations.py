"""The integration path of a use case: each system, and what its latest probe found."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment, Say


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One trial."""

    verdict: Badge
    area: str
    name: str
    did: str
    expected: str
    got: str
    remedy: str
    details: tuple[str, ...]
    basis: str
    """Calls and window, in words; empty where there were none."""
    times: tuple[str, ...]
    """Quantiles with their intervals."""


@dataclass(frozen=True, slots=True)
class IntegrationCard:
    """One declared integration."""

    anchor: str
    system: str
    direction: str
    how: str
    """Protocol and address, or why it cannot be probed."""
    declare: str
    """Where that is declared; empty once it is."""
    verdict: Badge
    tried: Moment | None
    summary: str
    says: tuple[Say, ...]
    may_probe: bool
    trials: tuple[TrialLine, ...]
    passed: tuple[TrialLine, ...]
    """Those that passed, apart, so that what is to be done stands first."""
    evidence: Link | None
    earlier: tuple[tuple[Moment, Badge], ...]


@dataclass(frozen=True, slots=True)
class IntegrationsView:
    """The page."""

    back: Link
    name: str
    finding: str
    verdict: Badge
    basis: str
    cards: tuple[IntegrationCard, ...]
    probe_all: bool
    empty: Empty | None
