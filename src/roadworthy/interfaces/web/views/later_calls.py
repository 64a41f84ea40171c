"""What the page of calls that are answered later says."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment, Option


@dataclass(frozen=True, slots=True)
class LaterCallLine:
    """A call that is answered later."""

    short: str
    href: str
    """Empty where only its runs are on record, since no client asked for it."""
    at: Moment
    state: Badge
    why: str
    about: str
    """The rule or the code behind it."""
    endpoint: str
    use_case: Link
    stage: str
    model: str
    runs: str
    last: Link | None
    """The last run, which is a call of its own."""
    replay: str
    """Empty where it is none to make again, or not for whoever looks."""
    discard: str
    followed: Link | None
    """The call that it became, or that it is again."""


@dataclass(frozen=True, slots=True)
class LaterCallsView:
    """Calls that are answered later."""

    finding: str
    lede: str
    states: tuple[Option, ...]
    use_case: str
    endpoint: str
    filtered: bool
    lines: tuple[LaterCallLine, ...]
    older: str | None
    empty: Empty | None
