"""What the page of one action says."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.exactly import Exactly
from roadworthy.interfaces.web.views.parts import Badge, Figure, Link, Moment, Say


@dataclass(frozen=True, slots=True)
class RuleLine:
    """Something that was looked at when it was decided."""

    rule: str
    says: Badge
    about: str


@dataclass(frozen=True, slots=True)
class TurnLine:
    """Something that the ledger has of it."""

    at: Moment
    what: str
    who: str
    note: str
    entry: Link


@dataclass(frozen=True, slots=True)
class EventLine:
    """What its system's own audit log says of it."""

    at: Moment
    operation: str
    does: Badge
    who: str
    amount: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Deed:
    """A button for whoever may see to it."""

    link: Link
    main: bool = False
    sends: bool = False
    """Whether it reads contents first, which is recorded, so that it takes a form."""


@dataclass(frozen=True, slots=True)
class AgentActionView:
    """One action."""

    id: str
    finding: str
    state: Badge
    lede: str
    use_case: Link
    run: Link
    says: tuple[Say, ...]
    figures: tuple[Figure, ...]
    deeds: tuple[Deed, ...]
    pairs: tuple[tuple[str, str | Link], ...]
    rules: tuple[RuleLine, ...]
    rules_note: str
    turns: tuple[TurnLine, ...]
    ledger: str
    events: tuple[EventLine, ...]
    events_note: str
    read: str
    """Where its contents are read; empty for whoever may not."""
    stop: Link | None


@dataclass(frozen=True, slots=True)
class AgentContentsView:
    """What was sent, and what came of it."""

    title: str
    lede: str
    back: Link
    sent: Exactly | None
    """None where it is not kept any more."""
    came: Exactly | None
    came_note: str
