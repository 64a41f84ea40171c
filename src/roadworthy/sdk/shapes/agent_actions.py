"""Types of the API: agent actions. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from roadworthy.sdk.shapes.shared import Source

SourceInput: TypeAlias = Literal["mcp", "functions", "openapi"]
"""From what actions are imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDifference:
    """An action that is not as it was declared."""

    name: str
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDraft:
    """An action as it could be declared."""

    name: str
    of: str
    """What the system calls it."""
    yaml: str | None
    """As a declaration; null where it cannot be declared."""
    notes: tuple[str, ...]
    """What has to be looked at; guesses among them."""
    faults: tuple[str, ...]
    """Why it cannot be declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDrafts:
    """What a system offers."""

    drafts: tuple[ActionDraft, ...]
    differences: tuple[ActionDifference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDraftsWanted:
    """What is to be imported."""

    source: SourceInput
    """What the system, or the content, says."""
    use_cases: tuple[str, ...]
    content: str | None = None
    """What it says, as JSON or YAML; the system is asked where it is left out."""
    path: str | None = None
    """Where the document is below the system's address."""
    only: tuple[str, ...] | None = None
    """Patterns such as `orders.get-*`, of names of actions, tools or operations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayDifference:
    """A decision that would be another."""

    id: str
    at: dt.datetime
    use_case: str
    run: str
    action: str
    turn: bool
    """Whether it was decided about once more, when its turn came."""
    then: Literal["allow", "hold", "deny"]
    now: Literal["allow", "hold", "deny", "unknown"]
    rule: str
    """That decides now; of what is allowed now, the one that decided then."""
    about: str
    rule_then: str
    amount: int | None
    currency: str | None
    customer: str | None
    """Keyed hash, as limit windows have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySum:
    """How many decisions, and the money in them."""

    then: Literal["allow", "hold", "deny"]
    now: Literal["allow", "hold", "deny", "unknown"]
    count: int
    amounts: Mapping[str, int]
    """Minor units, by currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOf:
    """Differences of one rule or one customer."""

    name: str
    sums: tuple[ReplaySum, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionReplay:
    """What a replay came to."""

    begins: dt.datetime
    """From when on limit windows were filled."""
    since: dt.datetime
    until: dt.datetime
    whole: bool
    """False where the span has too many decisions, and it ends with `until`."""
    decisions: int
    differences: int
    erased: int
    """Decisions about actions whose arguments are not kept any more."""
    sums: tuple[ReplaySum, ...]
    by_rule: tuple[ReplayOf, ...]
    by_customer: tuple[ReplayOf, ...]
    unknown: Mapping[str, int]
    """Why it cannot be known, with how often."""
    shown: tuple[ReplayDifference, ...]
    digest: str
    """Over every decision; the same rules over the same span have the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionReplayWanted:
    """Rules, and which past actions are decided about anew."""

    sources: tuple[Source, ...] | None = None
    """Declarations of actions, limits and operating envelopes in place of those that are in force."""
    since: dt.datetime | None = None
    """Thirty days before `until` if not said."""
    until: dt.datetime | None = None
    """Now if not said."""
    use_case: str | None = None
    """Whose actions are told."""
    pass_held: bool | None = None
    """Take what would be held now, and was allowed then, to have been let pass by people."""
    show: int | None = None
    """Differences one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAction:
    """An action that an agent asked for."""

    id: str
    use_case: str
    stage: str
    run: str
    place: int
    """Its number in the run."""
    action: str
    system: str
    effect: str
    tier: str
    key: str
    workload: str | None
    agent: str | None
    """What the agent calls itself."""
    user: str | None
    """Pseudonym of the user for whom it was."""
    state: Literal[
        "held", "queued", "running", "probing", "done", "failed", "refused", "dead-letter", "parked", "cancelled"
    ]
    asked_at: dt.datetime
    due_at: dt.datetime
    arguments: str
    """Salted commitment of the arguments, as the ledger has it."""
    rule: str
    """That held or refused it."""
    about: str
    amount: int | None
    """In minor units."""
    currency: str | None
    certificate: str | None
    enforcement: str
    tries: int
    why: str | None
    """Why it was given up."""
    error: str | None
    reference: str | None
    """The system's own name for what was done."""
    request: str | None
    """Decision request that it waits for, or waited for."""
    compensates: str | None
    """The action that it takes back."""
    compensated_by: str | None
    ended_at: dt.datetime | None
    seen_to_by: str | None
    seen_to_at: dt.datetime | None
    replay_of: str | None
    tainted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentActionPage:
    """What the API calls `Page_AgentActionBody_`."""

    items: tuple[AgentAction, ...]
    next: str | None = None
    """Absent at the end of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonBody:
    """One thing that was looked at."""

    rule: str
    says: Literal["allow", "hold", "deny"]
    about: str
    who: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentActionsExplanation:
    """What would become of it."""

    says: Literal["allow", "hold", "deny"]
    reasons: tuple[ReasonBody, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentContents:
    """What was sent and what came of it."""

    arguments: Any
    """Null where they are not kept any more."""
    result: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRun:
    """The actions of one errand of an agent."""

    id: str
    use_case: str
    stage: str
    name: str
    key: str
    agent: str | None
    user: str | None
    state: Literal["open", "completed", "rolling-back", "rolled-back", "partly-rolled-back"]
    began_at: dt.datetime
    ended_at: dt.datetime | None
    tainted_by: str | None
    places: int
    despite_stop: bool
    """Whether its rollback does not wait for stop switches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRunPage:
    """What the API calls `Page_AgentRunBody_`."""

    items: tuple[AgentRun, ...]
    next: str | None = None
    """Absent at the end of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStep:
    """One action of a run, and what becomes of it when the run is taken back."""

    action: AgentAction
    in_rollback: str
    taken_back_by: str | None
    """Name of the declared action that takes it back."""
    state: str | None
    """Of the action that takes it back, where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRunSteps:
    """A run with its steps, in the order in which they are taken back."""

    id: str
    use_case: str
    stage: str
    name: str
    key: str
    agent: str | None
    user: str | None
    state: Literal["open", "completed", "rolling-back", "rolled-back", "partly-rolled-back"]
    began_at: dt.datetime
    ended_at: dt.datetime | None
    tainted_by: str | None
    places: int
    despite_stop: bool
    """Whether its rollback does not wait for stop switches."""
    steps: tuple[RunStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationWanted:
    """An action that somebody thinks of."""

    use_case: str
    stage: Literal["pilot", "candidate", "production"]
    arguments: Mapping[str, Any] | str
    """A JSON object; as a text where it has fractions, which are taken exactly as they are written."""
    workload: str | None = None
    groups: tuple[str, ...] | None = None
    tainted: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayWanted:
    """Why a dead letter is done again, and with what."""

    reason: str
    arguments: Mapping[str, Any] | str | None = None
    """Other arguments: then it is another action. The same where they are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackWanted:
    """Why a run is taken back."""

    reason: str
    despite_stop: bool | None = None
    """Its steps do not wait for stop switches, but for one that is set for exactly what takes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementWanted:
    """What somebody found out about an action in doubt."""

    reason: str
    done: bool
    reference: str | None = None
    """How the system itself names what was done."""
