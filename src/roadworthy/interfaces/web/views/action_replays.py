"""Past actions under other rules, as their page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Link, Moment, Say


@dataclass(frozen=True, slots=True)
class ReplaySumLine:
    """Decisions of one kind."""

    then: Badge
    now: Badge
    count: str
    amounts: str
    differs: bool


@dataclass(frozen=True, slots=True)
class ReplayOfLine:
    """Differences of one rule or customer."""

    name: str
    then: Badge
    now: Badge
    count: str
    amounts: str


@dataclass(frozen=True, slots=True)
class ReplayDifferenceLine:
    """One decision that would be another."""

    at: Moment
    action: Link
    use_case: Link
    amount: str
    then: Badge
    now: Badge
    rule: str
    about: str


@dataclass(frozen=True, slots=True)
class ReplayResultView:
    """What a replay came to."""

    sums: tuple[ReplaySumLine, ...]
    by_rule: tuple[ReplayOfLine, ...]
    by_customer: tuple[ReplayOfLine, ...]
    differences: tuple[ReplayDifferenceLine, ...]
    more: str
    """How many differences are not shown; empty where all are."""
    notes: tuple[str, ...]
    """What could not be known, and what else bounds it."""
    digest: str


@dataclass(frozen=True, slots=True)
class ActionReplayView:
    """The page."""

    finding: str
    lede: str
    declarations: str
    since: str
    use_case: str
    pass_held: bool
    fault: Say | None
    result: ReplayResultView | None
