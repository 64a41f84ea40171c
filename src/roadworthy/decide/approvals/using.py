"""Using an approval: once, in time, for exactly what was approved; carried out here where we are who carries it out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from roadworthy.decide.approvals import store as rows
from roadworthy.decide.approvals.ending import (
    Ending,
    about,
    basis_of,
    closed,
    involved,
    named,
    oversight_of,
    refuse_ahead,
    voided,
)
from roadworthy.decide.approvals.ground import Answer, Ground
from roadworthy.decide.approvals.in_force import RightsInForce
from roadworthy.decide.approvals.requests import Request, Use, VoteKind
from roadworthy.decide.approvals.rules import valid
from roadworthy.decide.approvals.states import WAITING, RequestEvent, RequestState
from roadworthy.decide.approvals.who import Who
from roadworthy.foundation.digests import same
from roadworthy.foundation.errors import Conflict, Place, RoadworthyError, Unavailable
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Grant, Transaction

OWN = "what is known of who approved it"
"""Named as changed where an approver turned out to be one of the proposer's people."""


class WorldMoved(Conflict):
    """What was approved cannot be carried out any more; the unit that tried is rolled back."""

    def __init__(self, error: RoadworthyError) -> None:
        super().__init__(error.code, error.message, place=error.place, remedy=error.remedy, findings=error.findings)
        self.error = error


@dataclass(frozen=True, slots=True)
class Done:
    """A request whose approval is spent."""

    request: Request
    use: Use


class Using:
    """Spends approvals."""

    def __init__(self, ground: Ground, who: Who, rights: RightsInForce, ending: Ending) -> None:
        self._ground = ground
        self._who = who
        self._rights = rights
        self._ending = ending

    def use(self, context: Context, request_id: str, digest: str) -> Use:
        """Spend an approval.

        Args:
            context: who does what was approved.
            request_id: of the approved request.
            digest: exactly what is about to be done; it has to be the request's.

        Raises:
            NotFound: there is no such request.
            Conflict: it is not approved (any more), spent, too late, about something else, or what it rests on
                changed, which voids it.
        """
        try:
            done: Done = self._ground.run(context, lambda tx: self._use(tx, request_id, digest))
        except WorldMoved as moved:
            raise self.void_after(context, request_id, moved) from moved
        return done.use

    def _use(self, tx: Transaction, request_id: str, digest: str) -> Answer:
        request = self._ending.held(tx, request_id)
        if request.state in WAITING:
            raise Conflict(
                "request-not-approved",
                "the request is not approved yet",
                place=Place(source=named(request)),
                remedy="wait for the votes that are missing; `roadworthy inbox` shows whose",
            )
        if request.state is RequestState.USED:
            raise used(request)
        if request.state is not RequestState.APPROVED:
            raise closed(request)
        refuse_other(request, digest)
        if request.valid_until is not None and tx.now >= request.valid_until:
            return Answer(refusal=closed(self._ending.lapse(tx, request)))
        refuse_ahead(request, approved_at(request), tx.now)
        changed = self._ending.changed(tx.connection, request, self._rights.digest(tx.connection))
        if self._is_their_own(tx, request):
            changed = (*changed, OWN)
        if changed:
            return Answer(refusal=self._ending.void(tx, request, changed))
        return Answer(self.carry_out(tx, request))

    def _is_their_own(self, tx: Transaction, request: Request) -> bool:
        """Whether it came out since that somebody who approved it is among the proposer's people."""
        votes = [vote for vote in rows.votes_on(tx.connection, request.id) if vote.kind is VoteKind.APPROVE]
        gave = {ref for vote in votes for ref in (vote.person_ref, vote.delegate_of) if ref is not None}
        return bool(gave & self._who.barred(tx.connection, request))

    def carry_out(self, tx: Transaction, request: Request) -> Done:
        """Spend an approval in the caller's unit, and do what was approved where it is done here.

        Raises:
            WorldMoved: it cannot be done as it was approved; the unit must be rolled back.
        """
        self._ground.refuse_rewound(tx.connection)
        given = self.given(tx, request)
        basis, oversight = basis_of(request), oversight_of(request, given)
        grants = {act.digest: Grant(request.id, basis, oversight) for act in request.acts}
        tx.granted.update(grants)
        try:
            effects = self._ground.executor(request.subject).carry_out(tx, request.content)
        except Unavailable:
            raise
        except RoadworthyError as error:
            raise WorldMoved(error) from error
        finally:
            for digest in grants:
                tx.granted.pop(digest, None)
        moved = self._ending.move(tx, request, RequestEvent.USE)
        actor = tx.context.actor
        entry = tx.record(
            Draft(
                "decision.used",
                named(request),
                decision="used",
                basis=basis,
                oversight=oversight,
                facts=about(request) | {"effects": dict(effects)},
            )
        )
        rows.add_use(tx.connection, request.id, tx.now, actor.ref, actor.via, entry)
        self._ending.tell(tx, moved, "decision.used", involved(request, rows.votes_on(tx.connection, request.id)))
        return Done(moved, Use(request.id, tx.now, actor.ref, effects, entry))

    def given(self, tx: Transaction, request: Request) -> Sequence[str]:
        """References of the people whose approval it rests on."""
        votes = rows.votes_on(tx.connection, request.id)
        return [vote.person_ref for vote in votes if vote.kind is VoteKind.APPROVE]

    def void_after(self, context: Context, request_id: str, moved: WorldMoved) -> RoadworthyError:
        """Void a request that could not be carried out, in a unit of its own; what is returned is raised."""

        def work(tx: Transaction) -> RoadworthyError:
            request = rows.get(tx.connection, request_id, hold=True)
            if request is None or (request.state not in WAITING and request.state is not RequestState.APPROVED):
                return moved.error
            changed = self._ending.changed(tx.connection, request, self._rights.digest(tx.connection))
            self._ending.void(tx, request, changed or (str(moved.error.place) or moved.error.code,))
            return voided(request, changed) if changed else _undone(request, moved.error)

        return self._ground.units.run(context, work)


def approved_at(request: Request) -> dt.datetime:
    """When the time to use an approval began; where rules approved it beforehand, when it was proposed."""
    if request.valid_until is None or not request.rules:
        return request.created_at
    return request.valid_until - dt.timedelta(seconds=valid(request.rules))


def refuse_other(request: Request, digest: str) -> None:
    """Raises Conflict where somebody means something else than what the request is about."""
    if not same(request.digest, digest):
        raise Conflict(
            "request-changed",
            "what you have before you is not what this request is about",
            place=Place(source=named(request)),
            remedy="look at the request again, and name the digest that it shows",
        )


def used(request: Request) -> Conflict:
    """What somebody is told who comes second."""
    return Conflict(
        "request-used",
        "this approval was used already; it counts once",
        place=Place(source=named(request)),
        remedy="propose it anew if it is to be done again",
    )


def _undone(request: Request, error: RoadworthyError) -> Conflict:
    return Conflict(
        "request-voided",
        f"it could not be carried out as it was approved, so it was voided: {error.message}",
        place=Place(source=named(request)),
        remedy=error.remedy,
    )
