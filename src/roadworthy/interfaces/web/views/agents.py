"""What the pages of agents' actions say."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment, Option, Say


@dataclass(frozen=True, slots=True)
class AgentActionLine:
    """An action that an agent asked for."""

    short: str
    at: Moment
    action: str
    system: str
    effect: str
    amount: str
    state: Badge
    why: str
    """Rule or error, in words."""
    rule: str
    use_case: Link
    run: Link
    request: Link | None
    """The decision that it waits for, or waited for."""
    replay: str
    settle: str
    discard: str
    """Where to see to a dead letter; empty where it is none, or not for whoever looks."""


@dataclass(frozen=True, slots=True)
class AgentActionsView:
    """Actions of agents."""

    finding: str
    lede: str
    states: tuple[Option, ...]
    use_case: str
    action: str
    filtered: bool
    lines: tuple[AgentActionLine, ...]
    older: str | None
    empty: Empty | None


@dataclass(frozen=True, slots=True)
class AgentRunLine:
    """An agent run in the list."""

    name: str
    href: str
    at: Moment
    state: Badge
    agent: str
    use_case: Link
    stage: str
    actions: str
    tainted: bool


@dataclass(frozen=True, slots=True)
class AgentRunsView:
    """Agent runs."""

    finding: str
    lede: str
    lines: tuple[AgentRunLine, ...]
    older: str | None
    empty: Empty | None


@dataclass(frozen=True, slots=True)
class StepLine:
    """One action of a run."""

    place: str
    at: Moment
    action: str
    system: str
    amount: str
    state: Badge
    why: str
    back: Badge
    """What becomes of it in a rollback."""
    by: str
    """The action that takes it back."""
    request: Link | None
    tainted: bool


@dataclass(frozen=True, slots=True)
class AgentRunView:
    """One agent run."""

    finding: str
    lede: str
    say: Say | None
    steps: tuple[StepLine, ...]
    reach: tuple[str, ...]
    """What taking it back would do, system by system."""
    rollback: str
    """Where to take it back; empty where there is nothing to, or not for whoever looks."""


@dataclass(frozen=True, slots=True)
class WindowLine:
    """A limit window, over all processes."""

    limit: str
    counter: str
    whose: str
    used: str
    percent: int
    state: Badge
    until: Moment | None


@dataclass(frozen=True, slots=True)
class WindowsView:
    """Limit windows of actions."""

    finding: str
    lede: str
    lines: tuple[WindowLine, ...]
    empty: Empty | None


@dataclass(frozen=True, slots=True)
class FindingLine:
    """Where a system's log and ours differ."""

    what: Badge
    about: str
    system: str
    at: Moment
    use_case: Link | None
    action: Link | None
    state: Badge
    reason: str
    explain: str
    """Where to say why it is right; empty where it is over, or not for whoever looks."""


@dataclass(frozen=True, slots=True)
class FindingsView:
    """Findings of the trail."""

    finding: str
    lede: str
    everything: bool
    lines: tuple[FindingLine, ...]
    older: str | None
    empty: Empty | None
