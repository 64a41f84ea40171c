"""Releases of a use case as their page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment, Say


@dataclass(frozen=True, slots=True)
class RunningLine:
    """What is to run at a stage, and whether the gate lets it."""

    stage: str
    release: str
    certificate: Link | None
    gate: Badge
    reasons: tuple[str, ...]
    """What failed, or what somebody should know."""


@dataclass(frozen=True, slots=True)
class PartLine:
    """A part of a release."""

    name: str
    known: Badge
    how: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class SightLine:
    """A source that sees a part otherwise."""

    part: str
    source: str
    badge: Badge
    digest: str
    since: Moment
    entry: Link


@dataclass(frozen=True, slots=True)
class ReleaseCard:
    """One release."""

    name: str
    digest: str
    badge: Badge
    where: str
    """Stages where it is to run; empty where it is to run nowhere."""
    parts: tuple[PartLine, ...]
    wrong: tuple[SightLine, ...]
    recorded: Moment
    by: str
    question: Link
    """Who let this happen, knowing what."""


@dataclass(frozen=True, slots=True)
class MoveLine:
    """Something that was done."""

    at: Moment
    what: str
    stage: str
    release: str
    before: str
    why: str
    by: str
    certificate: Link | None
    decision: Link | None
    entry: Link


@dataclass(frozen=True, slots=True)
class ObserverLine:
    """A registry that is watched."""

    name: str
    at: Moment
    state: Badge
    says: str


@dataclass(frozen=True, slots=True)
class ReleasesView:
    """The page."""

    back: Link
    finding: str
    basis: str
    says: tuple[Say, ...]
    running: tuple[RunningLine, ...]
    moves: tuple[MoveLine, ...]
    releases: tuple[ReleaseCard, ...]
    more: str
    """How many releases are older than those that are shown; empty where all are."""
    observers: tuple[ObserverLine, ...]
    empty: Empty | None
