"""What the pages of agents' actions, their limits and the findings of their trail say."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.exactly import Exactly
from roadworthy.interfaces.web.views.parts import Badge, Bar, Empty, Link, Moment, Option, Say


@dataclass(frozen=True, slots=True)
class AgentActionLine:
    """An action that an agent asked for."""

    href: str
    short: str
    at: Moment
    action: str
    where: str
    """System, and what it leaves behind."""
    amount: str
    state: Badge
    why: str
    """Rule or error, in words."""
    rule: str
    use_case: Link
    run: Link
    request: Link | None
    """The decision that it waits for, or waited for."""
    owner: str
    """Whoever answers for its system; empty where nobody is named."""
    age: str
    """Of a dead letter, how long it waits."""
    sees: bool
    """Whether whoever looks may see to it."""


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
    """What came of its actions."""
    amounts: str
    tainted: bool


@dataclass(frozen=True, slots=True)
class AgentActionsView:
    """Actions of agents."""

    finding: str
    lede: str
    says: tuple[Say, ...]
    letters: bool
    """Whether it lists dead letters that wait."""
    states: tuple[Option, ...]
    use_case: str
    action: str
    filtered: bool
    lines: tuple[AgentActionLine, ...]
    older: str | None
    empty: Empty | None


@dataclass(frozen=True, slots=True)
class WindowLine:
    """A limit window, over all processes."""

    limit: str
    counter: str
    whose: tuple[tuple[str, str | Link], ...]
    used: str
    left: str
    percent: str
    bar: Bar
    state: Badge
    ends: Moment
    end_word: str
    """What happens then: it empties, or begins to."""


@dataclass(frozen=True, slots=True)
class WindowsView:
    """Limit windows of actions."""

    finding: str
    lede: str
    lines: tuple[WindowLine, ...]
    more: str
    unused: tuple[tuple[str, str], ...]
    """Limit and ceiling, in words, of what is declared and counts nothing now."""
    customer: str
    """Whose windows alone are listed, as it was entered; empty for everybody's."""
    has_customers: bool
    empty: Empty | None


@dataclass(frozen=True, slots=True)
class FindingLine:
    """Where a system's log and ours differ."""

    href: str
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


@dataclass(frozen=True, slots=True)
class SideLine:
    """One fact, as the system's log has it and as we have it."""

    name: str
    theirs: str
    ours: str
    differs: bool


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding, with both sides."""

    title: str
    what: Badge
    state: Badge
    lede: str
    says: tuple[Say, ...]
    sides: tuple[SideLine, ...]
    action: Link | None
    explain: str
    """Where to say why it is right; empty where it is over, or not for whoever looks."""
    read: str
    """Where the event is read as it came; empty where there is none, or not for whoever looks."""
    read_note: str
    ledger: str


@dataclass(frozen=True, slots=True)
class EventView:
    """An event of another system's log, as it came."""

    title: str
    lede: str
    back: Link
    content: Exactly | None
    """None where it is not kept any more."""
    text: str
    """As it came, where it is no JSON."""
    digest: str
