"""How a call goes from one state to the next. Pure: each function gives the call as it is afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from roadworthy.operate.calls.later.model import OPEN, Came, Fate, LaterCall, Run, State, Why
from roadworthy.operate.calls.wire.failures import DECLINED, UNTOUCHED
from roadworthy.operate.telemetry.model import Attempt

LEASE: Final = dt.timedelta(seconds=30)
"""For how long a gateway that is not heard of keeps a call to itself."""
FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 600.0
"""Seconds."""
MOST_RUNS: Final = 20
"""That are kept of one call; what they were is on record anyhow."""
GONE: Final = "gateway-gone"
_HARMLESS: Final = frozenset(each.value for each in UNTOUCHED | DECLINED)


def began(attempts: Iterable[Attempt]) -> bool:
    """Whether something may have happened upstream: any try that was not surely turned away."""
    return any(each.error is None or each.error not in _HARMLESS for each in attempts)


def pause(runs: int, chance: float, retry_after: float | None = None) -> dt.timedelta:
    """How long to wait after so many runs.

    Args:
        runs: that brought no answer, at least 1.
        chance: from 0 to 1; what failed together does not come back together.
        retry_after: what was asked for, in seconds.
    """
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * float(1 << min(runs - 1, 20)))
    return dt.timedelta(seconds=max(longest * (0.5 + chance / 2), retry_after or 0.0))


def taken(call: LaterCall, holder: str, now: dt.datetime) -> LaterCall:
    """A call whose turn it is, or whose gateway is gone; it runs afterwards, or is given up."""
    if call.state is State.RUNNING:
        call = _bereft(call, now)
        if call.state is State.DEAD:
            return call
    if now >= call.ends_at:
        return dead(call, Why.LATE, now)
    return replace(call, state=State.RUNNING, due_at=now + LEASE, fence=call.fence + 1, holder=holder)


def _bereft(call: LaterCall, now: dt.datetime) -> LaterCall:
    """A running call whose gateway is gone: something may have happened upstream."""
    call = replace(call, tries=call.tries + 1, runs=_with(call, Run("", now, GONE)), fence=call.fence + 1)
    if call.effects:
        return dead(call, Why.IN_DOUBT, now)
    return dead(call, Why.TRIES, now) if call.tries >= call.terms.tries else call


def ended(call: LaterCall, fence: int, came: Came, now: dt.datetime, chance: float) -> LaterCall | None:
    """A call after a run; None where it is not that gateway's any more, and nothing changes."""
    if call.state is not State.RUNNING or call.fence != fence:
        return None
    tries = call.tries + (1 if came.begun else 0)
    call = replace(
        call, tries=tries, runs=_with(call, Run(came.call, now, came.what)), holder=None, error=came.error,
        status=came.status, rule=came.rule, about=came.about,
    )  # fmt: skip
    if came.fate in {Fate.ANSWERED, Fate.FAILED}:
        state = State.ANSWERED if came.fate is Fate.ANSWERED else State.FAILED
        return replace(call, state=state, ended_at=now, keep_until=now + call.terms.keep_answers)
    due = now + pause(len(call.runs), chance, came.retry_after)
    why = _hopeless(call, came, due)
    return replace(call, state=State.QUEUED, due_at=due) if why is None else dead(call, why, now)


def _hopeless(call: LaterCall, came: Came, due: dt.datetime) -> Why | None:
    """Why a call without an answer is given up; None where it has another turn."""
    if came.fate is Fate.REFUSED:
        return None if came.passes and due < call.ends_at else Why.REFUSED
    if call.effects and came.begun:
        return Why.IN_DOUBT
    if call.tries >= call.terms.tries:
        return Why.TRIES
    return Why.LATE if due >= call.ends_at else None


def dead(call: LaterCall, why: Why, now: dt.datetime) -> LaterCall:
    """A call that is given up."""
    return replace(call, state=State.DEAD, why=why, holder=None, ended_at=now, keep_until=now + call.terms.keep_letters)


def cancelled(call: LaterCall, now: dt.datetime) -> LaterCall | None:
    """A call that the client does not want any more; None where it is over already."""
    if call.state not in OPEN:
        return None
    return replace(
        call, state=State.CANCELLED, fence=call.fence + 1, holder=None, ended_at=now, keep_until=now, status=None
    )


def again(letter: LaterCall, call: str, who: str, reason: str, now: dt.datetime) -> tuple[LaterCall, LaterCall]:
    """A dead letter that somebody has made again, and the new call."""
    seen_to = replace(letter, replayed_as=call, seen_to_by=who, seen_to_at=now, keep_until=now)
    made = LaterCall(
        id=call, use_case=letter.use_case, stage=letter.stage, endpoint=letter.endpoint, key=letter.key,
        surface=letter.surface, model=letter.model, effects=letter.effects, queued_at=now,
        ends_at=now + letter.terms.within, terms=letter.terms, state=State.QUEUED, due_at=now, replay_of=letter.id,
        reason=reason,
    )  # fmt: skip
    return seen_to, made


def _with(call: LaterCall, run: Run) -> tuple[Run, ...]:
    return (*call.runs, run)[-MOST_RUNS:]
