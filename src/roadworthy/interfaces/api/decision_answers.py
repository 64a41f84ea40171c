"""From requests, votes and rights to what the wire says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from roadworthy.decide.approvals.delegation_rows import Said
from roadworthy.decide.approvals.load import Load
from roadworthy.decide.approvals.requests import (
    ClauseStanding,
    Explanation,
    Request,
    RuleStanding,
    Standing,
    Use,
    Vote,
    Waiting,
)
from roadworthy.interfaces.api.decision_bodies import (
    ApproverLoadBody,
    AskedClauseBody,
    AskedRuleBody,
    CastVoteBody,
    ClauseStandingBody,
    DecisionActBody,
    DecisionRequestBody,
    DecisionStandingBody,
    ExplanationBody,
    MyVoteBody,
    RuleReadingBody,
    RuleStandingBody,
    SayBody,
    SpentBody,
    WaitingBody,
)
from roadworthy.interfaces.api.people import PersonBody

Named = Mapping[str, PersonBody]


def refs_of(requests: Sequence[Request]) -> set[str]:
    """Everybody whom these requests name by themselves."""
    found = {each.proposer_ref for each in requests}
    return found | {each.on_behalf_of for each in requests if each.on_behalf_of}


def refs_of_standing(standing: Standing) -> set[str]:
    """Everybody whom a request with its votes names."""
    found = refs_of([standing.request])
    for vote in standing.votes:
        found |= {ref for ref in (vote.person_ref, vote.delegate_of, vote.to_ref) if ref}
    for rule in standing.rules:
        for clause in rule.clauses:
            found |= {*clause.given_by, *clause.could}
    return found | set(standing.mine.in_place_of if standing.mine else ())


def request_body(request: Request, who: Named) -> DecisionRequestBody:
    """A request as it is answered."""
    same = ("id", "subject", "title", "use_case", "state", "digest", "proposer_kind", "reason", "change_number")
    more = ("level", "created_at", "deadline_at", "valid_until", "ended_at", "why_ended", "entry_id")
    return DecisionRequestBody(
        **{name: getattr(request, name) for name in (*same, *more)},
        classes=list(request.classes),
        rules=[rule.name for rule in request.rules],
        approved_by=list(request.approved_by),
        proposer=who[request.proposer_ref],
        on_behalf_of=who[request.on_behalf_of] if request.on_behalf_of else None,
    )


def standing_body(standing: Standing, shown: Iterable[str], who: Named) -> DecisionStandingBody:
    """A request whole."""
    request, mine = standing.request, standing.mine
    return DecisionStandingBody(
        request=request_body(request, who),
        content=dict(request.content),
        shown=list(shown),
        acts=[DecisionActBody.model_validate({**_fields(act), "facts": dict(act.facts)}) for act in request.acts],
        base=dict(request.base),
        votes=[_vote(vote, who) for vote in standing.votes],
        rules=[_rule(each, who) for each in standing.rules],
        mine=None
        if mine is None
        else MyVoteBody(
            may_vote=mine.may_vote,
            why=list(mine.why),
            in_place_of=[who[ref] for ref in mine.in_place_of],
            fresh=mine.fresh,
            max_age_seconds=mine.max_age_seconds,
            acr=list(mine.acr),
        ),
        stale=list(standing.stale),
    )


def _fields(value: Any) -> dict[str, Any]:  # noqa: ANN401 - one of our frozen values
    return {name: getattr(value, name) for name in value.__slots__}


def _vote(vote: Vote, who: Named) -> CastVoteBody:
    same = ("id", "kind", "reason", "digest", "at", "until", "issuer", "auth_time", "acr", "dwell_ms", "entry_id")
    return CastVoteBody(
        **{name: getattr(vote, name) for name in same},
        person=who[vote.person_ref],
        in_place_of=who[vote.delegate_of] if vote.delegate_of else None,
        to=who[vote.to_ref] if vote.to_ref else None,
    )


def _rule(each: RuleStanding, who: Named) -> RuleStandingBody:
    return RuleStandingBody(
        rule=each.rule.name,
        use_case=each.use_case,
        quorum=each.quorum,
        declines=each.declines,
        met=each.met,
        reachable=each.reachable,
        unmet=list(each.unmet),
        clauses=[_clause(clause, who) for clause in each.clauses],
    )


def _clause(clause: ClauseStanding, who: Named) -> ClauseStandingBody:
    return ClauseStandingBody(
        who=str(clause.clause),
        needed=clause.needed,
        given_by=[who[ref] for ref in clause.given_by],
        could=[who[ref] for ref in clause.could],
        escalated=clause.escalated,
    )


def waiting_body(line: Waiting, who: Named) -> WaitingBody:
    """A line of an inbox."""
    same = {name: value for name, value in _fields(line).items() if name != "proposer_ref"}
    return WaitingBody(**{**same, "classes": list(line.classes)}, proposer=who[line.proposer_ref])


def spent_body(use: Use) -> SpentBody:
    """An approval that was used."""
    return SpentBody.model_validate({**_fields(use), "effects": dict(use.effects)})


def explanation_body(found: Explanation, who: Named) -> ExplanationBody:
    """What the rights say about somebody."""
    return ExplanationBody(
        person=who[found.person_ref],
        decides=found.decides,
        use_case=found.use_case,
        may_decide=found.may_decide,
        may_propose=found.may_propose,
        alone=found.alone,
        outcome=found.outcome,
        rules=[RuleReadingBody(rule=each.rule, applies=each.applies, why=list(each.why)) for each in found.rules],
        could=[who[ref] for ref in found.could],
        asks=[
            AskedRuleBody(
                rule=each.rule,
                quorum=each.quorum,
                clauses=[
                    AskedClauseBody(who=clause.who, needed=clause.needed, could=[who[ref] for ref in clause.could])
                    for clause in each.clauses
                ],
            )
            for each in found.asks
        ],
    )


def load_body(load: Load, who: Named) -> ApproverLoadBody:
    """How one approver fares."""
    fields = {name: value for name, value in _fields(load).items() if name != "person_ref"}
    return ApproverLoadBody(**fields, person=who[load.person_ref])


def say_body(said: Said, who: Named) -> SayBody:
    """A say that was given away."""
    fields = {name: value for name, value in _fields(said).items() if name not in {"by_ref", "to_ref"}}
    return SayBody(**fields, by=who[said.by_ref], to=who[said.to_ref])
