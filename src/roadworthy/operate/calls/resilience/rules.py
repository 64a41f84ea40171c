"""Whether something is tried again, where, and how much later. Pure."""

from __future__ import annotations

from typing import Final

from roadworthy.operate.calls.wire.failures import (
    AGAIN,
    DECLINED,
    FINAL,
    UNTOUCHED,
    FailureClass,
    UpstreamFailure,
)

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0
"""Seconds. An upstream that asks for a longer one is not waited for: another is asked, or the client is told."""
_TOO_MANY, _TOO_EARLY, _OVERLOADED = 429, 425, 529
_UNAVAILABLE, _SERVER, _CLIENT = 503, 500, 400
_TIMEOUT, _CONFLICT = 408, 409
_OURS = frozenset({401, 403, 407})


def class_of(status: int) -> FailureClass | None:
    """What a status means for the call; None where it is an answer."""
    if status in _OURS:
        return FailureClass.CREDENTIAL
    if status == _TOO_MANY:
        return FailureClass.RATE_LIMITED
    if status in {_UNAVAILABLE, _OVERLOADED, _TOO_EARLY}:
        return FailureClass.OVERLOADED
    if status >= _SERVER or status == _TIMEOUT:
        return FailureClass.SERVER_ERROR
    if status >= _CLIENT:
        return FailureClass.REJECTED
    return None if 200 <= status < 300 else FailureClass.UNREADABLE  # noqa: PLR2004 - the bounds of what is an answer


def may_repeat(failure: UpstreamFailure, *, effects: bool) -> bool:
    """Whether anything else may be asked after a failure.

    Args:
        failure: of the try.
        effects: whether the upstream may do more than answer, so that only a try that it did not begin is repeated.
    """
    if failure.kind in FINAL:
        return False
    return not effects or failure.kind in UNTOUCHED or failure.kind in DECLINED


def same_again(failure: UpstreamFailure, tries: int, most: int) -> bool:
    """Whether the same target is asked again, after so many tries of it."""
    if failure.kind not in AGAIN or tries >= most:
        return False
    return failure.retry_after is None or failure.retry_after <= LONGEST_PAUSE


def pause(tries: int, retry_after: float | None, chance: float) -> float:
    """Seconds to wait before the next try.

    Args:
        tries: at this target so far, at least 1.
        retry_after: what the upstream asked for.
        chance: from 0 to 1; many clients that failed together do not come back together.
    """
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * float(1 << min(tries - 1, 10)))
    drawn = longest * (0.5 + chance / 2)
    return min(LONGEST_PAUSE, max(drawn, retry_after or 0.0))


def retry_after_of(value: str | None) -> float | None:
    """Seconds of a header `Retry-After`; None where it says none in digits."""
    if value is None or not value.strip().replace(".", "", 1).isdecimal() or len(value) > 12:  # noqa: PLR2004 - longer than any sensible wait
        return None
    return float(value)
