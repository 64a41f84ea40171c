"""What clients are told: refusals of the funnel, failures of upstreams, faults of ours."""

from __future__ import annotations

import math
from typing import Final

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.operate.admission.model import Refusal
from roadworthy.operate.calls.delegation.model import IdentityFailure
from roadworthy.operate.calls.delegation.telling import of_identity
from roadworthy.operate.calls.model import Told
from roadworthy.operate.calls.surfaces.bodies import decode
from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure

_MOST_TOLD: Final = 500
_WORDS: Final = {
    FailureClass.RATE_LIMITED: "it limits how often it is asked",
    FailureClass.OVERLOADED: "it is overloaded",
    FailureClass.BREAKER: "it failed several times in a row and is left alone for a moment",
    FailureClass.BUSY: "as many calls are under way there as are allowed",
    FailureClass.CREDENTIAL: "it does not accept the gateway's key",
    FailureClass.SECRET: "its key cannot be read",
    FailureClass.ADDRESS: "its address leads where the gateway does not go",
    FailureClass.SPEECH: "it does not speak what was asked in",
    FailureClass.CONNECT: "it cannot be connected to",
    FailureClass.CONNECT_TIMEOUT: "it did not take the connection in time",
    FailureClass.RESET: "it ended the connection",
    FailureClass.TRUNCATED: "its answer broke off",
    FailureClass.UNREADABLE: "its answer cannot be read",
    FailureClass.WRONG_TYPE: "its answer is of another type than was asked for",
    FailureClass.TOO_LARGE: "its answer is over the limit",
    FailureClass.SERVER_ERROR: "it failed",
}
_SLOW: Final = frozenset({FailureClass.FIRST_TOKEN_TIMEOUT, FailureClass.IDLE_TIMEOUT, FailureClass.TOTAL_TIMEOUT})
_WAITING: Final = frozenset(
    {FailureClass.RATE_LIMITED, FailureClass.OVERLOADED, FailureClass.BREAKER, FailureClass.BUSY}
)


def of_refusal(refusal: Refusal) -> Told:
    """A no of the funnel."""
    who = (
        f"{refusal.about}; {refusal.who} could say yes"
        if refusal.who and refusal.about
        else refusal.about or refusal.who
    )
    message = f"{refusal.message} ({who})" if who else refusal.message
    return Told(refusal.code, message, refusal.status, refusal.remedy, refusal.retry_after, held=refusal.held)


def of_error(error: RoadworthyError) -> Told:
    """An error of ours, with its own words."""
    return Told(error.code, error.message, error.status, error.remedy, field=error.place.field)


def of_failure(failure: UpstreamFailure, *secrets: str) -> Told:
    """What a client is told of the last failure; never an address, never a key.

    Args:
        failure: of the last upstream.
        secrets: that it was shown; an upstream that repeats one in its words is not repeated.
    """
    if isinstance(failure, IdentityFailure):
        return of_identity(failure)
    if failure.kind is FailureClass.REJECTED:
        said, field = _words_of(failure.told, secrets)
        return _told(
            "upstream-request-rejected",
            f"the upstream rejects the request: {said}" if said else "the upstream rejects the request",
            failure.status or 400,
            "mend the request",
            field=field,
        )
    if failure.kind in _SLOW:
        return _told("upstream-timeout", f"no upstream answered in time ({failure.kind})", 504, "try again later")
    waits = math.ceil(failure.retry_after) if failure.retry_after else 1
    if failure.kind is FailureClass.RATE_LIMITED:
        return _told("upstream-rate-limited", _sentence(failure.kind), 429, "try again later", waits)
    if failure.kind in _WAITING:
        return _told("upstream-overloaded", _sentence(failure.kind), 503, "try again later", waits)
    remedy = "try again; the call's page says what was tried"
    return _told("upstream-failed", _sentence(failure.kind), 502, remedy)


def unrecorded() -> Told:
    """The record cannot be written, so nothing may happen."""
    return _told(
        "call-unrecordable",
        "the call cannot be recorded, so it was not made",
        503,
        "try again later; whoever runs the gateway finds the reason in its log",
        5,
    )


def faulty() -> Told:
    """A fault of ours; the log has the details, the answer has none."""
    return _told(
        "call-fault", "something failed in the gateway that should not have", 500, "try again; the log has the details"
    )


def blocked(findings: tuple[str, ...]) -> Told:
    """A guard kept the answer back."""
    which = ", ".join(sorted({each.partition(":")[0] for each in findings})) or "a guard"
    return _told(
        "answer-blocked",
        f"the answer was kept back by {which}",
        403,
        "ask differently; whoever answers for the endpoint knows what its guards keep back",
    )


def repeated(under_way: bool) -> Told:  # noqa: FBT001 - one of two
    """The same idempotency key came again."""
    if under_way:
        return _told(
            "idempotency-in-progress", "the first request under this key is being answered", 409, "try again later", 1
        )
    return _told(
        "idempotency-key-reused",
        "another request was sent under this idempotency key",
        422,
        "use a key for one request",
    )


def crowded(retry_after: int) -> Told:
    """As many calls are under way as the gateway makes."""
    return _told(
        "gateway-overloaded", "as many calls are under way as the gateway makes", 429, "try again later", retry_after
    )


def _sentence(kind: FailureClass) -> str:
    return f"no upstream answered; of the last one tried: {_WORDS.get(kind, 'it failed')}"


def _words_of(told: bytes, secrets: tuple[str, ...]) -> tuple[str, str | None]:
    """Message and field of an upstream's error, in whichever of the known shapes."""
    try:
        document = decode(told)
    except Exception:  # noqa: BLE001 - whatever it is, nothing of it is repeated
        return "", None
    error = document.get("error", document)
    message: object
    field: object
    if isinstance(error, str):
        message, field = error, None
    elif isinstance(error, dict):
        message, field = error.get("message"), error.get("param")
    else:
        return "", None
    if not isinstance(message, str) or any(secret and secret in message for secret in secrets):
        return "", None
    return message[:_MOST_TOLD], field if isinstance(field, str) else None


def _told(
    code: str, message: str, status: int, remedy: str, retry_after: int | None = None, field: str | None = None
) -> Told:
    return Told(code, message, status, remedy, retry_after, field)
