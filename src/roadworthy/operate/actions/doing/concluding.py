"""How an action stands after its system was asked, and which entry says so. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, Final

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions import recording
from roadworthy.operate.actions.declared import Action, Effect
from roadworthy.operate.actions.model import AgentAction, Outcome, Receipt, State, Why
from roadworthy.operate.actions.store import Kept
from roadworthy.operate.actions.systems.turns import BUSY, PACED

MARGIN: Final = dt.timedelta(seconds=30)
"""Beyond an action's own time, for which a gateway has it to itself before others take it for left behind."""
OVER: Final = frozenset({State.DONE, State.FAILED, State.DEAD})
STOPPED: Final = "stopped"
"""Class of the failure where a stop switch kept an action from a system at the last moment."""
OURS: Final = frozenset({BUSY, PACED})
"""Classes of failures where what a system can take was used up before it was asked."""
TRIES_BACK: Final = 9
"""Times that a system is asked to take something back, in three turns over some minutes, before a person has to."""
MOST_RESULT: Final = 1_048_576
"""Bytes of a result that is kept. One that is larger is not kept in part, which nobody could read."""
_LONGEST: Final = 300.0


def is_safe(spec: Action) -> bool:
    """Whether asking the system once more does nothing twice."""
    return spec.effect is Effect.READ or (spec.idempotency is not None and spec.idempotency.by == "key")


def came(kept: Kept, receipt: Receipt, spec: Action, tries: int, now: dt.datetime) -> Kept:
    """How an action stands after a system was asked.

    What may have happened is asked for where there is a probe, asked again later where that is safe and somebody
    counts on it, and otherwise is a dead letter; reading again costs nothing, so a read that failed has simply failed.
    """
    if receipt.outcome is Outcome.DONE:
        done = replace(
            kept.action, tries=kept.action.tries + tries, error=receipt.error, state=State.DONE, why=None,
            reference=receipt.reference, ended_at=now,
        )  # fmt: skip
        return replace(kept, action=done)
    action = replace(kept.action, tries=kept.action.tries + tries, error=receipt.error)
    match receipt.outcome:
        case Outcome.UNKNOWN if action.effect != Effect.READ:
            made = _doubted(action, receipt, spec, now)
        case Outcome.NOT_DONE if receipt.error == STOPPED:
            made = replace(action, state=State.PARKED, about="a stop switch is set", holder=None)
        case Outcome.NOT_DONE if receipt.passes and _waits(action, receipt, spec):
            made = replace(action, state=State.QUEUED, due_at=now + _wait(action, receipt), holder=None)
        case _:
            gone = action.compensates is not None
            made = replace(
                action, state=State.DEAD if gone else State.FAILED, why=Why.COMPENSATION if gone else None, ended_at=now
            )
    return replace(kept, action=made)


def _doubted(action: AgentAction, receipt: Receipt, spec: Action, now: dt.datetime) -> AgentAction:
    probe = spec.idempotency.probe if spec.idempotency is not None else None
    if probe is not None and action.state is not State.PROBING:
        return replace(action, state=State.PROBING, due_at=now + MARGIN)  # whoever asks, asks now
    if is_safe(spec) and (receipt.error == STOPPED or (action.compensates is not None and action.tries < TRIES_BACK)):
        return replace(action, state=State.PROBING, due_at=now + _wait(action, receipt), holder=None)
    return replace(action, state=State.DEAD, why=Why.IN_DOUBT, ended_at=now)


def _waits(action: AgentAction, receipt: Receipt, spec: Action) -> bool:
    """Whether what a system cannot do now is done later. What nobody waits for has to come to its turn."""
    if spec.outage == "wait":
        return True
    if action.compensates is not None:
        return receipt.error in OURS or action.tries < TRIES_BACK
    return receipt.error in OURS and (action.request is not None or action.replay_of is not None)


def _wait(action: AgentAction, receipt: Receipt) -> dt.timedelta:
    if receipt.error in OURS:
        return dt.timedelta(seconds=min(_LONGEST, max(1.0, receipt.retry_after or 0.0)))
    return dt.timedelta(seconds=min(_LONGEST, max(receipt.retry_after or 0.0, 2.0 * 2 ** min(action.tries, 7))))


def draft_of(action: AgentAction) -> Draft | None:
    """The entry of what an action came to; None where it goes on."""
    match action.state:
        case State.DONE:
            return recording.done(action, action.tries)
        case State.FAILED:
            return recording.failed(action, action.tries)
        case State.DEAD:
            return recording.given_up(action)
        case State.PARKED:
            return recording.parked(action)
        case _:
            return None


def kept_of(result: Any) -> bytes | None:  # noqa: ANN401 - any JSON
    """A result as it is kept; None where there is none, it is too large, or it has no exact form."""
    if result is None:
        return None
    try:
        written = forms.written(result)
    except InvalidInput:
        return None
    return written if len(written) <= MOST_RESULT else None
