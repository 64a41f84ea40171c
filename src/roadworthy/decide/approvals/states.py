"""Where a decision request can stand, and what moves it: the table that `foundation.workflow` runs."""

from __future__ import annotations

from enum import StrEnum

from roadworthy.foundation.workflow.machines import Machine, Transition

MACHINE = "decision-request"


class RequestState(StrEnum):
    """Where a decision request stands."""

    OPEN = "open"
    ESCALATED = "escalated"
    """It waited too long, and more people may approve."""
    APPROVED = "approved"
    """The quorum is there, and the approval was not used yet."""
    USED = "used"
    """What was approved was done; the approval is spent."""
    LAPSED = "lapsed"
    """Nobody used the approval in time."""
    DECLINED = "declined"
    EXPIRED = "expired"
    """Nobody decided in time; the answer is no."""
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"
    """What it was about, or the rights it rested on, changed; the votes do not count any more."""


class RequestEvent(StrEnum):
    """What moves a decision request."""

    ESCALATE = "escalate"
    APPROVE = "approve"
    DECLINE = "decline"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"
    VOID = "void"
    USE = "use"
    LAPSE = "lapse"


WAITING = frozenset({RequestState.OPEN, RequestState.ESCALATED})
ENDS = frozenset(set(RequestState) - WAITING - {RequestState.APPROVED})

_S, _E = RequestState, RequestEvent

REQUESTS = Machine(
    name=MACHINE,
    version=1,
    initial=_S.OPEN,
    transitions=(
        *(
            Transition(state, event, to)
            for state in (_S.OPEN, _S.ESCALATED)
            for event, to in (
                (_E.ESCALATE, _S.ESCALATED),
                (_E.APPROVE, _S.APPROVED),
                (_E.DECLINE, _S.DECLINED),
                (_E.EXPIRE, _S.EXPIRED),
                (_E.WITHDRAW, _S.WITHDRAWN),
                (_E.VOID, _S.VOIDED),
            )
        ),
        Transition(_S.APPROVED, _E.USE, _S.USED),
        Transition(_S.APPROVED, _E.LAPSE, _S.LAPSED),
        Transition(_S.APPROVED, _E.WITHDRAW, _S.WITHDRAWN),
        Transition(_S.APPROVED, _E.VOID, _S.VOIDED),
    ),
    ends=ENDS,
)
