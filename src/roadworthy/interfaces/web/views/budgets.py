"""What the pages of budgets say."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment


@dataclass(frozen=True, slots=True)
class GaugeLine:
    """A ceiling and how its window stands."""

    budget: Link | None
    name: str
    shown: str
    subject: str
    used: str
    percent: int
    state: Badge
    doubt: str
    """What dead processes held; empty where there is nothing."""
    ahead: str
    """What will become of it, in words."""
    full_at: Moment | None
    ends: Moment | None


@dataclass(frozen=True, slots=True)
class BudgetsView:
    """All budgets, or one of them."""

    finding: str
    lede: str
    back: Link
    lines: tuple[GaugeLine, ...]
    others: tuple[GaugeLine, ...]
    empty: Empty | None
    more: str = ""
    """That not everything is listed; empty where it is."""
