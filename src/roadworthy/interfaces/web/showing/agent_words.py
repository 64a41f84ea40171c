"""Words and tones of agents' actions and runs, for every page that speaks of them; the words of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from roadworthy.foundation.money import Money
from roadworthy.interfaces.web.views.parts import Badge, Link, Tone
from roadworthy.operate.actions.model import AgentAction, AgentRun, RunState, State, Why
from roadworthy.operate.actions.runs.rollback import StepKind

STATES: Final[Mapping[State, Badge]] = {
    State.HELD: Badge(Tone.MIND, "held"),
    State.QUEUED: Badge(Tone.STALE, "queued"),
    State.RUNNING: Badge(Tone.STALE, "running"),
    State.PROBING: Badge(Tone.UNKNOWN, "probing"),
    State.DONE: Badge(Tone.GO, "done"),
    State.FAILED: Badge(Tone.STOP, "failed"),
    State.REFUSED: Badge(Tone.STOP, "refused"),
    State.DEAD: Badge(Tone.STOP, "dead letter"),
    State.PARKED: Badge(Tone.MIND, "parked"),
    State.CANCELLED: Badge(Tone.ASIDE, "cancelled"),
}
MEANS: Final[Mapping[State, str]] = {
    State.HELD: "A person decides. The stored arguments run on a yes; nothing is sent twice.",
    State.QUEUED: "It waits for its turn: let pass by a person, or to be tried again.",
    State.RUNNING: "Its intent is on record, and its system is asked.",
    State.PROBING: "It may have been done; its system is asked whether it was.",
    State.DONE: "Its system did it.",
    State.FAILED: "Its system did not do it, and nothing was changed.",
    State.REFUSED: "It was not done: a rule stands against it.",
    State.DEAD: "It was given up, and waits for a person.",
    State.PARKED: "A stop switch keeps it; it goes on when that is lifted.",
    State.CANCELLED: "Nobody wants it any more, or nobody let it pass in time.",
}
GIVEN_UP: Final[Mapping[Why, str]] = {
    Why.IN_DOUBT: "It may have been done, and nobody can say.",
    Why.TRIES: "All tries are used up; it is certain that nothing was done.",
    Why.REFUSED: "When its turn came it was refused.",
    Why.COMPENSATION: "It was to take another action back, and could not.",
}
RUNS: Final[Mapping[RunState, Badge]] = {
    RunState.OPEN: Badge(Tone.STALE, "open"),
    RunState.COMPLETED: Badge(Tone.GO, "completed"),
    RunState.ROLLING_BACK: Badge(Tone.MIND, "rolling back"),
    RunState.ROLLED_BACK: Badge(Tone.ASIDE, "rolled back"),
    RunState.PARTLY: Badge(Tone.STOP, "partly rolled back"),
}
STEPS: Final[Mapping[StepKind, Badge]] = {
    StepKind.TAKE_BACK: Badge(Tone.GO, "can be taken back"),
    StepKind.CANCEL: Badge(Tone.ASIDE, "was not begun"),
    StepKind.WAIT: Badge(Tone.STALE, "is waited for"),
    StepKind.NOTHING: Badge(Tone.ASIDE, "left nothing"),
    StepKind.CANNOT: Badge(Tone.STOP, "cannot be taken back"),
    StepKind.IN_DOUBT: Badge(Tone.UNKNOWN, "in doubt"),
    StepKind.TAKEN_BACK: Badge(Tone.GO, "taken back"),
}
EFFECTS: Final[Mapping[str, str]] = {"read": "reads", "write": "writes", "irreversible": "cannot be undone"}
ERRORS: Final[Mapping[str, str]] = {
    "action-template-empty": "what it comes from does not say one of its arguments: give it by hand",
    "compensation-undeclared": "nothing is declared any more that takes it back",
}
"""Errors that a person can do something about, in words; the others are told by their own."""
_IN_DOUBT: Final = Badge(Tone.UNKNOWN, "dead letter, in doubt")
_SEEN_TO: Final = Badge(Tone.ASIDE, "dead letter, seen to")
_SINGLE: Final = "single-"
"""How runs begin that nobody named."""


def state_of(action: AgentAction) -> Badge:
    """How far an action is."""
    if action.state is State.DEAD and action.seen_to_at is not None:
        return _SEEN_TO
    if action.state is State.DEAD and action.why is Why.IN_DOUBT:
        return _IN_DOUBT
    return STATES[action.state]


def amount_of(action: AgentAction) -> str:
    """What it moves; empty where that is no money."""
    return "" if action.amount is None or action.currency is None else str(Money(action.amount, action.currency))


def why_of(action: AgentAction) -> str:
    """Why it is where it is, in words."""
    error = action.error or ""
    said = action.about or ERRORS.get(error, error.replace("-", " "))
    given_up = GIVEN_UP[action.why] if action.state is State.DEAD and action.why is not None else ""
    return f"{given_up} ({said})" if given_up and said else given_up or said


def request_of(action: AgentAction) -> Link | None:
    """The decision that it waits for, or waited for."""
    return None if action.request is None else Link("decision", f"/decisions/{action.request}")


def named(run: AgentRun) -> str:
    """What to call a run."""
    return "A single action" if run.name.startswith(_SINGLE) else run.name


def short(id_: str) -> str:
    """An id that people can tell from others."""
    return f"…{id_[-8:]}"


def sums(amounts: Mapping[str, int]) -> str:
    """Amounts of several currencies."""
    return ", ".join(str(Money(minor, currency)) for currency, minor in sorted(amounts.items()))
