"""Observe mode as a transition: which endpoints are only watched, on whose word, and for how long still.

The word is a decision request to raise a limit of exactly this endpoint, whose details name the last day. It counts
while it is approved, or once that approval was used; what becomes of it later is followed.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import sqlalchemy as sa

from roadworthy.decide.approvals.states import RequestState
from roadworthy.decide.approvals.tables import requests
from roadworthy.foundation.resources.model import Stored
from roadworthy.operate.admission.kinds import ENDPOINT, MOST_OBSERVING, Endpoint

DECIDES: Final = "raise-limit"
UNTIL: Final = "observeUntil"
"""In the details of the request: the last day, such as `2027-01-31`."""
APPROVED: Final = frozenset({RequestState.APPROVED.value, RequestState.USED.value})


@dataclass(frozen=True, slots=True)
class Transition:
    """What an endpoint declares as `observe`, and what it comes to."""

    use_case: str
    endpoint: str
    request: str
    until: dt.datetime
    """From when refusals are enforced."""
    why_not: str = ""
    """Why refusals are enforced now; empty while calls are only watched."""

    def days_left(self, now: dt.datetime) -> int:
        """Days that are begun and not over."""
        return max(0, -((now - self.until) // dt.timedelta(days=1))) if not self.why_not else 0

    def said(self, now: dt.datetime) -> dict[str, Any]:
        """As the gateway tells whoever runs it."""
        found: dict[str, Any] = {"useCase": self.use_case, "endpoint": self.endpoint, "request": self.request}
        found |= {"until": self.until.date().isoformat(), "daysLeft": self.days_left(now)}
        return {**found, "enforcedBecause": self.why_not} if self.why_not else found


def transitions(connection: sa.Connection, stored: Iterable[Stored], now: dt.datetime) -> list[Transition]:
    """Those of some endpoints that declare one."""
    found = (transition(connection, each, now) for each in stored)
    return [each for each in found if each is not None]


def transition(connection: sa.Connection, stored: Stored, now: dt.datetime) -> Transition | None:
    """What an endpoint's `observe` comes to; None where it declares none."""
    spec = cast("Endpoint", stored.spec)
    if spec.observe is None:
        return None
    columns = requests.c
    row = connection.execute(
        sa.select(columns.state, columns.created_at, columns.acts, columns.content).where(
            columns.id == spec.observe.transition
        )
    ).first()
    until = _end_of(spec.observe.until)
    why = ""
    if row is None:
        why = "there is no such decision request"
    elif not _is_about(json.loads(row.acts), stored.name, spec.use_case):
        why = f"the decision request is not one to {DECIDES} of {ENDPOINT}/{stored.name}"
    elif row.state not in APPROVED:
        why = f"the decision request is {row.state}"
    else:
        last = _last_day(json.loads(row.content))
        if last is None:
            why = f"the decision request does not say `{UNTIL}` in its details"
        else:
            until = min(until, _end_of(last), row.created_at + MOST_OBSERVING)
            why = "its time is over" if now >= until else ""
    return Transition(spec.use_case, stored.name, spec.observe.transition, until, why)


def _is_about(acts: Iterable[Mapping[str, Any]], endpoint: str, use_case: str) -> bool:
    asked = (DECIDES, f"{ENDPOINT}/{endpoint}", use_case)
    return any((act.get("decides"), act.get("resource"), act.get("useCase")) == asked for act in acts)


def _last_day(content: Mapping[str, Any]) -> dt.date | None:
    details = content.get("details")
    said = details.get(UNTIL) if isinstance(details, Mapping) else None
    try:
        return dt.date.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None


def _end_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(days=1)
