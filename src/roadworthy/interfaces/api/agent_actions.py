"""Actions of agents and their runs: what was asked for, what became of it, taking it back, what was given up."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query
from pydantic import Field

from roadworthy.interfaces.api.evidence import Reason
from roadworthy.interfaces.api.wire import Application, Limit, Page, Signed, Wire, decode_cursor, encode_cursor, may
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Caller
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions.explaining import Asked, Explained
from roadworthy.operate.actions.model import AgentAction, AgentRun
from roadworthy.operate.actions.runs.rollback import Step
from roadworthy.operate.actions.store import Listed

router = Routes(tags=["agent actions"])

Proposing = Annotated[Caller, Depends(may("decisions:propose", anywhere=True))]
ActionId = Annotated[str, Path(max_length=40, description="From the answer's header `Roadworthy-Action`.")]
RunId = Annotated[str, Path(max_length=40)]
Name = Annotated[str, Field(max_length=120)]
Given = Annotated[
    dict[str, Any] | Annotated[str, Field(max_length=forms.MOST_BYTES)],
    Field(description="A JSON object; as a text where it has fractions, which are taken exactly as they are written."),
]
Standing = Literal[
    "held", "queued", "running", "probing", "done", "failed", "refused", "dead-letter", "parked", "cancelled"
]
RunStanding = Literal["open", "completed", "rolling-back", "rolled-back", "partly-rolled-back"]


class AgentActionFilter(Wire):
    """Which actions; what is left out does not restrict."""

    use_case: Name | None = None
    run: Annotated[str, Field(max_length=40)] | None = None
    action: Name | None = None
    system: Name | None = None
    state: Standing | None = None
    letters: bool = Field(default=False, description="Only dead letters that nobody has seen to.")
    since: dt.datetime | None = None
    cursor: Annotated[str, Field(max_length=200)] | None = None
    limit: Limit = 50


class AgentActionBody(Wire):
    """An action that an agent asked for."""

    id: str
    use_case: str
    stage: str
    run: str
    place: int = Field(description="Its number in the run.")
    action: str
    system: str
    effect: str
    tier: str
    key: str
    workload: str | None
    agent: str | None = Field(description="What the agent calls itself.")
    user: str | None = Field(description="Pseudonym of the user for whom it was.")
    state: Standing
    asked_at: dt.datetime
    due_at: dt.datetime
    arguments: str = Field(description="Salted commitment of the arguments, as the ledger has it.")
    rule: str = Field(description="That held or refused it.")
    about: str
    amount: int | None = Field(description="In minor units.")
    currency: str | None
    certificate: str | None
    enforcement: str
    tries: int
    why: str | None = Field(description="Why it was given up.")
    error: str | None
    reference: str | None = Field(description="The system's own name for what was done.")
    request: str | None = Field(description="Decision request that it waits for, or waited for.")
    compensates: str | None = Field(description="The action that it takes back.")
    compensated_by: str | None
    ended_at: dt.datetime | None
    seen_to_by: str | None
    seen_to_at: dt.datetime | None
    replay_of: str | None
    tainted: bool


class AgentContentsBody(Wire):
    """What was sent and what came of it."""

    arguments: Any = Field(description="Null where they are not kept any more.")
    result: Any


class ReplayWanted(Wire):
    """Why a dead letter is done again, and with what."""

    reason: Annotated[str, Field(min_length=1, max_length=2_000)]
    arguments: Given | None = Field(
        default=None, description="Other arguments: then it is another action. The same where they are left out."
    )


class SettlementWanted(Wire):
    """What somebody found out about an action in doubt."""

    reason: Annotated[str, Field(min_length=1, max_length=2_000)]
    done: bool
    reference: Annotated[str, Field(max_length=200)] | None = Field(
        default=None, description="How the system itself names what was done."
    )


class RollbackWanted(Wire):
    """Why a run is taken back."""

    reason: Annotated[str, Field(min_length=1, max_length=2_000)]
    despite_stop: bool = Field(
        default=False,
        description="Its steps do not wait for stop switches, but for one that is set for exactly what takes back.",
    )


class AgentRunBody(Wire):
    """The actions of one errand of an agent."""

    id: str
    use_case: str
    stage: str
    name: str
    key: str
    agent: str | None
    user: str | None
    state: RunStanding
    began_at: dt.datetime
    ended_at: dt.datetime | None
    tainted_by: str | None
    places: int
    despite_stop: bool = Field(description="Whether its rollback does not wait for stop switches.")


class RunStepBody(Wire):
    """One action of a run, and what becomes of it when the run is taken back."""

    action: AgentActionBody
    in_rollback: str
    taken_back_by: str | None = Field(description="Name of the declared action that takes it back.")
    state: str | None = Field(description="Of the action that takes it back, where there is one.")


class AgentRunStepsBody(AgentRunBody):
    """A run with its steps, in the order in which they are taken back."""

    steps: list[RunStepBody]


class AgentRunFilter(Wire):
    """Which runs."""

    use_case: Name | None = None
    state: RunStanding | None = None
    cursor: Annotated[str, Field(max_length=200)] | None = None
    limit: Limit = 50


class ExplanationWanted(Wire):
    """An action that somebody thinks of."""

    use_case: Name
    stage: Literal["pilot", "candidate", "production"]
    arguments: Given
    workload: Name | None = None
    groups: tuple[Name, ...] = ()
    tainted: bool = False


class ReasonBody(Wire):
    """One thing that was looked at."""

    rule: str
    says: Literal["allow", "hold", "deny"]
    about: str
    who: str
    remedy: str


class ExplanationBody(Wire):
    """What would become of it."""

    says: Literal["allow", "hold", "deny"]
    reasons: list[ReasonBody]


@router.get("/agent-actions")
def listed(asked: Annotated[AgentActionFilter, Query()], app: Application, _caller: Signed) -> Page[AgentActionBody]:
    """Actions that agents asked for, the latest first."""
    wanted = Listed(
        use_case=asked.use_case, run=asked.run, action=asked.action, system=asked.system, state=asked.state,
        letters=asked.letters, since=asked.since, before=decode_cursor(asked.cursor), limit=asked.limit,
    )  # fmt: skip
    found = app.acting.letters.listed(wanted)
    more = encode_cursor(found[-1].id) if len(found) == asked.limit else None
    return Page(items=[body(each) for each in found], next=more)


@router.get("/agent-actions/{action_id}")
def get(action_id: ActionId, app: Application, _caller: Signed) -> AgentActionBody:
    """One action. What was sent and what came of it is asked for apart."""
    return body(app.acting.letters.get(action_id))


@router.post("/agent-actions/{action_id}/contents")
def contents(action_id: ActionId, app: Application, caller: Signed) -> AgentContentsBody:
    """What was sent and what came of it; that somebody looked is recorded."""
    found = app.acting.letters.contents(caller.context, action_id)
    return AgentContentsBody(arguments=_plain(found.arguments), result=_plain(found.result))


@router.post("/agent-actions/{action_id}/replay")
def replay(action_id: ActionId, given: ReplayWanted, app: Application, caller: Signed) -> AgentActionBody:
    """Have a dead letter done again; with other arguments it is decided about as another action."""
    other = None if given.arguments is None else _canonical(given.arguments)
    return body(app.acting.letters.again(caller.context, action_id, given.reason, other))


@router.post("/agent-actions/{action_id}/settle")
def settle(action_id: ActionId, given: SettlementWanted, app: Application, caller: Signed) -> AgentActionBody:
    """Say of an action in doubt whether it was done."""
    letters = app.acting.letters
    return body(letters.settle(caller.context, action_id, given.reason, done=given.done, reference=given.reference))


@router.post("/agent-actions/{action_id}/discard")
def discard(action_id: ActionId, given: Reason, app: Application, caller: Signed) -> AgentActionBody:
    """Let a dead letter go."""
    return body(app.acting.letters.discard(caller.context, action_id, given.reason))


@router.get("/agent-runs")
def runs(asked: Annotated[AgentRunFilter, Query()], app: Application, _caller: Signed) -> Page[AgentRunBody]:
    """Agent runs, the latest first."""
    found = app.acting.rollbacks.runs(
        use_case=asked.use_case, state=asked.state, before=decode_cursor(asked.cursor), limit=asked.limit
    )
    more = encode_cursor(found[-1].id) if len(found) == asked.limit else None
    return Page(items=[AgentRunBody(**run_of(each)) for each in found], next=more)


@router.get("/agent-runs/{agent_run_id}")
def run(agent_run_id: RunId, app: Application, _caller: Signed) -> AgentRunStepsBody:
    """A run with its actions, and what taking it back would do or has done."""
    found, steps = app.acting.rollbacks.preview(agent_run_id)
    return AgentRunStepsBody(**run_of(found), steps=[_step(each) for each in steps])


@router.post("/agent-runs/{agent_run_id}/rollback")
def roll_back(agent_run_id: RunId, given: RollbackWanted, app: Application, caller: Signed) -> AgentRunBody:
    """Take a run back: its actions in reverse, across systems, each once."""
    found = app.acting.rollbacks.begin(caller.context, agent_run_id, given.reason, despite_stop=given.despite_stop)
    app.acting.runner.wake()
    return AgentRunBody(**run_of(found))


@router.post("/actions/{action_name}/explain")
def explain(
    action_name: Annotated[str, Path(max_length=120)], given: ExplanationWanted, app: Application, _caller: Proposing
) -> ExplanationBody:
    """What would become of an action now, with every reason; nothing is written and nothing is done."""
    asked = Asked(
        action=action_name, arguments=_canonical(given.arguments), use_case=given.use_case, stage=given.stage,
        workload=given.workload, groups=frozenset(given.groups), tainted=given.tainted,
    )  # fmt: skip
    return explained(app.acting.explaining.explain(asked))


def _canonical(given: dict[str, Any] | str) -> bytes:
    return forms.canonical(given.encode() if isinstance(given, str) else given)


def explained(found: Explained) -> ExplanationBody:
    """An explanation as the API shows it."""
    reasons = [
        ReasonBody(rule=each.rule, says=each.says, about=each.about, who=each.who, remedy=each.remedy)  # type: ignore[arg-type]  # one of the three
        for each in found.reasons
    ]
    return ExplanationBody(says=found.says, reasons=reasons)  # type: ignore[arg-type]  # one of the three


def body(action: AgentAction) -> AgentActionBody:
    """An action as the API shows it."""
    plain = {name: getattr(action, name) for name in AgentActionBody.model_fields if name not in {"state", "why"}}
    return AgentActionBody(**plain, state=action.state.value, why=action.why.value if action.why else None)


def run_of(found: AgentRun) -> dict[str, Any]:
    """A run as the API shows it."""
    plain = {name: getattr(found, name) for name in AgentRunBody.model_fields if name != "state"}
    return {**plain, "state": found.state.value}


def _step(step: Step) -> RunStepBody:
    state = None if step.state is None else step.state.value
    return RunStepBody(
        action=body(step.action), in_rollback=step.kind.value, taken_back_by=step.by or None, state=state
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """JSON whose fractions are texts, as they were written, so that no reader rounds them."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str | int | bool) else str(value)
