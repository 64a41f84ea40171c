"""Agents' actions, runs and limit windows, in words."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from roadworthy.foundation.money import Money
from roadworthy.interfaces.web.views.agents import (
    AgentActionLine,
    AgentActionsView,
    AgentRunLine,
    AgentRunsView,
    AgentRunView,
    StepLine,
    WindowLine,
    WindowsView,
)
from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment, Option, Say, Tone, plural
from roadworthy.operate.actions.model import AgentAction, AgentRun, RunState, State, Why
from roadworthy.operate.actions.rollback import Step, StepKind

LETTERS: Final = "given-up"
"""What the list shows where nothing else is chosen: dead letters that nobody has seen to."""
_STATES: Final[Mapping[State, Badge]] = {
    State.HELD: Badge(Tone.MIND, "waits for a person"),
    State.QUEUED: Badge(Tone.STALE, "waits for its turn"),
    State.RUNNING: Badge(Tone.STALE, "is done"),
    State.PROBING: Badge(Tone.UNKNOWN, "is asked about"),
    State.DONE: Badge(Tone.GO, "done"),
    State.FAILED: Badge(Tone.STOP, "failed"),
    State.REFUSED: Badge(Tone.STOP, "refused"),
    State.DEAD: Badge(Tone.STOP, "given up"),
    State.PARKED: Badge(Tone.MIND, "stopped"),
    State.CANCELLED: Badge(Tone.ASIDE, "cancelled"),
}
_IN_DOUBT: Final = Badge(Tone.UNKNOWN, "in doubt")
_SEEN_TO: Final = Badge(Tone.ASIDE, "seen to")
_RUNS: Final[Mapping[RunState, Badge]] = {
    RunState.OPEN: Badge(Tone.STALE, "open"),
    RunState.COMPLETED: Badge(Tone.GO, "completed"),
    RunState.ROLLING_BACK: Badge(Tone.MIND, "is taken back"),
    RunState.ROLLED_BACK: Badge(Tone.ASIDE, "taken back"),
    RunState.PARTLY: Badge(Tone.STOP, "partly taken back"),
}
_STEPS: Final[Mapping[StepKind, Badge]] = {
    StepKind.TAKE_BACK: Badge(Tone.GO, "can be taken back"),
    StepKind.CANCEL: Badge(Tone.ASIDE, "was not begun"),
    StepKind.WAIT: Badge(Tone.STALE, "is waited for"),
    StepKind.NOTHING: Badge(Tone.ASIDE, "left nothing"),
    StepKind.CANNOT: Badge(Tone.STOP, "cannot be taken back"),
    StepKind.IN_DOUBT: Badge(Tone.UNKNOWN, "in doubt"),
    StepKind.TAKEN_BACK: Badge(Tone.GO, "taken back"),
}
_NEARLY, _FULL = 80, 100


@dataclass(frozen=True, slots=True)
class Looked:
    """What the list of actions shows."""

    found: Sequence[AgentAction]
    counts: Sequence[tuple[str, str, int]]
    """Use case, state, how many: of those that are open, or dead letters."""
    asked: Mapping[str, str]
    may: Mapping[str, bool]
    """By use case, whether whoever looks may see to its dead letters."""
    older: str | None


def actions_view(looked: Looked, now: dt.datetime) -> AgentActionsView:
    """The list of actions."""
    by_state = Counter[str]()
    for _use_case, state, count in looked.counts:
        by_state[state] += count
    dead, held = by_state[State.DEAD.value], by_state[State.HELD.value]
    asked, chosen = looked.asked, looked.asked.get("state", LETTERS)
    options = [
        Option(LETTERS, "given up, for somebody to see to", chosen == LETTERS),
        Option("all", "all", chosen == "all"),
        *(Option(state.value, badge.word, chosen == state.value) for state, badge in _STATES.items()),
    ]
    waits = "action was given up and waits" if dead == 1 else "actions were given up and wait"
    more = f" {plural(held, 'action')} {'waits' if held == 1 else 'wait'} for a person in the inbox." if held else ""
    return AgentActionsView(
        finding=f"{dead:,} {waits} for somebody" if dead else "No action waits for somebody to see to it",
        lede=f"What agents asked for in the organisation's systems, and what became of it.{more}",
        states=tuple(options),
        use_case=asked.get("use_case", ""),
        action=asked.get("action", ""),
        filtered=bool(asked.keys() - {"state"}) or chosen != LETTERS,
        lines=tuple(_line(each, looked.may.get(each.use_case, False), now) for each in looked.found),
        older=None if looked.older is None else f"/agent-actions?{urlencode({**asked, 'before': looked.older})}",
        empty=None if looked.found else _empty(letters=chosen == LETTERS),
    )


def _line(action: AgentAction, may: bool, now: dt.datetime) -> AgentActionLine:  # noqa: FBT001 - the one flag that there is
    acts = action.is_letter and may
    path = f"/agent-actions/{action.id}"
    return AgentActionLine(
        short=_short(action.id),
        at=Moment.of(action.asked_at, now),
        action=action.action,
        system=action.system,
        effect=action.effect,
        amount=_amount(action),
        state=_state(action),
        why=action.about or action.error or "",
        rule=action.rule,
        use_case=Link(action.use_case, f"/use-cases/{action.use_case}"),
        run=Link(f"run {_short(action.run)}", f"/agent-runs/{action.run}"),
        request=_request(action),
        replay=f"{path}/replay" if acts else "",
        settle=f"{path}/settle" if acts and action.why is Why.IN_DOUBT else "",
        discard=f"{path}/discard" if acts else "",
    )


def runs_view(found: Sequence[AgentRun], older: str | None, now: dt.datetime) -> AgentRunsView:
    """The list of runs."""
    moving = sum(each.state in {RunState.ROLLING_BACK, RunState.PARTLY} for each in found)
    finding = (
        f"{plural(moving, 'run')} {'is' if moving == 1 else 'are'} taken back, or not wholly"
        if moving
        else "Agent runs"
    )
    return AgentRunsView(
        finding=finding,
        lede="The actions of one errand of an agent: they succeed together, or are taken back in reverse.",
        lines=tuple(
            AgentRunLine(
                name=each.name if not each.name.startswith("single-") else "a single action",
                href=f"/agent-runs/{each.id}",
                at=Moment.of(each.began_at, now),
                state=_RUNS[each.state],
                agent=each.agent or each.key,
                use_case=Link(each.use_case, f"/use-cases/{each.use_case}"),
                stage=each.stage,
                actions=plural(each.places, "action"),
                tainted=each.tainted_by is not None,
            )
            for each in found
        ),
        older=None if older is None else f"/agent-runs?{urlencode({'before': older})}",
        empty=None
        if found
        else Empty(
            "No agent has acted yet",
            "Declare a system and what agents may do in it, and have an agent ask for it at `/mcp` or `/v1/actions`.",
            "roadworthy action import SYSTEM",
        ),
    )


def run_view(run: AgentRun, steps: Sequence[Step], *, may: bool, now: dt.datetime) -> AgentRunView:
    """One run, with what taking it back would do."""
    name = run.name if not run.name.startswith("single-") else "A single action"
    ended = f" It ended {Moment.of(run.ended_at, now).words}." if run.ended_at is not None else ""
    able = run.state in {RunState.OPEN, RunState.COMPLETED} and any(each.kind is StepKind.TAKE_BACK for each in steps)
    return AgentRunView(
        finding=f"{name}: {_RUNS[run.state].word}",
        lede=f"By {run.agent or run.key} for {run.use_case} in {run.stage}, begun {Moment.of(run.began_at, now).words}."
        f"{ended}",
        say=_tainted(run),
        steps=tuple(_step(each, now) for each in sorted(steps, key=lambda one: one.action.place)),
        reach=tuple(_reach(steps)),
        rollback=f"/agent-runs/{run.id}/rollback" if able and may else "",
    )


def _tainted(run: AgentRun) -> Say | None:
    if run.tainted_by is None:
        return None
    return Say(
        Tone.MIND,
        "It has read content that nobody vouches for",
        f"Since action {_short(run.tainted_by)} what it asks for is held or refused sooner, as each action declares.",
    )


def _step(step: Step, now: dt.datetime) -> StepLine:
    action = step.action
    return StepLine(
        place=str(action.place),
        at=Moment.of(action.asked_at, now),
        action=action.action,
        system=action.system,
        amount=_amount(action),
        state=_state(action),
        why=action.about or action.error or "",
        back=_STEPS[step.kind],
        by=step.by,
        request=_request(action),
        tainted=action.tainted,
    )


def _reach(steps: Sequence[Step]) -> list[str]:
    """The blast radius of a rollback, in the order in which it happens."""
    said = []
    for each in steps:
        what, amount = f"{each.action.action} in {each.action.system}", _amount(each.action)
        much = f" ({amount})" if amount else ""
        if each.kind is StepKind.TAKE_BACK:
            said.append(f"{what}{much} is taken back by {each.by}")
        elif each.kind is StepKind.CANNOT:
            said.append(f"{what}{much} stays: nothing declared takes it back, or that failed")
        elif each.kind is StepKind.IN_DOUBT:
            said.append(f"{what}{much} stays in doubt until somebody has found out whether it was done")
        elif each.kind is StepKind.CANCEL:
            said.append(f"{what}{much} is not begun any more")
    return said


def windows_view(rows: Sequence[Any], now: dt.datetime) -> WindowsView:
    """Limit windows, the fullest first."""
    lines = tuple(_window(each, now) for each in rows)
    full = sum(each.percent >= _FULL for each in lines)
    return WindowsView(
        finding=f"{plural(full, 'window')} used up" if full else "Limits of actions",
        lede="What agents may do in a time, by amount and count. Room is taken in the transaction that holds the "
        "intent, so no window is overshot, whatever the pieces.",
        lines=lines,
        empty=None
        if lines
        else Empty(
            "No window was charged yet", "The first action that counts in a limit opens its window.",
            "roadworthy get action-limits",
        ),
    )  # fmt: skip


def _window(row: Any, now: dt.datetime) -> WindowLine:  # noqa: ANN401 - a row of either shape
    percent = min(999, 100 * row.used // max(1, row.most))
    whose = ", ".join(f"{name} {value[:12] or 'not said'}" for name, value in sorted(json.loads(row.subject).items()))
    state = (
        Badge(Tone.STOP, "used up") if percent >= _FULL
        else Badge(Tone.MIND, "nearly used up") if percent >= _NEARLY
        else Badge(Tone.GO, "has room")
    )  # fmt: skip
    money = row.unit != "count"
    used, most = (str(Money(each, row.unit)) if money else f"{each:,}" for each in (row.used, row.most))
    return WindowLine(
        row.limit, row.counter, whose, f"{used} of {most}", percent, state,
        Moment.of(dt.datetime.fromtimestamp(row.starts, dt.UTC), now),
    )  # fmt: skip


def _state(action: AgentAction) -> Badge:
    if action.seen_to_at is not None and action.state is State.DEAD:
        return _SEEN_TO
    if action.state is State.DEAD and action.why is Why.IN_DOUBT:
        return _IN_DOUBT
    return _STATES[action.state]


def _request(action: AgentAction) -> Link | None:
    return None if action.request is None else Link("decision", f"/decisions/{action.request}")


def _amount(action: AgentAction) -> str:
    return "" if action.amount is None or action.currency is None else str(Money(action.amount, action.currency))


def _empty(*, letters: bool) -> Empty:
    if letters:
        return Empty(
            "Nothing was given up",
            "What may have been done and nobody can say, and what could not be taken back, comes here.",
            "roadworthy action dead-letters",
        )
    return Empty("There are no such actions", "Choose another state, use case or action.", "roadworthy action list")


def _short(id_: str) -> str:
    return f"…{id_[-8:]}"
