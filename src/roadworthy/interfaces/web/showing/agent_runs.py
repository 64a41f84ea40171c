"""Agent runs in words: the list, one run, and what taking it back comes to."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger.service import PlacedEntry
from roadworthy.interfaces.web.showing.agent_amounts import amounts_of
from roadworthy.interfaces.web.showing.agent_words import (
    EFFECTS,
    RUNS,
    STEPS,
    amount_of,
    named,
    request_of,
    short,
    state_of,
    sums,
    why_of,
)
from roadworthy.interfaces.web.showing.history import actor_shown
from roadworthy.interfaces.web.views.agent_runs import AgentRunsView, AgentRunView, StepLine, Turn
from roadworthy.interfaces.web.views.agents import AgentRunLine
from roadworthy.interfaces.web.views.parts import Empty, Figure, Link, Moment, Option, Say, Tone, plural
from roadworthy.operate.actions.model import AgentRun, RunState, State
from roadworthy.operate.actions.runs.rollback import StepKind
from roadworthy.operate.actions.watched.seeing import RunSeen, Tally

_TURNS: Final[Mapping[str, str]] = {
    "agent-run.completed": "said that it is done",
    "agent-run.rollback-begun": "began to take it back",
    "agent-run.rolled-back": "took all of it back",
    "agent-run.partly-rolled-back": "took back what can be taken back",
}
_BESIDES: Final = (
    (State.HELD, "held"), (State.REFUSED, "refused"), (State.FAILED, "failed"), (State.DEAD, "dead letters"),
    (State.PARKED, "parked"), (State.CANCELLED, "cancelled"),
)  # fmt: skip
"""States that are told of where anything is in them."""
_LEFT: Final = (StepKind.CANNOT, StepKind.IN_DOUBT)
_NOTHING: Final = Tally({}, {})


@dataclass(frozen=True, slots=True)
class Listed:
    """What the list of runs shows."""

    found: Sequence[AgentRun]
    tallies: Mapping[str, Tally]
    asked: Mapping[str, str]
    """The filter: `state` and `use_case`."""
    older: str | None


@dataclass(frozen=True, slots=True)
class LookedInto:
    """What the page of a run is made of."""

    seen: RunSeen
    entries: Sequence[PlacedEntry]
    """Of the ledger about the run, the latest first."""
    people: Mapping[str, Person]
    titles: Mapping[str, str]
    """Of declared actions and use cases, by name."""
    may: bool
    """Whether whoever looks may take it back."""
    stop: Link | None
    """Where whoever looks stops it."""


def runs_view(listed: Listed, now: dt.datetime) -> AgentRunsView:
    """The list."""
    found, asked = listed.found, listed.asked
    partly = sum(each.state is RunState.PARTLY for each in found)
    moving = sum(each.state is RunState.ROLLING_BACK for each in found)
    held = sum(listed.tallies.get(each.id, _NOTHING).states.get(State.HELD.value, 0) for each in found)
    chosen = asked.get("state", "")
    return AgentRunsView(
        finding=_finding(partly, moving, held),
        lede="A run is what an agent does on one errand. Its actions succeed together, or are taken back in reverse.",
        states=(
            Option("", "every state", not chosen),
            *(Option(each.value, RUNS[each].word, chosen == each.value) for each in RunState),
        ),
        use_case=asked.get("use_case", ""),
        filtered=bool(asked),
        lines=tuple(line_of(each, listed.tallies, now) for each in found),
        older=None if listed.older is None else f"/agent-runs?{urlencode({**asked, 'before': listed.older})}",
        empty=None if found else _empty(filtered=bool(asked)),
    )


def _finding(partly: int, moving: int, held: int) -> str:
    if partly:
        return f"{plural(partly, 'run')} {'is' if partly == 1 else 'are'} partly rolled back"
    if moving:
        return f"{plural(moving, 'run')} {'is' if moving == 1 else 'are'} rolling back"
    if held:
        return f"{plural(held, 'action')} of agents {'waits' if held == 1 else 'wait'} for a person"
    return "What agents do"


def line_of(run: AgentRun, tallies: Mapping[str, Tally], now: dt.datetime) -> AgentRunLine:
    """A run in a list, with what came of its actions."""
    tally = tallies.get(run.id, _NOTHING)
    return AgentRunLine(
        name=named(run),
        href=f"/agent-runs/{run.id}",
        at=Moment.of(run.began_at, now),
        state=RUNS[run.state],
        agent=run.agent or run.key,
        use_case=Link(run.use_case, f"/use-cases/{run.use_case}"),
        stage=run.stage,
        actions=counted(tally.states),
        amounts=sums(tally.amounts),
        tainted=run.tainted_by is not None,
    )


def counted(states: Mapping[str, int]) -> str:
    """`3 done, 1 refused`."""
    ordered = [each.value for each in State if states.get(each.value)]
    words = {State.DEAD.value: "dead letter"}
    return ", ".join(f"{states[each]:,} {words.get(each, each)}" for each in ordered)


def _empty(*, filtered: bool) -> Empty:
    if filtered:
        return Empty("No run is like this", "Choose another state or use case.", None, Link("All", "/agent-runs"))
    return Empty(
        "No agent has acted yet",
        "Declare a system and what agents may do in it, and have an agent ask for it at `/mcp` or `/v1/actions`.",
        "roadworthy action import SYSTEM --from openapi --use-case USE-CASE",
        Link("Systems", "/systems"),
    )


# ---------------------------------------------------------------- one run


def run_view(looked: LookedInto, now: dt.datetime) -> AgentRunView:
    """One run."""
    seen, run = looked.seen, looked.seen.run
    able = run.state in {RunState.OPEN, RunState.COMPLETED} and any(
        each.kind is StepKind.TAKE_BACK for each in seen.steps
    )
    ended = f" It ended {Moment.of(run.ended_at, now).words}." if run.ended_at is not None else ""
    name = run.use_case
    return AgentRunView(
        id=run.id,
        finding=named(run),
        state=RUNS[run.state],
        lede=f"By {run.agent or run.key} in {run.stage}, begun {Moment.of(run.began_at, now).words}.{ended}",
        use_case=Link(looked.titles.get(name, name), f"/use-cases/{name}"),
        says=tuple(_says(seen, may=looked.may)),
        figures=_figures(seen),
        amounts=amounts_of(seen),
        steps=tuple(_steps(looked, now)),
        turns=tuple(_turn(each, looked.people, now) for each in reversed(looked.entries)),
        ledger=f"/ledger?{urlencode({'resource': f'AgentRun/{run.id}'})}",
        rollback=f"/agent-runs/{run.id}/rollback" if able and looked.may else "",
        stop=looked.stop,
        moves=run.state in {RunState.OPEN, RunState.ROLLING_BACK},
    )


def _says(seen: RunSeen, *, may: bool) -> list[Say]:
    run, said = seen.run, []
    left = [each for each in seen.steps if each.kind in _LEFT]
    if run.state is RunState.PARTLY:
        items = tuple(f"{each.action.place}. {each.action.action} in {each.action.system}" for each in left)
        said.append(Say(Tone.STOP, "Something of it stays",
                        "What could not be taken back waits for whoever answers for the system.", items,
                        (Link("Dead letters", "/agent-actions?state=given-up"),)))  # fmt: skip
    if run.state is RunState.ROLLING_BACK:
        back = sum(each.kind is StepKind.TAKEN_BACK for each in seen.steps)
        due = back + sum(each.kind in {StepKind.TAKE_BACK, StepKind.WAIT} for each in seen.steps)
        said.append(Say(Tone.MIND, f"It is being taken back: {back} of {due} steps", f"The last action first, one at a "
                        f"time. {_stops(run)}", (), _freeing(seen) if may else ()))  # fmt: skip
    if run.tainted_by is not None:
        source = next((each for each in seen.actions if each.id == run.tainted_by), None)
        what = "an action" if source is None else f"place {source.place}, `{source.action}` in `{source.system}`"
        said.append(Say(Tone.MIND, "It has read content that nobody vouches for",
                        f"That was {what}. What it asks for since is held or refused, as each action declares.",
                        (), (Link("What it read", f"/agent-actions/{run.tainted_by}"),)))  # fmt: skip
    return said


def _stops(run: AgentRun) -> str:
    if run.despite_stop:
        return "It does not wait for stop switches, as somebody said; one for exactly what takes an action back counts."
    return "While a stop switch is set, steps wait for it."


def _freeing(seen: RunSeen) -> tuple[Link, ...]:
    """Where a rollback that a stop keeps is let go on."""
    kept = any(each.compensates is not None and each.state is State.PARKED for each in seen.actions)
    if seen.run.despite_stop or not kept:
        return ()
    return (Link("Do not wait for stop switches", f"/agent-runs/{seen.run.id}/rollback"),)


def _figures(seen: RunSeen) -> tuple[Figure, ...]:
    asked = [each for each in seen.actions if each.compensates is None]
    states = Counter(each.state for each in asked)
    read = sum(each.state is State.DONE and each.effect == "read" for each in asked)
    figures = [
        Figure(f"{len(asked):,}", "asked for"), Figure(f"{read:,}", "read"),
        Figure(f"{states[State.DONE] - read:,}", "done"),
    ]  # fmt: skip
    for state, word in _BESIDES:
        if states[state]:
            figures.append(Figure(f"{states[state]:,}", word))
    back = sum(each.compensates is not None and each.state is State.DONE for each in seen.actions)
    if back:
        figures.append(Figure(f"{back:,}", "taken back"))
    systems = len({each.system for each in asked})
    figures.append(Figure(f"{systems:,}", "system" if systems == 1 else "systems"))
    return tuple(figures)


def _steps(looked: LookedInto, now: dt.datetime) -> list[StepLine]:
    seen = looked.seen
    kinds = {each.action.id: each for each in seen.steps}
    places = {each.id: each.place for each in seen.actions}
    backs = {each.compensates: each for each in seen.actions if each.compensates is not None}
    lines = []
    for action in seen.actions:
        step, back = kinds.get(action.id), backs.get(action.id)
        by = None if back is None else Link(f"by {back.action}, place {back.place}", f"/agent-actions/{back.id}")
        if by is None and step is not None and step.kind is StepKind.TAKE_BACK:
            by = Link(f"by {step.by}", f"/systems/{quote(action.system)}#action-{quote(step.by)}")
        lines.append(
            StepLine(
                place=str(action.place),
                at=Moment.of(action.asked_at, now),
                action=Link(action.action, f"/agent-actions/{action.id}"),
                title=looked.titles.get(action.action, ""),
                where=f"{action.system}, {EFFECTS.get(action.effect, action.effect)}",
                amount=amount_of(action),
                state=state_of(action),
                why=why_of(action),
                rule=action.rule,
                receipt=action.reference or "",
                back=None if step is None else STEPS[step.kind],
                by=by,
                takes_back="" if action.compensates is None else str(places.get(action.compensates, "")),
                request=request_of(action),
                tainted=action.tainted,
                taints=action.id == seen.run.tainted_by,
            )
        )
    return lines


def _turn(placed: PlacedEntry, people: Mapping[str, Person], now: dt.datetime) -> Turn:
    entry = placed.entry
    return Turn(
        at=Moment.of(entry.at, now),
        what=_TURNS.get(entry.what, entry.what),
        who=actor_shown(entry.actor.kind, entry.actor.ref, people),
        entry=Link(f"entry {placed.position:,}", f"/ledger/{entry.id}"),
    )


def short_of(run: AgentRun) -> str:
    """A run in a line about an action."""
    return run.name if named(run) == run.name else f"run {short(run.id)}"
