"""What the pages of systems say."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Empty, Figure, Link, Moment, Say


@dataclass(frozen=True, slots=True)
class SystemLine:
    """A declared system in the list."""

    name: str
    href: str
    title: str
    speaks: str
    address: str
    owner: str
    actions: str
    state: Badge
    lately: str
    log: Badge | None
    """How far its own audit log is read; None where it declares none."""


@dataclass(frozen=True, slots=True)
class SystemsView:
    """Declared systems."""

    finding: str
    lede: str
    lines: tuple[SystemLine, ...]
    empty: Empty | None


@dataclass(frozen=True, slots=True)
class DeclaredLine:
    """An action that is declared of a system."""

    name: str
    title: str
    use_cases: tuple[Link, ...]
    effect: str
    once: str
    """What makes sure that it is done once."""
    back: str
    """What takes it back."""
    bounds: tuple[str, ...]
    """Limits, and when a person decides."""
    pin: Badge
    stop: Link | None
    actions: str
    """Where those are listed that were asked for."""


@dataclass(frozen=True, slots=True)
class SystemView:
    """One system."""

    name: str
    title: str
    state: Badge
    lede: str
    says: tuple[Say, ...]
    figures: tuple[Figure, ...]
    pairs: tuple[tuple[str, str], ...]
    log: tuple[tuple[str, str | Moment], ...]
    actions: tuple[DeclaredLine, ...]
    compare: str
    """Where it is asked what it offers now; empty for whoever may not."""


@dataclass(frozen=True, slots=True)
class Side:
    """One part of an action, as it was approved and as its system says it now."""

    name: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Compared:
    """An action that is not as it was declared."""

    name: str
    state: Badge
    what: tuple[str, ...]
    sides: tuple[Side, ...]
    approve: str
    """Where it is approved as it is now; empty where it is gone."""


@dataclass(frozen=True, slots=True)
class CompareView:
    """What a system offers now, against what is declared."""

    title: str
    finding: str
    back: Link
    says: tuple[Say, ...]
    changed: tuple[Compared, ...]
    fresh: tuple[str, ...]
    """What it offers and is not declared."""
    command: str
    """That drafts what is offered now, for a person to look at and apply."""
