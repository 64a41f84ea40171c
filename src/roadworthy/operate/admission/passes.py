"""What people let pass outside of an envelope, for a day: a held call asks, the rights say who decides.

A pass is bound to one certificate, one endpoint and exactly what is outside of one term, so that it covers no other
call, and ends with the certificate.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol, cast

import sqlalchemy as sa

from roadworthy.decide.approvals.executors.reading import digests, texts
from roadworthy.decide.approvals.proposing import Check, any_use_case
from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.decide.approvals.states import WAITING, RequestState
from roadworthy.decide.approvals.tables import requests
from roadworthy.decide.certificate.model import TermName
from roadworthy.foundation.digests import digest_of
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger.authority import Act
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.logs import log
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime, Worker
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.deciding import facts_of
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import UseCase
from roadworthy.operate.admission.generation import bump
from roadworthy.operate.admission.kinds import ENDPOINT
from roadworthy.operate.admission.tables import gateway_generations, gateway_passes
from roadworthy.operate.telemetry.model import Intent, Ruling

SUBJECT: Final = "held-calls"
"""Of decision requests."""
COHORT: Final = f"envelope:{TermName.COHORT}"
"""Outside of it are people, not things."""
LASTS: Final = dt.timedelta(days=1)
LOOKED_AGAIN: Final = dt.timedelta(seconds=5)
"""After so long it is looked what became of a request."""
ASKED_AGAIN: Final = dt.timedelta(minutes=5)
"""After so long it is tried anew where nobody could be asked."""
A_WHILE: Final = dt.timedelta(hours=1)
MOST_ASKED: Final = 20
"""Things outside for which people are asked about one endpoint, by one gateway in a while."""
MOST_REMEMBERED: Final = 1_000
_NEEDED: Final = ("useCase", "stage", "endpoint", "certificate", "rule", "about")
_WORDS: Final[Mapping[str, str]] = {
    "useCase": "use case",
    "stage": "stage",
    "endpoint": "endpoint",
    "certificate": "certificate",
    "rule": "what the certificate does not have",
    "about": "exactly what of it",
}
_ONE_AT_A_TIME: Final = sa.select(gateway_generations.c.single).with_for_update()
"""Two gateways that hold the same at once ask one after the other, so that the second finds the first one's request."""
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


def exactly_about(rule: str, about: str, user: str | None) -> str:
    """What a pass is about: of people outside of the cohort, the one user, by the pseudonym."""
    return f"{about}: {user}" if rule == COHORT and user is not None else about


def asked_for(connection: sa.Connection, held: Intent) -> str | None:
    """Id of the decision request that a held call waited for; None where there was none."""
    if held.ruling is not Ruling.HELD or None in (held.use_case, held.stage, held.endpoint, held.certificate):
        return None
    about = exactly_about(held.rule or "", held.about, held.subject)
    outside = Outside(
        held.use_case or "", held.stage or "", held.endpoint or "", held.certificate or "", held.rule or "", about
    )
    of = requests.c
    asked = sa.select(of.id, of.ended_at).where(
        of.proposer_ref == _ITSELF.actor.ref,
        of.subject == SUBJECT,
        of.content_digest == digest_of(outside.content),
    )
    found = connection.execute(asked.order_by(of.id)).all()
    waiting = (row.id for row in found if row.ended_at is None or row.ended_at >= held.at)
    return next(waiting, found[-1].id if found else None)


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
        connection.execute(_ONE_AT_A_TIME)
        return outside.content

    def acts(self, connection: sa.Connection, content: Mapping[str, Any]) -> tuple[Act, ...]:
        """One limit is raised for a day, in a use case of which rules may ask everything that is known.

        Raises:
            NotFound: there is no such use case.
        """
        outside = outside_of(content)
        spec = cast("UseCase", self._resources.get(USE_CASE, outside.use_case, connection).spec)
        facts = {**facts_of(outside.use_case, spec), "limit": outside.rule, "unit_of_limit": outside.about}
        return (Act("raise-limit", f"{ENDPOINT}/{outside.endpoint}", outside.content, outside.use_case, facts),)

    def base(self, connection: sa.Connection, content: Mapping[str, Any]) -> Mapping[str, str]:
        """The use case and the endpoint as they stand."""
        outside = outside_of(content)
        keys = [(USE_CASE, outside.use_case), (ENDPOINT, outside.endpoint)]
        return digests(self._resources, connection, keys)

    def title(self, content: Mapping[str, Any]) -> str:
        """What passes."""
        term = str(content.get("rule")).partition(":")[2]
        return (
            f"Let calls of {content.get('useCase')} pass for a day that its certificate does not have: "
            f"{term} ({content.get('about')})"
        )

    def shown(self, content: Mapping[str, Any]) -> Sequence[str]:
        """Everything that it says."""
        return (
            *(f"{words}: {content.get(name)}" for name, words in _WORDS.items()),
            "for how long: a day from the last yes, or until the certificate ends",
        )

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


def end_all(tx: Transaction, why: str) -> int:
    """End every pass in force at once, each with an entry of its own; how many it were.

    Args:
        tx: the unit.
        why: in one word, for the record.
    """
    columns = gateway_passes.c
    found = tx.connection.execute(sa.select(gateway_passes).where(columns.until > tx.now).order_by(columns.id)).all()
    tx.connection.execute(gateway_passes.update().where(columns.until > tx.now).values(until=tx.now))
    for row in found:
        outside = Outside(row.use_case, row.stage, row.endpoint, row.certificate, row.rule, row.about)
        facts = {**outside.content, "pass": row.id, "cause": why}
        tx.record(Draft("gateway-pass.ended", f"{ENDPOINT}/{row.endpoint}", facts=facts))
    if found:
        bump(tx)
    return len(found)


class Stands(StrEnum):
    """Where the question stands that a held call asks."""

    ASKING = "asking"
    """It is on its way."""
    WAITING = "waiting"
    """People were asked and have not decided."""
    DECLINED = "declined"
    """They said no, less than a day ago."""
    NOBODY = "nobody"
    """Nobody could be asked: no decision rights are in force, they cover no `raise-limit`, or the store is away."""
    CROWDED = "crowded"
    """So much else was asked for this endpoint of late that people are not asked for more."""


@dataclass(frozen=True, slots=True)
class Waits:
    """What a held call waits for."""

    stands: Stands
    request: str | None = None
    """Id of the decision request, where there is one."""


class Asks(Protocol):
    """Takes proposals."""

    def propose(self, context: Context, proposal: Proposal, check: Check = any_use_case) -> Request:
        """Ask for a decision; what waits already is not asked twice."""


class Holds:
    """Asks people about held calls, beside the calls, and once for each thing that is outside.

    Args:
        store: where it is looked what became of a request.
        runtime: clock, and the thread on which it asks.
        approvals: who is asked.
    """

    def __init__(self, store: Store, runtime: Runtime, approvals: Asks) -> None:
        self._store = store
        self._runtime = runtime
        self._approvals = approvals
        self._asked: dict[Outside, tuple[dt.datetime, Waits]] = {}
        self._worker: Worker[Outside] | None = None

    def held(self, outside: Outside, at: dt.datetime) -> Waits:
        """What a call waits for. Touches memory alone; whatever has to be looked up is, beside the calls."""
        known = self._asked.get(outside)
        if known is not None and at < known[0] + (ASKED_AGAIN if known[1].stands is Stands.NOBODY else LOOKED_AGAIN):
            return known[1]
        if known is None and self._is_crowded(outside, at):
            return _CROWDED
        if len(self._asked) >= MOST_REMEMBERED:
            self._asked.clear()
        waits = _ASKING if known is None else known[1]
        self._asked[outside] = (at, waits)
        if self._worker is None:
            self._worker = self._runtime.worker("gateway-holds", self._ask)
        self._worker.submit(outside)
        return waits

    def close(self) -> None:
        """Ask what waits, and stop."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def _is_crowded(self, outside: Outside, at: dt.datetime) -> bool:
        """Whoever varies what he asks for does not fill people's inboxes."""
        since = at - A_WHILE
        of_late = (each for each, (when, _waits) in self._asked.items() if when > since)
        return sum(each.endpoint == outside.endpoint for each in of_late) >= MOST_ASKED

    def _ask(self, some: Sequence[Outside]) -> None:
        for outside in some:
            try:
                waits = self._became(outside) or self._proposed(outside)
            except RoadworthyError as error:
                _log.warning("nobody could be asked about held calls", code=error.code, rule=outside.rule)
                waits = _NOBODY
            except Exception as error:  # noqa: BLE001 - it is the thread's own top; the calls stay held
                _log.error("nobody could be asked about held calls", error=type(error).__name__, rule=outside.rule)
                waits = _NOBODY
            self._asked[outside] = (self._runtime.clock.now(), waits)

    def _became(self, outside: Outside) -> Waits | None:
        """What became of the last request about it; None where it has to be asked anew."""
        of = requests.c
        wanted = sa.select(of.id, of.state, of.ended_at).where(
            of.proposer_ref == _ITSELF.actor.ref,
            of.subject == SUBJECT,
            of.content_digest == digest_of(outside.content),
        )
        with self._store.read() as connection:
            row = connection.execute(wanted.order_by(of.id.desc()).limit(1)).first()
        if row is None:
            return None
        state = RequestState(row.state)
        if state in WAITING:
            return Waits(Stands.WAITING, row.id)
        if state is RequestState.DECLINED and self._runtime.clock.now() < row.ended_at + LASTS:
            return Waits(Stands.DECLINED, row.id)
        return None

    def _proposed(self, outside: Outside) -> Waits:
        reason = "calls are held at the gateway because the certificate does not have them"
        request = self._approvals.propose(_ITSELF, Proposal(SUBJECT, outside.content, reason))
        return Waits(Stands.WAITING, request.id)


_ASKING: Final = Waits(Stands.ASKING)
_NOBODY: Final = Waits(Stands.NOBODY)
_CROWDED: Final = Waits(Stands.CROWDED)
