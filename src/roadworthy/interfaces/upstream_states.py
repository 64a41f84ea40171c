"""Whether the gateway of this process would ask an upstream, and why not: the same for pages and programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from roadworthy.app import App
from roadworthy.operate.calls.resilience.breaker import BreakerState
from roadworthy.operate.calls.upstreams.declared import UPSTREAM, Upstream

MOST_LISTED = 500
ReachState: TypeAlias = Literal["ready", "no-secret", "resting", "unread"]


@dataclass(frozen=True, slots=True)
class Reach:
    """A declared upstream as one process would reach it."""

    name: str
    spec: Upstream
    state: ReachState
    why: str
    """Empty where it is asked."""


def reaches(app: App) -> list[Reach]:
    """Every declared upstream, by name."""
    fleet = app.gateway.fleet
    standing = {each.name: each for each in fleet.all()}
    found = []
    for stored in app.resources.list(UPSTREAM, limit=MOST_LISTED):
        spec = cast("Upstream", stored.spec)
        reached = standing.get(stored.name)
        state: ReachState = "ready"
        why = ""
        if not app.gateway.started:
            state, why = "unread", "no gateway runs in the process that answers"
        elif (why := fleet.why_not(stored.name)) or reached is None:
            state = "no-secret" if spec.secret is not None and reached is not None else "unread"
            why = why or "its address, its authority or its way to a user's identity cannot be used; the log says why"
        elif reached.breaker.state(app.runtime.clock.monotonic()) is BreakerState.OPEN:
            state, why = "resting", "it failed several times in a row and is left alone for a moment"
        found.append(Reach(stored.name, spec, state, why))
    return found
