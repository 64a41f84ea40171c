"""The answer to "may they, and why": what the rights say to a case, put beside one person."""

from __future__ import annotations

import datetime as dt

from roadworthy.decide.approvals.quorum import People, standing
from roadworthy.decide.approvals.requests import Explanation, RuleStanding, Vote, VoteKind
from roadworthy.decide.approvals.rules import Outcome, Reading, terms_of

_EVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def explained(reading: Reading, people: People, person_ref: str, *, may_propose: bool) -> Explanation:
    """Whether somebody's yes would count if somebody else proposed this, and whether it would be enough.

    Args:
        reading: what the rights say to the case.
        people: who is behind the clauses of the rules that ask; `excluded` is empty unless the proposer is known.
        person_ref: of whom the question is.
        may_propose: whether their role lets them propose at all.
    """
    terms = terms_of([reading])
    mine = people.human_of(person_ref)
    before = standing(terms, (), people)
    asking = [rule for rule in before if _asks(rule, people, mine)]
    alone = reading.outcome is Outcome.APPROVED
    if asking:
        alone = all(rule.met for rule in standing(terms, (_yes(person_ref),), people))
    return Explanation(
        person_ref=person_ref,
        decides=reading.case.decides,
        use_case=reading.case.use_case,
        may_decide=bool(asking),
        may_propose=may_propose and not reading.denied,
        alone=alone,
        outcome=f"{reading.sentence}{_counts(asking, people, mine, alone=alone)}",
        rules=reading.readings,
        could=tuple(sorted({ref for rule in before for clause in rule.clauses for ref in clause.could})),
    )


def _asks(rule: RuleStanding, people: People, human: str) -> bool:
    return any(people.human_of(ref) == human for clause in rule.clauses for ref in clause.could)


def _yes(person_ref: str) -> Vote:
    return Vote("", "", VoteKind.APPROVE, person_ref, "", "", _EVER)


def _counts(asking: list[RuleStanding], people: People, human: str, *, alone: bool) -> str:
    if not asking:
        return ""
    clauses = {
        str(clause.clause): None
        for rule in asking
        for clause in rule.clauses
        if any(people.human_of(ref) == human for ref in clause.could)
    }
    enough = "and is enough" if alone else "and others have to agree too"
    return f"; their yes counts as {' and as '.join(clauses)}, {enough}"
