"""Agents' actions in words: all of them, those in one state, or dead letters that wait for somebody."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from roadworthy.interfaces.web.showing.agent_words import (
    EFFECTS,
    STATES,
    amount_of,
    request_of,
    short,
    state_of,
    why_of,
)
from roadworthy.interfaces.web.views.agents import AgentActionLine, AgentActionsView
from roadworthy.interfaces.web.views.parts import Empty, Link, Moment, Option, Say, Tone, plural, span
from roadworthy.operate.actions.model import AgentAction, State

LETTERS: Final = "given-up"
"""Of the filter: dead letters that nobody has seen to."""


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
    owners: Mapping[str, str]
    """By system, whoever answers for it."""


def actions_view(looked: Looked, now: dt.datetime) -> AgentActionsView:
    """The list of actions."""
    by_state = Counter[str]()
    for _use_case, state, count in looked.counts:
        by_state[state] += count
    asked, chosen = looked.asked, looked.asked.get("state", "")
    letters = chosen == LETTERS
    dead = by_state[State.DEAD.value]
    options = (
        Option("", "every state", not chosen),
        Option(LETTERS, "dead letters that wait", letters),
        *(Option(state.value, badge.word, chosen == state.value) for state, badge in STATES.items()),
    )
    return AgentActionsView(
        finding=_finding(dead, letters=letters),
        lede="What may have been done and nobody can say, and what could not be taken back. Each has somebody who "
        "answers for it." if letters else "What agents asked for in the organisation's systems, and what became of it.",
        says=() if letters else tuple(_says(dead, by_state)),
        letters=letters,
        states=options,
        use_case=asked.get("use_case", ""),
        action=asked.get("action", ""),
        filtered=bool(asked),
        lines=tuple(_line(each, looked, now) for each in looked.found),
        older=None if looked.older is None else f"/agent-actions?{urlencode({**asked, 'before': looked.older})}",
        empty=None if looked.found else _empty(letters=letters, filtered=bool(asked)),
    )  # fmt: skip


def _finding(dead: int, *, letters: bool) -> str:
    if letters:
        wait = "waits" if dead == 1 else "wait"
        return f"{plural(dead, 'dead letter')} {wait} for somebody" if dead else "Dead letters"
    return "What agents asked for"


def _says(dead: int, by_state: Mapping[str, int]) -> list[Say]:
    said, held, parked = [], by_state.get(State.HELD.value, 0), by_state.get(State.PARKED.value, 0)
    if dead:
        link = Link("Look at them", f"/agent-actions?state={LETTERS}")
        said.append(Say(Tone.STOP, f"{plural(dead, 'dead letter')} {'waits' if dead == 1 else 'wait'} for somebody",
                        "It may have been done, or could not be taken back.", (), (link,)))  # fmt: skip
    if held:
        said.append(Say(Tone.MIND, f"{plural(held, 'action')} {'is' if held == 1 else 'are'} held for a person",
                        "", (), (Link("Your inbox", "/inbox"),)))  # fmt: skip
    if parked:
        said.append(Say(Tone.MIND, f"{plural(parked, 'action')} {'is' if parked == 1 else 'are'} parked by a stop",
                        "", (), (Link("Stop switches", "/stops"),)))  # fmt: skip
    return said


def _line(action: AgentAction, looked: Looked, now: dt.datetime) -> AgentActionLine:
    since = action.ended_at or action.asked_at
    return AgentActionLine(
        href=f"/agent-actions/{action.id}",
        short=short(action.id),
        at=Moment.of(action.asked_at, now),
        action=action.action,
        where=f"{action.system}, {EFFECTS.get(action.effect, action.effect)}",
        amount=amount_of(action),
        state=state_of(action),
        why=why_of(action),
        rule=action.rule,
        use_case=Link(action.use_case, f"/use-cases/{action.use_case}"),
        run=Link(f"run {short(action.run)}", f"/agent-runs/{action.run}"),
        request=request_of(action),
        owner=looked.owners.get(action.system, ""),
        age=span(now - since) if action.is_letter else "",
        sees=action.is_letter and looked.may.get(action.use_case, False),
    )


def _empty(*, letters: bool, filtered: bool) -> Empty:
    if letters:
        return Empty(
            "Nothing was given up",
            "What may have been done and nobody can say, and what could not be taken back, comes here.",
            "roadworthy action dead-letters",
            Link("Every action", "/agent-actions"),
        )
    if filtered:
        return Empty("No action is like this", "Choose another state, use case or action.", "roadworthy action list",
                     Link("Every action", "/agent-actions"))  # fmt: skip
    return Empty(
        "No agent asked for anything yet",
        "Declare a system and what agents may do in it, and have an agent ask for it at `/mcp` or `/v1/actions`.",
        "roadworthy action import SYSTEM --from openapi --use-case USE-CASE",
        Link("Systems", "/systems"),
    )
