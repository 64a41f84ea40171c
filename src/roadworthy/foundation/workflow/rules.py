"""When something that failed is tried again, and for how long a lease holds: pure."""

from __future__ import annotations

import datetime as dt

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.workflow.model import Retries

LONGEST_ERROR = 500
_STEPS = 1 << 32


def pause(retries: Retries, attempts: int, chance: float = 1.0) -> dt.timedelta | None:
    """How long to wait after the given number of failed attempts; None when it is time to give up.

    Args:
        retries: first pause, factor, longest pause, most attempts.
        attempts: failed so far, at least 1.
        chance: from 0 to 1; 0 waits half of the pause and 1 all of it.
    """
    if attempts >= retries.most:
        return None
    wait = retries.first
    for _ in range(attempts - 1):
        if wait >= retries.longest:
            break
        wait *= retries.factor
    return min(wait, retries.longest) * (0.5 + chance / 2)


def chance(raw: bytes) -> float:
    """A number from 0 up to and without 1, of four random bytes."""
    return int.from_bytes(raw, "big") / _STEPS


def holds(until: dt.datetime | None, now: dt.datetime, length: dt.timedelta) -> bool:
    """True while a lease is in force.

    One that ends further ahead than any could have been given was given before the clock was set back; it is void,
    for nobody may wait for a clock to come round again.
    """
    return until is not None and now < until <= now + 2 * length


def rests(until: dt.datetime | None, now: dt.datetime, longest: dt.timedelta) -> bool:
    """True while what failed is not to be tried again; as with leases, not beyond what a pause can last."""
    return holds(until, now, longest)


def said_of(error: Exception) -> str:
    """A failure in a line; of a fault that was not foreseen only the type, for its text can hold anything."""
    text = f"{error.code}: {error.message}" if isinstance(error, RoadworthyError) else type(error).__name__
    return text[:LONGEST_ERROR]
