"""What a use case's agents may do and did, in words, on its own page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from roadworthy.interfaces.web.showing.agent_runs import line_of
from roadworthy.interfaces.web.showing.agent_words import EFFECTS
from roadworthy.interfaces.web.views.parts import Link, plural
from roadworthy.interfaces.web.views.use_case import AgentsSection, Pair
from roadworthy.operate.actions.catalogue.compiled import CompiledAction
from roadworthy.operate.actions.model import AgentRun, State
from roadworthy.operate.actions.watched.seeing import Tally


@dataclass(frozen=True, slots=True)
class Acts:
    """What the section is made of."""

    actions: Sequence[CompiledAction]
    """That its agents may do, by name."""
    runs: Sequence[AgentRun]
    """The latest first, a few."""
    tallies: Mapping[str, Tally]
    waiting: Mapping[str, int]
    """How many of its actions are in which state that is not over, or dead letters."""
    stop: Link | None
    """Where whoever looks stops it."""


def agents_of(use_case: str, acts: Acts, now: dt.datetime) -> AgentsSection | None:
    """The section; None where its agents may do nothing and did nothing."""
    if not acts.actions and not acts.runs:
        return None
    of = {"use_case": use_case}
    systems = sorted({each.spec.system for each in acts.actions})
    return AgentsSection(
        finding=_finding(acts),
        actions=tuple(_said(each) for each in acts.actions),
        runs=tuple(line_of(each, acts.tallies, now) for each in acts.runs),
        links=(
            Link("Every run", f"/agent-runs?{urlencode(of)}"),
            Link("Actions", f"/agent-actions?{urlencode(of)}"),
            Link("Dead letters", f"/agent-actions?{urlencode({**of, 'state': 'given-up'})}"),
            Link("Limits", "/action-limits"),
            *(Link(name, f"/systems/{name}") for name in systems),
        ),
        stop=acts.stop,
    )


def _finding(acts: Acts) -> str:
    held, dead = acts.waiting.get(State.HELD.value, 0), acts.waiting.get(State.DEAD.value, 0)
    said = [plural(len(acts.actions), "action") + " declared"]
    said += [f"{held:,} held for a person"] if held else []
    said += [plural(dead, "dead letter")] if dead else []
    return ", ".join(said) + "."


def _said(action: CompiledAction) -> Pair:
    spec = action.spec
    bounds = [each.counter for each in action.ceilings]
    if spec.hold is not None and spec.hold.always:
        bounds.append("a person decides each time")
    elif spec.hold is not None and spec.hold.above is not None:
        bounds.append(f"a person decides above {spec.hold.above}")
    where = f"{EFFECTS[spec.effect.value]} in {spec.system}"
    return Pair(action.name, "; ".join((where, *bounds)))
