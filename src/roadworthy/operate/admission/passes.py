"""What people let pass outside of an envelope, for a day: a held call asks, the rights say who decides.

A pass is bound to one certificate, one endpoint and exactly what is outside of one term, so that it covers no other
call, and ends with the certificate.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import sqlalchemy as sa

from roadworthy.decide.approvals.executors.reading import digests, texts
from roadworthy.decide.approvals.proposing import Check, any_use_case
from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger.authority import Act
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.logs import log
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime, Worker
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.operate.admission.generation import bump
from roadworthy.operate.admission.kinds import ENDPOINT
from roadworthy.operate.admission.tables import gateway_passes

SUBJECT: Final = "held-calls"
"""Of decision requests."""
LASTS: Final = dt.timedelta(days=1)
ASKED_AGAIN: Final = dt.timedelta(minutes=5)
"""After so long it is asked anew, for the request may have ended; the same question is not asked twice at once."""
MOST_REMEMBERED: Final = 1_000
_NEEDED: Final = ("useCase", "stage", "endpoint", "certificate", "rule", "about")
_ITSELF: Final = Context(Actor(ActorKind.SYSTEM, "gateway"))
_log = log("gateway")


@dataclass(frozen=True, slots=True)
class Outside:
    """Exactly what a pass is about."""

    use_case: str
    stage: str
    endpoint: str
    certificate: str
    """Serial."""
    rule: str
    """`envelope:TERM`."""
    about: str
    """What of the term."""

    @property
    def content(self) -> dict[str, str]:
        """As a decision is asked for."""
        said = (self.use_case, self.stage, self.endpoint, self.certificate, self.rule, self.about)
        return dict(zip(_NEEDED, said, strict=True))


def outside_of(content: Mapping[str, Any]) -> Outside:
    """Read the content of a request.

    Raises:
        InvalidInput: a field is missing, or is none of these.
    """
    said = texts(content, _NEEDED)
    return Outside(*(said[name] for name in _NEEDED))


def standing(connection: sa.Connection, now: dt.datetime) -> dict[Outside, dt.datetime]:
    """Passes in force, with when they end."""
    found = connection.execute(sa.select(gateway_passes).where(gateway_passes.c.until > now))
    return {
        Outside(row.use_case, row.stage, row.endpoint, row.certificate, row.rule, row.about): row.until for row in found
    }


class PassExecutor:
    """Lets calls pass by decision.

    Args:
        resources: endpoints and use cases.
    """

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def prepare(self, connection: sa.Connection, context: Context, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is decided.

        Raises:
            InvalidInput: a field is missing.
            NotFound: there is no such endpoint.
        """
        del context
        outside = outside_of(content)
        self._resources.get(ENDPOINT, outside.endpoint, connection)
        return outside.content

    def acts(self, connection: sa.Connection, content: Mapping[str, Any]) -> tuple[Act, ...]:
        """One limit is raised for a day."""
        del connection
        outside = outside_of(content)
        facts = {"limit": outside.rule, "unit_of_limit": outside.about}
        return (Act("raise-limit", f"{ENDPOINT}/{outside.endpoint}", outside.content, outside.use_case, facts),)

    def base(self, connection: sa.Connection, content: Mapping[str, Any]) -> Mapping[str, str]:
        """The use case and the endpoint as they stand."""
        outside = outside_of(content)
        keys = [(USE_CASE, outside.use_case), (ENDPOINT, outside.endpoint)]
        return digests(self._resources, connection, keys)

    def title(self, content: Mapping[str, Any]) -> str:
        """What passes."""
        return f"Let calls of {content.get('useCase')} pass for a day that are outside of {content.get('rule')}"

    def shown(self, content: Mapping[str, Any]) -> Sequence[str]:
        """Everything that it says."""
        return tuple(f"{name}: {content.get(name)}" for name in _NEEDED)

    def carry_out(self, tx: Transaction, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Open the pass."""
        outside = outside_of(content)
        until = tx.now + LASTS
        request = next((grant.request for grant in tx.granted.values()), None)
        row = {
            "id": tx.new_id(),
            "use_case": outside.use_case,
            "stage": outside.stage,
            "endpoint": outside.endpoint,
            "certificate": outside.certificate,
            "rule": outside.rule,
            "about": outside.about,
            "until": until,
            "opened_at": tx.now,
            "request": request,
        }
        tx.connection.execute(gateway_passes.insert(), row)
        facts = {**outside.content, "until": until.isoformat(), "request": request}
        tx.record(Draft("gateway-pass.opened", f"{ENDPOINT}/{outside.endpoint}", decision="raise-limit", facts=facts))
        bump(tx)
        return {"until": until.isoformat(), "rule": outside.rule}


class Asks(Protocol):
    """Takes proposals."""

    def propose(self, context: Context, proposal: Proposal, check: Check = any_use_case) -> Request:
        """Ask for a decision; what waits already is not asked twice."""


class Holds:
    """Asks people about held calls, beside the calls, and once for each thing that is outside.

    Args:
        runtime: clock, and the thread on which it asks.
        approvals: who is asked.
    """

    def __init__(self, runtime: Runtime, approvals: Asks) -> None:
        self._runtime = runtime
        self._approvals = approvals
        self._asked: dict[Outside, tuple[dt.datetime, str | None]] = {}
        self._worker: Worker[Outside] | None = None

    def held(self, outside: Outside, at: dt.datetime) -> str | None:
        """Id of the request that a call waits for; None while it is being asked, or where nobody could be asked."""
        known = self._asked.get(outside)
        if known is not None and at < known[0] + ASKED_AGAIN:
            return known[1]
        if len(self._asked) >= MOST_REMEMBERED:
            self._asked.clear()
        self._asked[outside] = (at, None if known is None else known[1])
        if self._worker is None:
            self._worker = self._runtime.worker("gateway-holds", self._ask)
        self._worker.submit(outside)
        return self._asked[outside][1]

    def close(self) -> None:
        """Ask what waits, and stop."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def _ask(self, some: Sequence[Outside]) -> None:
        for outside in some:
            reason = "calls are held at the gateway because the envelope does not have them"
            try:
                request = self._approvals.propose(_ITSELF, Proposal(SUBJECT, outside.content, reason))
            except RoadworthyError as error:
                _log.warning("nobody could be asked about held calls", code=error.code, rule=outside.rule)
            except Exception as error:  # noqa: BLE001 - it is the thread's own top; the calls stay held
                _log.error("nobody could be asked about held calls", error=type(error).__name__, rule=outside.rule)
            else:
                self._asked[outside] = (self._runtime.clock.now(), request.id)
