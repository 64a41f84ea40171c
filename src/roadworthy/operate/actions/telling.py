"""What agents are told of an action."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.operate.actions.deciding.verdict import ALLOW, DENY, HOLD
from roadworthy.operate.actions.model import WITHHELD, AgentAction, Reason, State, Told, Why
from roadworthy.operate.admission.model import Refusal

_ACCEPTED, _FORBIDDEN, _MISSING, _UPSTREAM, _LATE, _GONE = 202, 403, 404, 502, 504, 410
_CODES: Final = {
    "stop": "action-stopped",
    "certificate": "action-not-certified",
    "identity": "action-identity-refused",
    "schema": "action-arguments-refused",
    "check": "action-arguments-refused",
    "amount": "action-arguments-refused",
    "pin": "action-changed",
    "taint": "action-run-tainted",
    "limit": "action-over-limit",
    "envelope": "action-outside-envelope",
    "run": "action-run-over",
    "hold": "action-held",
}
"""Error code by the first word of the rule."""


def of_refusal(refusal: Refusal) -> Told:
    """Nobody who is known asks."""
    return Told(
        "", State.REFUSED, rule=refusal.rule, code=refusal.code, message=refusal.message, remedy=refusal.remedy,
        status=refusal.status, reasons=(Reason(refusal.rule, DENY, refusal.about, refusal.who, refusal.remedy),),
    )  # fmt: skip


def of_error(error: RoadworthyError) -> Told:
    """An error of ours, with its own words."""
    return Told(
        "", State.REFUSED, rule="settings", code=error.code, message=error.message, remedy=error.remedy,
        status=error.status,
    )  # fmt: skip


def unknown(name: str, known: Sequence[str]) -> Told:
    """No such action for this key."""
    some = f"one of {', '.join(known[:20])}" if known else "have an `Action` declared for the use case"
    return Told(
        "", State.REFUSED, rule="action", code="action-unknown",
        message=f"this key opens no action `{name[:120]}`", remedy=some, status=_MISSING,
    )  # fmt: skip


def of_verdict(says: str, reasons: tuple[Reason, ...]) -> Told:
    """What would become of an action."""
    state = {ALLOW: State.DONE, HOLD: State.HELD, DENY: State.REFUSED}[says]
    deciding = next((each for each in reasons if each.says == says), None)
    return Told("", state, reasons=reasons, rule="" if deciding is None or says == ALLOW else deciding.rule)


def of_action(action: AgentAction, reasons: tuple[Reason, ...], result: Any) -> Told:  # noqa: ANN401 - any JSON
    """How an action stands."""
    deciding = next((each for each in reasons if each.rule == action.rule), None)
    code, message, status = _said(action)
    remedy = deciding.remedy if deciding is not None else _REMEDIES.get(action.state, "")
    who = f"; {deciding.who} could say yes" if deciding is not None and deciding.who else ""
    return Told(
        id=action.id, state=action.state, result=result, reasons=reasons, rule=action.rule, code=code,
        message=f"{message}{who}" if code else message, remedy=remedy, status=status, request=action.request,
        run=action.run, retry_after=2.0 if status == _ACCEPTED else None,
    )  # fmt: skip


_REMEDIES: Final = {
    State.HELD: "ask for it again by its id; when people have decided, it is done without being sent again",
    State.QUEUED: "ask for it again by its id",
    State.RUNNING: "ask for it again by its id",
    State.PROBING: "ask for it again by its id",
    State.PARKED: "wait until the stop switch is lifted",
    State.FAILED: "mend what the system says, and ask for another action",
    State.DEAD: "whoever answers for it looks into it; do not send it again",
    State.CANCELLED: "ask for another action if it is still wanted",
}


def _said(action: AgentAction) -> tuple[str, str, int]:  # noqa: PLR0911 - one for each state
    """Code, words and HTTP status."""
    match action.state:
        case State.DONE:
            return "", "done", 200
        case State.REFUSED:
            code = _CODES.get(action.rule.partition(":")[0], "action-refused")
            return code, f"`{action.action}` is refused: {action.about}", _FORBIDDEN
        case State.HELD:
            return "action-held", f"`{action.action}` waits for a person: {action.about}", _ACCEPTED
        case State.QUEUED | State.RUNNING | State.PROBING | State.PARKED:
            return "action-under-way", f"`{action.action}` is {action.state.value}", _ACCEPTED
        case State.FAILED if action.error == WITHHELD:
            return "action-withheld", f"what `{action.action}` read is somebody else's than the run's", _FORBIDDEN
        case State.FAILED:
            return "action-failed", f"`{action.system}` did not do `{action.action}` ({action.error})", _UPSTREAM
        case State.CANCELLED:
            return "action-cancelled", f"`{action.action}` was not let pass, or is not wanted any more", _GONE
        case State.DEAD:
            if action.why is Why.IN_DOUBT:
                words = f"`{action.system}` may have done `{action.action}`, and nobody can say ({action.error})"
                return "action-in-doubt", words, _LATE
            return "action-given-up", f"`{action.action}` was given up ({action.rule or action.error})", _UPSTREAM
