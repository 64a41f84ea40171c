"""Decision requests made by hand, for what shows them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from roadworthy.decide.approvals.model import Approvers, DecisionClass, Declines, Quorum, Rule, RuleDecision
from roadworthy.decide.approvals.requests import (
    ActTerms,
    ClauseStanding,
    Mine,
    Request,
    RuleStanding,
    Standing,
    Term,
    Vote,
    VoteKind,
)
from roadworthy.decide.approvals.states import RequestState
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.inventory.model import Duty

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
DIGEST = f"sha256:{'5b' * 32}"
ANA, LEE, SAM = (Person(f"ref-{name}", f"{name}@example.org", name.capitalize()) for name in ("ana", "lee", "sam"))
PEOPLE = {each.ref: each for each in (ANA, LEE, SAM)}
GOVERNANCE = Approvers(owner=Duty.GOVERNANCE)
RISK = Approvers(group="risk", count=2)
RULE = Rule(
    name="promote-production",
    decides=(DecisionClass.PROMOTE,),
    decision=RuleDecision.ASK,
    approvers=(GOVERNANCE, RISK),
    about="Two houses look before customers do.",
)


def request(**changed: Any) -> Request:
    """A promotion that waits."""
    act = ActTerms(DecisionClass.PROMOTE, "UseCase/claims", "claims", {"stage_to": "production"}, DIGEST)
    made = Request(
        id="0190-request",
        subject="plan",
        title="Promote claims to production",
        use_case="claims",
        classes=(DecisionClass.PROMOTE,),
        content={"steps": [{"name": "claims", "after": {"stage": "production", "live": True, "shards": 1}}]},
        acts=(act,),
        base={"UseCase/claims": DIGEST},
        rights_digest=DIGEST,
        terms=(Term(RULE, "claims", (DecisionClass.PROMOTE,)),),
        approved_by=(),
        digest=DIGEST,
        salt="salt",
        proposer_kind=ActorKind.PERSON,
        proposer_ref=ANA.ref,
        on_behalf_of=None,
        excluded=frozenset({ANA.ref}),
        reason="It passed its rehearsal.",
        change_number=None,
        state=RequestState.OPEN,
        level=0,
        created_at=NOW - dt.timedelta(hours=2),
        deadline_at=NOW + dt.timedelta(days=3),
        valid_until=None,
        ended_at=None,
        why_ended=None,
        entry_id="entry-1",
    )
    return replace(made, **changed)


def vote(**changed: Any) -> Vote:
    """An approval of Lee's."""
    made = Vote(
        id="vote-1",
        request_id="0190-request",
        kind=VoteKind.APPROVE,
        person_ref=LEE.ref,
        reason="The number is mine.",
        digest=DIGEST,
        at=NOW - dt.timedelta(minutes=20),
        issuer="https://id.example.org",
        auth_time=NOW - dt.timedelta(minutes=22),
        dwell_ms=95_000,
        entry_id="entry-2",
    )
    return replace(made, **changed)


def standing(**changed: Any) -> Standing:
    """The promotion with one vote of two, as Sam sees it."""
    clauses = (ClauseStanding(GOVERNANCE, 1, (LEE.ref,), ()), ClauseStanding(RISK, 2, (), (SAM.ref, LEE.ref)))
    rule = RuleStanding(RULE, Quorum.ALL, Declines.ONE_ENDS, clauses, met=False, reachable=True, use_case="claims")
    mine = Mine(may_vote=True, why=("you are in group risk, which promote-production asks",), fresh=True)
    made = Standing(request=request(), votes=(vote(),), rules=(rule,), mine=mine)
    return replace(made, **changed)
