"""What became of an action that people decide about: a yes lets it have its turn, and is not yet its outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from roadworthy.interfaces.web.showing.agent_words import MEANS, state_of, why_of
from roadworthy.interfaces.web.views.decisions import Became
from roadworthy.interfaces.web.views.parts import Link, Say
from roadworthy.operate.actions.model import AgentAction, State

_TITLES: Final[Mapping[State, str]] = {
    State.HELD: "The action waits for this decision",
    State.QUEUED: "The action waits for its turn",
    State.RUNNING: "The action is under way",
    State.PROBING: "The action is in doubt, and its system is asked",
    State.DONE: "The action was done",
    State.FAILED: "The action failed",
    State.REFUSED: "The action was refused when its turn came",
    State.DEAD: "The action is a dead letter",
    State.PARKED: "The action is parked",
    State.CANCELLED: "The action was cancelled",
}
_MOVES: Final = frozenset({State.QUEUED, State.RUNNING, State.PROBING, State.PARKED})


def became_of(action: AgentAction, *, may_look: bool) -> Became:
    """An action on the page of its request.

    Args:
        action: as it stands now.
        may_look: whether whoever looks may open its own page.
    """
    why = why_of(action)
    text = f"{MEANS[action.state]} {why[:1].upper()}{why[1:]}" if why else MEANS[action.state]
    if action.reference and action.state is State.DONE:
        text = f"{text} Its system calls that `{action.reference}`."
    links = (Link("The action", f"/agent-actions/{action.id}"),) if may_look else ()
    say = Say(state_of(action).tone, _TITLES[action.state], text, (), links)
    return Became(say, moves=action.state in _MOVES)
