"""The answer to "may they, and why": what the rights say to a case, put beside one person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from roadworthy.decide.approvals.model import Approvers, Quorum, Rule
from roadworthy.decide.approvals.quorum import People, could, standing
from roadworthy.decide.approvals.requests import AskedClause, AskedRule, Explanation, Vote, VoteKind
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
    whole = [(term, could(term, people)) for term in terms]
    asking = [
        clause
        for term, by_clause in whole
        for clause, refs in zip(term.rule.approvers, by_clause, strict=True)
        if any(people.human_of(ref) == mine for ref in refs)
    ]
    alone = reading.outcome is Outcome.APPROVED
    if asking and all(_one_is_enough(term.rule) for term in terms):
        alone = all(rule.met for rule in standing(terms, (_yes(person_ref),), people))
    return Explanation(
        person_ref=person_ref,
        decides=reading.case.decides,
        use_case=reading.case.use_case,
        may_decide=bool(asking),
        may_propose=may_propose and not reading.denied,
        alone=alone,
        outcome=f"{reading.sentence}{_counts(asking, alone=alone)}",
        rules=reading.readings,
        could=tuple(sorted({ref for _, by_clause in whole for refs in by_clause for ref in refs})),
        asks=tuple(_asked(term.rule, by_clause) for term, by_clause in whole),
    )


def _asked(rule: Rule, by_clause: Sequence[Collection[str]]) -> AskedRule:
    clauses = zip(rule.approvers, by_clause, strict=True)
    return AskedRule(
        rule.name,
        str(rule.quorum or Quorum.ALL),
        tuple(AskedClause(str(clause), clause.count or 1, tuple(sorted(refs))) for clause, refs in clauses),
    )


def _one_is_enough(rule: Rule) -> bool:
    """Whether one human could meet a rule, before anybody is looked at."""
    counts = [clause.count or 1 for clause in rule.approvers]
    if rule.quorum is Quorum.ANY:
        return 1 in counts
    return rule.quorum == 1 if isinstance(rule.quorum, int) else counts == [1]


def _yes(person_ref: str) -> Vote:
    return Vote("", "", VoteKind.APPROVE, person_ref, "", "", _EVER)


def _counts(asking: Sequence[Approvers], *, alone: bool) -> str:
    if not asking:
        return ""
    clauses = dict.fromkeys(str(clause) for clause in asking)
    enough = "and is enough" if alone else "and others have to agree too"
    return f"; their yes counts as {' and as '.join(clauses)}, {enough}"
