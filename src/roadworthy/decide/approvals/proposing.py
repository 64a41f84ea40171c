"""From a proposal to a request: what it really is, what the rights say to it, and whom it waits for."""

from __future__ import annotations

import base64
import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from roadworthy.decide.approvals import store as rows
from roadworthy.decide.approvals.deadlines import changes_of, remind_at
from roadworthy.decide.approvals.ending import REMIND, Ending, about, basis_of, named, oversight_of
from roadworthy.decide.approvals.ground import Answer, Executor, Ground
from roadworthy.decide.approvals.in_force import InForce, RightsInForce, decides_of
from roadworthy.decide.approvals.inboxes import Inboxes
from roadworthy.decide.approvals.requests import ActTerms, Proposal, Request, Term
from roadworthy.decide.approvals.rules import Outcome, Reading, deadline, terms_of, valid, worst
from roadworthy.decide.approvals.states import MACHINE, RequestState
from roadworthy.decide.approvals.using import Using
from roadworthy.decide.approvals.who import Who
from roadworthy.foundation.digests import canonical_bytes, digest_of
from roadworthy.foundation.errors import Finding, InvalidInput, Place, Refused
from roadworthy.foundation.ledger.authority import Act
from roadworthy.foundation.ledger.draft import Basis, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction

MOST_REASON = 4_000
"""Characters of a reason."""
MOST_CONTENT = 4_000_000
"""Bytes of what is decided."""


Check = Callable[[str | None], None]


def any_use_case(_use_case: str | None) -> None:
    """Whoever asks may ask about everything."""


@dataclass(frozen=True, slots=True)
class Case:
    """A proposal, worked out: what it is, what it rests on, what the rights say to it."""

    proposal: Proposal
    executor: Executor
    acts: tuple[Act, ...]
    base: Mapping[str, str]
    rights_digest: str
    terms: tuple[Term, ...]
    approved_by: tuple[str, ...]
    seconds_to_decide: float
    seconds_to_use: float
    excludes: bool = True
    """Whether the proposer's yes cannot count; it can where two named people sign the first rights."""


class Proposing:
    """Makes requests."""

    def __init__(
        self, ground: Ground, who: Who, rights: RightsInForce, ending: Ending, inboxes: Inboxes, using: Using
    ) -> None:
        self._ground = ground
        self._who = who
        self._rights = rights
        self._ending = ending
        self._inboxes = inboxes
        self._using = using

    def propose(self, context: Context, proposal: Proposal, check: Check = any_use_case) -> Request:
        """Ask for a decision; what rules approve beforehand is carried out at once.

        Args:
            context: who asks.
            proposal: for what.
            check: raises where the asker may ask nothing about a use case, or with None about what is of none.

        Raises:
            Refused: nobody may decide this, or nobody can propose it like this.
            InvalidInput: the proposal does not say what is wanted.
            Conflict: carrying it out at once was not possible.
        """
        refuse_unfit(proposal)
        request: Request = self._ground.run(context, lambda tx: self._propose(tx, proposal, check))
        return request

    def _propose(self, tx: Transaction, proposal: Proposal, check: Check) -> Answer:
        executor = self._ground.executor(proposal.subject)
        in_force = self._rights.find(tx.connection)
        if in_force is None and not self._rights.governed(tx.connection):
            raise ungoverned()
        content = executor.prepare(tx.connection, tx.context, proposal.content)
        proposal = replace(proposal, content=content)
        acts = executor.acts(tx.connection, content)
        if not acts:
            raise InvalidInput(
                "decision-nothing-to-decide",
                "nothing in this proposal needs a decision",
                remedy="do it directly",
            )
        for use_case in dict.fromkeys(act.use_case for act in acts):
            check(use_case)
        readings = self._rights.readings(in_force, acts, tx.context.actor.kind)
        if any(reading.denied for reading in readings):
            return Answer(refusal=self._denied(tx, proposal, readings, in_force))
        return Answer(self.make(tx, self._case(tx, proposal, executor, acts, readings, in_force)))

    def _case(
        self,
        tx: Transaction,
        proposal: Proposal,
        executor: Executor,
        acts: tuple[Act, ...],
        readings: Sequence[Reading],
        in_force: InForce | None,
    ) -> Case:
        terms = tuple(self._kept_apart(tx, term) for term in terms_of(readings))
        before = [rule for each in readings if each.outcome is Outcome.APPROVED for rule in each.rules]
        rules = [term.rule for term in terms] or before
        return Case(
            proposal=proposal,
            executor=executor,
            acts=acts,
            base=executor.base(tx.connection, proposal.content),
            rights_digest="" if in_force is None else in_force.digest,
            terms=terms,
            approved_by=tuple(dict.fromkeys(rule.name for rule in before)),
            seconds_to_decide=min(deadline(rules), proposal.seconds or math.inf),
            seconds_to_use=valid(rules),
        )

    def _kept_apart(self, tx: Transaction, term: Term) -> Term:
        """A term with those who are its separate owners now."""
        found = {self._who.owner(tx.connection, term.use_case, duty) for duty in term.rule.separate}
        return replace(term, apart=tuple(sorted(ref for ref in found if ref is not None))) if found else term

    def make(self, tx: Transaction, case: Case) -> Request:
        """A request of a case, in the caller's unit; the one that waits already where there is one."""
        request = self._request(tx, case)
        same = rows.same_open(tx.connection, request.proposer_ref, request)
        if same is not None:
            return same
        self._ground.runs.start(tx, MACHINE, request.id)
        request = replace(request, entry_id=self._record(tx, request))
        rows.insert(tx.connection, request)
        self._inboxes.reaches(tx, request)
        self._ending.wind(tx, request, look_again=False)
        if not request.terms:
            return self._by_rule(tx, request, case.seconds_to_use)
        self._ending.tell(tx, request, "decision.proposed", self._inboxes.asked(tx.connection, request))
        self._ground.timers.set(tx, REMIND, request.id, remind_at(request))
        for system, number in changes_of(request):
            self._ground.changes.ask(tx, system, number)
        return request

    def _request(self, tx: Transaction, case: Case) -> Request:
        proposal, actor = case.proposal, tx.context.actor
        acts = tuple(
            ActTerms(decides_of(act.decides), act.resource, act.use_case, act.facts, act.digest) for act in case.acts
        )
        use_cases = {act.use_case for act in case.acts}
        request_id = tx.new_id()
        excluded: frozenset[str] = frozenset()
        if case.excludes:
            excluded = self._who.closure(tx.connection, actor, tx.context.on_behalf_of, proposal.on_behalf_of)
        salt = base64.b16encode(tx.runtime.randomness.bytes(32)).decode().lower()
        return Request(
            id=request_id,
            subject=proposal.subject,
            title=case.executor.title(proposal.content)[:1_000],
            use_case=use_cases.pop() if len(use_cases) == 1 else None,
            classes=tuple(dict.fromkeys(act.decides for act in acts)),
            content=proposal.content,
            acts=acts,
            base=case.base,
            rights_digest=case.rights_digest,
            terms=case.terms,
            approved_by=case.approved_by,
            digest=digest_of(bound(request_id, salt, proposal, acts, case)),
            salt=salt,
            proposer_kind=actor.kind,
            proposer_ref=actor.ref,
            on_behalf_of=proposal.on_behalf_of,
            excluded=excluded,
            reason=proposal.reason,
            change_number=proposal.change_number,
            state=RequestState.OPEN,
            level=0,
            created_at=tx.now,
            deadline_at=tx.now + dt.timedelta(seconds=case.seconds_to_decide),
            valid_until=None,
            ended_at=None,
            why_ended=None,
            entry_id="",
        )

    def _record(self, tx: Transaction, request: Request) -> str:
        facts = about(request) | {"digest": request.digest, "approvedBeforehand": list(request.approved_by)}
        return tx.record(
            Draft(
                "decision.proposed",
                named(request),
                basis=basis_of(request),
                oversight=oversight_of(request, ()),
                facts=facts,
                texts={"reason": request.reason.encode(), "content": canonical_bytes(dict(request.content))},
            )
        )

    def _by_rule(self, tx: Transaction, request: Request, seconds_to_use: float) -> Request:
        """What rules approve beforehand: approved, and carried out where we are who carries it out."""
        approved = self._ending.approved(tx, request, (), seconds_to_use)
        return approved if request.subject in self._ground.external else self._using.carry_out(tx, approved).request

    def _denied(
        self, tx: Transaction, proposal: Proposal, readings: Sequence[Reading], in_force: InForce | None
    ) -> Refused:
        """Record that nobody may, and say why."""
        denied = [reading for reading in readings if reading.denied]
        outcome = worst(denied)
        classes = sorted({reading.case.decides.value for reading in denied})
        rules = sorted({rule.name for reading in denied for rule in reading.rules})
        tx.record(
            Draft(
                "decision.denied",
                f"DecisionClass/{classes[0]}",
                decision="denied",
                basis=Basis(policy=None if in_force is None else in_force.digest, rules=tuple(rules)),
                facts={"subject": proposal.subject, "classes": classes, "outcome": outcome.value},
                texts={"reason": proposal.reason.encode()},
            )
        )
        return nobody_may(denied)


def bound(request_id: str, salt: str, proposal: Proposal, acts: Sequence[ActTerms], case: Case) -> dict[str, Any]:
    """What the digest of a request covers: everything that a vote is for."""
    return {
        "acts": rows.acts_values(acts),
        "base": dict(case.base),
        "changeNumber": proposal.change_number,
        "content": dict(proposal.content),
        "id": request_id,
        "onBehalfOf": proposal.on_behalf_of,
        "rights": case.rights_digest,
        "salt": salt,
        "subject": proposal.subject,
        "terms": rows.terms_values(case.terms),
    }


def refuse_unfit(proposal: Proposal) -> None:
    """Raises InvalidInput where a proposal cannot be kept or says no reason."""
    if not proposal.reason.strip() or len(proposal.reason) > MOST_REASON:
        raise InvalidInput(
            "decision-reason-unfit",
            f"a proposal needs a reason of 1 to {MOST_REASON:,} characters",
            place=Place(field="reason"),
            remedy="say why it should be done; whoever votes reads it",
        )
    try:
        size = len(canonical_bytes(dict(proposal.content)))
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            "decision-content-unfit",
            f"what is proposed cannot be kept exactly: {error}",
            place=Place(field="content"),
            remedy="write numbers with a fraction as text, and use no other types than JSON has",
        ) from error
    if size > MOST_CONTENT:
        raise InvalidInput(
            "decision-content-unfit",
            f"what is proposed has {size:,} bytes, more than {MOST_CONTENT:,}",
            place=Place(field="content"),
            remedy="propose it in parts",
        )


def nobody_may(denied: Sequence[Reading]) -> Refused:
    """What somebody is told who asks for what nobody may decide."""
    first = denied[0]
    looked = ", ".join(f"`{each.rule}`" for each in first.readings) or "none"
    message = f"nobody may decide `{first.case.decides}` here: {first.sentence}; rules looked at: {looked}"
    remedy = "whoever may decide `change-rights` can change the rights; `roadworthy explain` shows who that is"
    more = [Finding("decision-nobody-may", reading.sentence) for reading in denied[1:20]]
    if worst(denied) is Outcome.UNREADABLE:
        return Refused("rights-unreadable", message, remedy=remedy, findings=more)
    return Refused("decision-nobody-may", message, remedy=remedy, findings=more)


def ungoverned() -> Refused:
    """What somebody is told who proposes before the first rights were signed."""
    return Refused(
        "decision-ungoverned",
        "no decision rights were ever in force here, so there is nobody whose vote would count",
        remedy="do it directly, or have two people sign the first decision rights with `roadworthy rights genesis`",
    )
