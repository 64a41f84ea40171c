"""Votes: by people alone, freshly signed in, for exactly what they have before them, each once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from roadworthy.decide.approvals import store as rows
from roadworthy.decide.approvals.deadlines import changes_of, sign_in_asked
from roadworthy.decide.approvals.ending import (
    Ending,
    about,
    basis_of,
    closed,
    involved,
    named,
    oversight_of,
    refuse_ahead,
    refuse_over,
)
from roadworthy.decide.approvals.ground import Answer, Ground
from roadworthy.decide.approvals.in_force import RightsInForce
from roadworthy.decide.approvals.requests import Request, Standing, Vote, VoteKind
from roadworthy.decide.approvals.rules import valid
from roadworthy.decide.approvals.states import WAITING, RequestEvent
from roadworthy.decide.approvals.using import Using, WorldMoved, refuse_other
from roadworthy.decide.approvals.weighing import Weighed, Weighing, in_place_of, stale_because
from roadworthy.foundation.errors import Conflict, InvalidInput, Place, Refused, Unauthenticated
from roadworthy.foundation.identity.model import Proof
from roadworthy.foundation.ledger.draft import ActorKind, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction

MOST_REASON = 4_000
_DECIDING = frozenset({VoteKind.APPROVE, VoteKind.DECLINE})
_PAST = {
    VoteKind.APPROVE: "approved",
    VoteKind.DECLINE: "declined",
    VoteKind.ASK: "asked",
    VoteKind.ANSWER: "answered",
    VoteKind.DELEGATE: "delegated",
}


@dataclass(frozen=True, slots=True)
class Saying:
    """What somebody is about to say."""

    kind: VoteKind
    request_id: str
    digest: str
    reason: str
    proof: Proof
    to_ref: str | None = None
    until: dt.datetime | None = None


class Voting:
    """Takes votes, and decides when there are enough."""

    def __init__(self, ground: Ground, rights: RightsInForce, ending: Ending, weighing: Weighing, using: Using) -> None:
        self._ground = ground
        self._rights = rights
        self._ending = ending
        self._weighing = weighing
        self._using = using

    def say(
        self, context: Context, saying: Saying, check: Callable[[Transaction, Weighed], None] | None = None
    ) -> Standing:
        """Say something about a request.

        Args:
            context: whose authority; a person's.
            saying: what is said.
            check: refuses what this kind of saying does not allow, once everything else allows it.

        Raises:
            NotFound: there is no such request.
            Unauthenticated: the sign-in is not recent or strong enough.
            Refused: no person says it, or one who may not.
            Conflict: the request is over, is about something else, or they voted already.
            InvalidInput: no reason, or one that is too long.
        """
        refuse_reason(saying.reason)
        refuse_no_person(context)
        try:
            standing: Standing = self._ground.run(context, lambda tx: self._say(tx, saying, check))
        except WorldMoved as moved:
            raise self._using.void_after(context, saying.request_id, moved) from moved
        return standing

    def settle(self, tx: Transaction, request: Request) -> Request:
        """Decide a request whose rules are met, and carry it out where that is done here.

        Raises:
            WorldMoved: it cannot be carried out as it was approved; the unit must be rolled back.
        """
        votes = rows.votes_on(tx.connection, request.id)
        return self._settled(tx, self._weighing.weigh(tx.connection, request, votes, tx.now))

    # ------------------------------------------------------------ inside

    def _say(self, tx: Transaction, saying: Saying, check: Callable[[Transaction, Weighed], None] | None) -> Answer:
        request = self._ending.held(tx, saying.request_id)
        refuse_over(request)
        if tx.now >= request.deadline_at:
            return Answer(refusal=closed(self._ending.expire(tx, request)))
        refuse_ahead(request, request.created_at, tx.now)
        refuse_other(request, saying.digest)
        changed = self._ending.changed(tx.connection, request, self._rights.digest(tx.connection))
        if changed:
            return Answer(refusal=self._ending.void(tx, request, changed))
        self._refuse_stale(tx, request, saying.proof)
        votes = rows.votes_on(tx.connection, request.id)
        weighed = self._weighing.weigh(tx.connection, request, votes, tx.now)
        person = tx.context.actor.ref
        if saying.kind is VoteKind.ANSWER:
            self._refuse_not_proposer(weighed, person)
        else:
            self._refuse_not_asked(tx, weighed, person)
        if check is not None:
            check(tx, weighed)
        vote = self._keep(tx, weighed, saying)
        after = self._weighing.with_vote(tx.connection, weighed, vote, tx.now)
        moved = self._settled(tx, after) if saying.kind in _DECIDING else self._told(tx, request, vote)
        mine = self._weighing.mine(tx.connection, replace(after, request=moved), person, saying.proof, tx.now)
        return Answer(Standing(moved, after.votes, after.rules, mine))

    def _settled(self, tx: Transaction, weighed: Weighed) -> Request:
        request = weighed.request
        if request.state not in WAITING:
            return request
        if weighed.lost:
            return self._declined(tx, weighed)
        if not weighed.met:
            if weighed.waits_for_more_than_votes:
                self._ending.wind(tx, request, look_again=True)
                for system, number in changes_of(request):
                    self._ground.changes.hurry(tx, system, number)
            return request
        approved = self._ending.approved(tx, request, weighed.given, valid(request.rules))
        if request.subject in self._ground.external:
            self._ending.tell(tx, approved, "decision.approved", involved(request, weighed.votes))
            return approved
        return self._using.carry_out(tx, approved).request

    def _told(self, tx: Transaction, request: Request, vote: Vote) -> Request:
        """A question goes to the proposer, an answer to whoever asked, a say to whom it was given."""
        to = {vote.to_ref} if vote.to_ref is not None else set()
        if vote.kind is VoteKind.ASK:
            to = {*request.excluded, request.proposer_ref}
        elif vote.kind is VoteKind.ANSWER:
            said = rows.votes_on(tx.connection, request.id)
            to = {each.person_ref for each in said if each.kind is VoteKind.ASK}
        self._ending.tell(tx, request, f"decision.{_PAST[vote.kind]}", frozenset(to))
        return request

    def _declined(self, tx: Transaction, weighed: Weighed) -> Request:
        request = weighed.request
        against = tuple(dict.fromkeys(ref for rule in weighed.rules for ref in rule.declined_by))
        oversight = oversight_of(request, against)
        draft = Draft("decision.declined", named(request), "declined", basis_of(request), oversight, about(request))
        return self._ending.ended(tx, request, RequestEvent.DECLINE, "declined", draft)

    def _keep(self, tx: Transaction, weighed: Weighed, saying: Saying) -> Vote:
        request, actor, proof = weighed.request, tx.context.actor, saying.proof
        opened = rows.opened(tx.connection, request.id, actor.ref)
        places = in_place_of(weighed, actor.ref) if saying.kind in _DECIDING else ()
        vote = Vote(
            id=tx.new_id(),
            request_id=request.id,
            kind=saying.kind,
            person_ref=actor.ref,
            reason=saying.reason.strip(),
            digest=saying.digest,
            at=tx.now,
            delegate_of=places[0] if places else None,
            to_ref=saying.to_ref,
            until=saying.until,
            issuer=proof.issuer,
            auth_time=proof.auth_time,
            acr=proof.acr,
            dwell_ms=None if opened is None else _milliseconds(tx.now - opened),
        )
        kept = replace(vote, entry_id=self._record(tx, request, vote, proof))
        rows.add_vote(tx.connection, kept)
        return kept

    @staticmethod
    def _record(tx: Transaction, request: Request, vote: Vote, proof: Proof) -> str:
        facts = about(request) | {
            "vote": vote.kind.value,
            "method": proof.method,
            "authTime": None if vote.auth_time is None else vote.auth_time.isoformat(),
            "acr": vote.acr,
            "issuer": vote.issuer,
            "inPlaceOf": vote.delegate_of,
            "to": vote.to_ref,
            "until": None if vote.until is None else vote.until.isoformat(),
            "lookedMs": vote.dwell_ms,
        }
        return tx.record(
            Draft(
                "decision.voted",
                named(request),
                decision=_PAST[vote.kind],
                basis=basis_of(request),
                oversight=oversight_of(request, (vote.person_ref,) if vote.kind in _DECIDING else ()),
                facts={name: value for name, value in facts.items() if value is not None},
                texts={"reason": vote.reason.encode()},
            )
        )

    # ------------------------------------------------------------ who may not

    @staticmethod
    def _refuse_stale(tx: Transaction, request: Request, proof: Proof) -> None:
        within, acr = sign_in_asked(request.rules)
        why = stale_because(proof, tx.now, within, acr)
        if why is not None:
            raise not_fresh(why, within, acr)

    def _refuse_not_asked(self, tx: Transaction, weighed: Weighed, person: str) -> None:
        bars = self._weighing.bars(tx.connection, weighed, person)
        if not bars:
            return
        people, request = weighed.people, weighed.request
        place = Place(source=named(request))
        if people.human_of(person) in {people.human_of(ref) for ref in people.excluded}:
            raise Refused(
                "decision-own-request",
                f"your yes cannot count here: {bars[0]}",
                place=place,
                remedy=_who_could(weighed),
            )
        if any(v.kind in _DECIDING and people.human_of(v.person_ref) == people.human_of(person) for v in weighed.votes):
            raise Conflict(
                "decision-voted-already",
                "you voted on this already, and a vote stands",
                place=place,
                remedy="ask the proposer to withdraw it and propose it anew, if you see it otherwise now",
            )
        raise Refused(
            "decision-not-asked", f"your vote is not asked: {bars[0]}", place=place, remedy=_who_could(weighed)
        )

    @staticmethod
    def _refuse_not_proposer(weighed: Weighed, person: str) -> None:
        people = weighed.people
        if person != weighed.request.proposer_ref and people.human_of(person) not in {
            people.human_of(ref) for ref in people.excluded
        }:
            raise Refused(
                "decision-not-yours-to-answer",
                "the question is for whoever proposed it",
                place=Place(source=named(weighed.request)),
                remedy="vote, or ask a question yourself, if the rules ask you",
            )


def not_fresh(why: str, within: dt.timedelta, acr: tuple[str, ...]) -> Unauthenticated:
    """What somebody is told whose sign-in is not enough to decide."""
    strong = f" with {' or '.join(f'`{each}`' for each in acr if each)}" if any(acr) else ""
    return Unauthenticated(
        "sign-in-not-fresh",
        f"a decision needs a fresh sign-in: {why}",
        remedy=f"sign in again{strong} and decide within {int(within.total_seconds())} seconds",
    )


def refuse_reason(reason: str) -> None:
    """Raises InvalidInput where nothing, or too much, is said."""
    if not reason.strip() or len(reason) > MOST_REASON:
        raise InvalidInput(
            "decision-reason-unfit",
            f"a reason has 1 to {MOST_REASON:,} characters",
            place=Place(field="reason"),
            remedy="say why; whoever reads the record in a year needs it",
        )


def refuse_no_person(context: Context) -> None:
    """Raises Refused where a program wants to decide, or somebody in another's name."""
    if context.actor.kind is not ActorKind.PERSON or context.on_behalf_of is not None:
        raise Refused(
            "decision-by-no-person",
            "only a person decides, in their own name; a program can propose",
            remedy="have somebody whom the rules ask sign in and vote",
        )


def _who_could(weighed: Weighed) -> str:
    asked = [str(clause.clause) for rule in weighed.rules for clause in rule.clauses if clause.could]
    found = ", ".join(dict.fromkeys(asked))
    return f"{found} can vote" if found else "nobody who is left can vote; withdraw it, or wait for an escalation"


def _milliseconds(span: dt.timedelta) -> int:
    return min(max(0, int(span.total_seconds() * 1_000)), 2**31 - 1)
