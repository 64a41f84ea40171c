"""What the pages of agent runs say."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.agents import AgentRunLine
from roadworthy.interfaces.web.views.evidence import Stroke
from roadworthy.interfaces.web.views.form import FaultLink
from roadworthy.interfaces.web.views.parts import Badge, Empty, Field, Figure, Link, Moment, Option, Say


@dataclass(frozen=True, slots=True)
class AgentRunsView:
    """Agent runs."""

    finding: str
    lede: str
    states: tuple[Option, ...]
    use_case: str
    filtered: bool
    lines: tuple[AgentRunLine, ...]
    older: str | None
    empty: Empty | None


@dataclass(frozen=True, slots=True)
class Amounts:
    """Amounts of one currency over the time of a run."""

    currency: str
    told: tuple[str, ...]
    """Everything that is drawn, in words."""
    width: int
    height: int
    bar: float
    strokes: tuple[Stroke, ...]
    """What was moved so far, and what was asked for and not done."""
    line: float | None
    """Where the tightest limit ends, from above; None where it is far off."""
    marks: tuple[str, ...]
    legend: tuple[Badge, ...]


@dataclass(frozen=True, slots=True)
class StepLine:
    """One action of a run."""

    place: str
    at: Moment
    action: Link
    title: str
    where: str
    """System, and what it leaves behind."""
    amount: str
    state: Badge
    why: str
    rule: str
    receipt: str
    back: Badge | None
    """What becomes of it in a rollback; None of what takes another one back."""
    by: Link | None
    """The action that takes it back."""
    takes_back: str
    """Place of the action that it takes back."""
    request: Link | None
    tainted: bool
    taints: bool
    """Whether its result is why the run is tainted."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that the ledger has of a run."""

    at: Moment
    what: str
    who: str
    entry: Link


@dataclass(frozen=True, slots=True)
class AgentRunView:
    """One agent run."""

    id: str
    finding: str
    state: Badge
    lede: str
    use_case: Link
    says: tuple[Say, ...]
    figures: tuple[Figure, ...]
    amounts: tuple[Amounts, ...]
    steps: tuple[StepLine, ...]
    turns: tuple[Turn, ...]
    ledger: str
    rollback: str
    """Where to take it back; empty where there is nothing to, or not for whoever looks."""
    stop: Link | None
    moves: bool
    """Whether more may come of it by itself, so that the page looks again."""


@dataclass(frozen=True, slots=True)
class BackLine:
    """One step of a rollback beforehand."""

    turn: str
    """Its number in the order of the rollback; empty where nothing is done."""
    action: Link
    where: str
    amount: str
    becomes: Badge
    how: str
    """What is done, and what others still see of it."""


@dataclass(frozen=True, slots=True)
class RollbackView:
    """A rollback before it begins."""

    title: str
    lede: str
    back: Link
    figures: tuple[Figure, ...]
    says: tuple[Say, ...]
    lines: tuple[BackLine, ...]
    path: str
    fields: tuple[Field, ...]
    """Why, and whether stops are waited for; empty where there is nothing to take back."""
    faults: tuple[FaultLink, ...]
