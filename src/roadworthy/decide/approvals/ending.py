"""How requests end without a vote: voided, withdrawn, escalated and expired, lapsed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.approvals import store as rows
from roadworthy.decide.approvals.deadlines import next_due
from roadworthy.decide.approvals.ground import Ground, News
from roadworthy.decide.approvals.requests import Request, Vote
from roadworthy.decide.approvals.states import ENDS, WAITING, RequestEvent, RequestState
from roadworthy.decide.approvals.who import Who
from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import Conflict, NotFound, Place, Refused
from roadworthy.foundation.identity.model import SKEW
from roadworthy.foundation.ledger.draft import Basis, Context, Draft, Oversight
from roadworthy.foundation.ledger.unit import Transaction

TIMER = "decision-request"
"""One timer per request that is not over: whatever happens to it next by itself."""
REMIND = "decision-reminder"
"""One timer per request, never taken back: what it finds decided it leaves alone."""
MOST_NAMED = 20
"""Changed resources that are named in an entry."""

_SAID = {
    RequestState.APPROVED: "it is approved already",
    RequestState.USED: "it was approved and carried out",
    RequestState.LAPSED: "it was approved, and nobody used the approval in time",
    RequestState.DECLINED: "it was declined",
    RequestState.EXPIRED: "nobody decided in time",
    RequestState.WITHDRAWN: "it was withdrawn",
    RequestState.VOIDED: "what it was about changed, so it was voided",
}


class Ending:
    """Moves requests, and keeps row, machine, inboxes and timer together."""

    def __init__(self, ground: Ground, who: Who) -> None:
        self._ground = ground
        self._who = who

    # ------------------------------------------------------------ shared with votes and uses

    def held(self, tx: Transaction, request_id: str) -> Request:
        """A request that nobody else moves until the unit ends.

        Raises:
            NotFound: there is none of this id.
        """
        return known(rows.get(tx.connection, request_id, hold=True), request_id)

    def move(
        self, tx: Transaction, request: Request, event: RequestEvent, why: str | None = None, **changed: object
    ) -> Request:
        """Move a request, and everything that goes by where it stands.

        Args:
            tx: the unit.
            request: as it was read, held, in this unit.
            event: what happens.
            why: kept with a request that ends; free text.
            changed: further columns.
        """
        run = self._ground.runs.move(tx, request.id, event.value)
        state = RequestState(run.state)
        values: dict[str, Any] = {"state": state, **changed}
        if state in ENDS:
            values |= {"ended_at": tx.now, "why_ended": why}
            rows.forget_where(tx.connection, request.id)
        elif state is RequestState.APPROVED:
            rows.take_out(tx.connection, request.id)
        rows.change(tx.connection, request.id, **{**values, "state": state.value})
        moved = replace(request, **values)
        self.wind(tx, moved)
        return moved

    def wind(self, tx: Transaction, request: Request, *, look_again: bool = False) -> None:
        """Set, or take away, the timer of a request."""
        due = next_due(request, tx.now, look_again=look_again)
        if due is None:
            self._ground.timers.cancel(tx, TIMER, request.id)
        else:
            self._ground.timers.set(tx, TIMER, request.id, due)

    def tell(self, tx: Transaction, request: Request, topic: str, to: frozenset[str], *, urgent: bool = False) -> None:
        """Have people told about a request."""
        here = self._ground.people.here(tx.connection, to)
        if here:
            facts = {"request": request.id, "deadline": request.deadline_at.isoformat()}
            news = News(topic, here, request.title, f"/decisions/{request.id}", facts, urgent)
            self._ground.telling.tell(tx, news)

    def approved(self, tx: Transaction, request: Request, given: Sequence[str], seconds_to_use: float) -> Request:
        """The quorum is there, or rules approved it beforehand."""
        until = tx.now + dt.timedelta(seconds=seconds_to_use)
        moved = self.move(tx, request, RequestEvent.APPROVE, valid_until=until)
        basis, oversight = basis_of(request), oversight_of(request, given)
        tx.record(Draft("decision.approved", named(request), "approved", basis, oversight, about(request)))
        return moved

    def ended(self, tx: Transaction, request: Request, event: RequestEvent, why: str, draft: Draft) -> Request:
        """Nothing comes of a request: moved, recorded, and told to whoever has a stake in it."""
        moved = self.move(tx, request, event, why=why)
        tx.record(draft)
        votes = rows.votes_on(tx.connection, request.id)
        self.tell(tx, moved, draft.what, involved(request, votes))
        return moved

    # ------------------------------------------------------------ voided

    def changed(self, connection: sa.Connection, request: Request, rights_digest: str) -> tuple[str, ...]:
        """Resources on which a request rests and that are not any more what they were, rights among them."""
        executor = self._ground.executor(request.subject)
        now = executor.base(connection, request.content)
        names = {*now, *request.base}
        moved = sorted(name for name in names if now.get(name) != request.base.get(name))
        if rights_digest != request.rights_digest:
            moved.append("DecisionRights/default")
        return tuple(moved)

    def void(self, tx: Transaction, request: Request, changed: Sequence[str]) -> Conflict:
        """Void a request, and say so; what is returned is raised once this has committed."""
        why = ", ".join(changed[:MOST_NAMED])
        facts = about(request) | {"changed": list(changed[:MOST_NAMED]), "changedInAll": len(changed)}
        draft = Draft("decision.voided", named(request), "voided", basis_of(request), facts=facts)
        self.ended(tx, request, RequestEvent.VOID, f"changed since it was proposed: {why}", draft)
        return voided(request, changed)

    # ------------------------------------------------------------ withdrawn

    def withdraw(self, context: Context, request_id: str, reason: str) -> Request:
        """Take a request back.

        Raises:
            NotFound: there is none of this id.
            Refused: somebody else proposed it.
            Conflict: it is over.
        """

        def work(tx: Transaction) -> Request:
            request = self.held(tx, request_id)
            refuse_over(request, approved_is_over=False)
            mine = self._who.closure(tx.connection, context.actor, context.on_behalf_of, None)
            if context.actor.ref != request.proposer_ref and not mine & request.excluded:
                raise Refused(
                    "decision-not-yours-to-withdraw",
                    "only whoever proposed a decision can withdraw it",
                    place=Place(source=named(request)),
                    remedy="decline it, if you may vote, or ask the proposer",
                )
            return self.withdrawn(tx, request, reason)

        return self._ground.units.run(context, work)

    def withdrawn(self, tx: Transaction, request: Request, reason: str) -> Request:
        """Take a request back in the caller's unit."""
        draft = Draft(
            "decision.withdrawn",
            named(request),
            "withdrawn",
            basis_of(request),
            facts=about(request),
            texts={"reason": reason.encode()},
        )
        return self.ended(tx, request, RequestEvent.WITHDRAW, reason, draft)

    # ------------------------------------------------------------ as time goes by

    def expire(self, tx: Transaction, request: Request) -> Request:
        """Nobody decided in time: the answer is no."""
        oversight, facts = oversight_of(request, ()), about(request) | {"level": request.level}
        draft = Draft("decision.expired", named(request), "expired", basis_of(request), oversight, facts)
        return self.ended(tx, request, RequestEvent.EXPIRE, "nobody decided in time", draft)

    def lapse(self, tx: Transaction, request: Request) -> Request:
        """Nobody used an approval in time."""
        draft = Draft("decision.lapsed", named(request), "lapsed", basis_of(request), facts=about(request))
        return self.ended(tx, request, RequestEvent.LAPSE, "nobody used the approval in time", draft)


def involved(request: Request, votes: Iterable[Vote]) -> frozenset[str]:
    """Whoever has a stake in how a request ends: the proposer's people, and all who said something."""
    return request.excluded | {request.proposer_ref} | {vote.person_ref for vote in votes}


def known(request: Request | None, request_id: str) -> Request:
    """The request.

    Raises:
        NotFound: there is none.
    """
    if request is None:
        raise NotFound(
            "request-unknown",
            f"there is no decision request `{request_id[:100]}`",
            remedy="see `roadworthy inbox` for those that wait for you, or `roadworthy decision list` for all",
        )
    return request


def named(request: Request) -> str:
    """`Kind/name`, as entries say it."""
    return f"Decision/{request.id}"


def about(request: Request) -> dict[str, Canonical]:
    """What every entry about a request says: nothing about people."""
    facts: dict[str, Canonical] = {
        "request": request.id,
        "subject": request.subject,
        "classes": [each.value for each in request.classes],
    }
    if request.use_case is not None:
        facts["useCase"] = request.use_case
    return facts


def basis_of(request: Request) -> Basis:
    """On what grounds something is decided, as entries say it."""
    rules = (*(rule.name for rule in request.rules), *request.approved_by)
    return Basis(policy=request.rights_digest or None, rules=rules, inputs=request.digest)


def oversight_of(request: Request, given: Sequence[str]) -> Oversight:
    """What human oversight was asked for and given, as entries say it."""
    required = ", ".join(rule.name for rule in request.rules) or None
    return Oversight(required=required, given=tuple(given), quorum=len(given))


def refuse_over(request: Request, *, approved_is_over: bool = True) -> None:
    """Raises Conflict where a request is not open any more."""
    if request.state in WAITING or (request.state is RequestState.APPROVED and not approved_is_over):
        return
    raise closed(request)


def refuse_ahead(request: Request, since: dt.datetime, now: dt.datetime) -> None:
    """Raises Conflict where something began later than now: the clock was set back, and no limit of time would hold."""
    if since - now <= SKEW:
        return
    raise Conflict(
        "request-dated-ahead",
        f"by the clock this will begin only at {since:%Y-%m-%d %H:%M:%S} UTC, so the clock was set back since",
        place=Place(source=named(request)),
        remedy="check the clock of the machine; wait until then, or withdraw the request and propose it anew",
    )


def closed(request: Request) -> Conflict:
    """What somebody is told who comes too late."""
    return Conflict(
        "request-closed",
        f"the request is not open any more: {_SAID.get(request.state, 'it is decided')}",
        place=Place(source=named(request)),
        remedy="look at it again; propose it anew if it is still wanted",
    )


def voided(request: Request, changed: Sequence[str]) -> Conflict:
    """What somebody is told whose request was voided."""
    shown = ", ".join(f"`{name}`" for name in changed[:3])
    more = f" and {len(changed) - 3} more" if len(changed) > len(changed[:3]) else ""
    return Conflict(
        "request-voided",
        f"{shown}{more} changed since this was proposed, so its votes do not count any more",
        place=Place(source=named(request)),
        remedy="look at what changed, then propose it anew",
    )
