"""How an action stands after it was decided about. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from roadworthy.operate.actions.deciding import charging
from roadworthy.operate.actions.deciding.verdict import ALLOW, DENY, HOLD, Case, Verdict
from roadworthy.operate.actions.doing.concluding import MARGIN
from roadworthy.operate.actions.model import AgentAction, State, Why
from roadworthy.operate.actions.store import Kept


@dataclass(frozen=True, slots=True)
class Turn:
    """When a decision is written down, and by which gateway."""

    now: dt.datetime
    holder: str


def as_decided(kept: Kept, verdict: Verdict, case: Case, turn: Turn) -> Kept:
    """How an action that was asked for before stands."""
    made = replace(kept.action, **changes(kept.action, verdict, case, turn))
    if verdict.says != ALLOW:
        return replace(kept, action=made, charges=())
    return replace(kept, action=made, charges=kept.charges or charging.said(verdict.charges))


def changes(before: AgentAction | None, verdict: Verdict, case: Case, turn: Turn) -> dict[str, Any]:
    """What a decision says of an action, by its fields; `before` is None where it was asked for just now."""
    reason, amount = verdict.deciding, verdict.amount
    allowed = verdict.says == ALLOW
    said: dict[str, Any] = {
        "rule": "" if allowed else reason.rule, "about": "" if allowed else reason.about,
        "amount": None if amount is None else amount.minor, "currency": None if amount is None else amount.currency,
        "certificate": verdict.certificate,
    }  # fmt: skip
    if verdict.says == DENY:
        dead = before is not None and bool(before.replay_of or before.request or before.compensates)
        said |= {"state": State.DEAD if dead else State.REFUSED, "why": Why.REFUSED if dead else None}
        return said | ({"ended_at": turn.now, "due_at": case.at} if before is None else {"ended_at": turn.now})
    if verdict.says == HOLD:
        return said | {"state": State.HELD, "due_at": turn.now}
    until = turn.now + dt.timedelta(seconds=case.action.timeout * (case.action.spec.attempts or 3)) + MARGIN
    fence = 1 if before is None or not before.fence else before.fence
    return said | {"state": State.RUNNING, "due_at": until, "fence": fence, "holder": turn.holder}
