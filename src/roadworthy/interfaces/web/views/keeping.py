"""What is kept, and for how long, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Empty, Link, Moment, Say


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A class of texts."""

    name: str
    about: str
    kept: str
    """For how long."""
    there: str
    erased: str
    goes: str
    """What is erased next, and when."""
    before: str
    """The instant before which it was made, exactly; empty where nothing goes."""


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A legal hold."""

    on: str
    link: Link | None
    why: str
    at: Moment
    by: str
    lifted: Moment | None
    lifted_by: str
    act: Link | None


@dataclass(frozen=True, slots=True)
class KeepingView:
    """The page."""

    finding: str
    lede: str
    sayings: tuple[Say, ...]
    place: Link | None
    """Where a hold is placed, for whoever may."""
    holds: tuple[HoldLine, ...]
    empty: Empty | None
    classes: tuple[ClassLine, ...]
    policy: Empty | None
    """What to declare, where nobody did."""
    lifted: tuple[HoldLine, ...]
