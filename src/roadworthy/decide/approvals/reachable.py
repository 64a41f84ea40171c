"""Rules that nobody can meet as things stand: groups unknown, empty or too small, people who are not here, empty roles.

What the directory knows changes without anybody touching the rights, so this is asked again and again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from roadworthy.decide.approvals.checking import found
from roadworthy.decide.approvals.model import Approvers, DecisionRights, Rule, RuleDecision
from roadworthy.decide.approvals.quorum import People, clauses_of, key_of, standing
from roadworthy.decide.approvals.requests import Term
from roadworthy.foundation.errors import Finding


def named_in(rights: DecisionRights) -> tuple[Approvers, ...]:
    """Every clause that does not depend on a use case; `unreachable` wants to know who is behind each."""
    clauses = (clause for rule in rights.rules for clause in clauses_of(_term(rule)) if clause.owner is None)
    return tuple(dict.fromkeys(clauses))


def unreachable(rights: DecisionRights, people: People) -> tuple[Finding, ...]:
    """What stands in the way of deciding at all, as things are.

    Owners are taken to be there, because whether they are is a matter of each use case.

    Args:
        rights: the rights, in force or to be.
        people: `behind` by `key_of(clause, None)` for `named_in(rights)`; a person also when they left, so that
            they can be told from nobody.
    """
    return tuple(_findings(rights, people))


def _findings(rights: DecisionRights, people: People) -> Iterator[Finding]:
    for at, rule in enumerate(rights.rules):
        if rule.decision is RuleDecision.ASK:
            gone = list(_gone(at, rule, people))
            yield from gone
            if not gone:
                yield from _few(at, rule, people)


def _gone(at: int, rule: Rule, people: People) -> Iterator[Finding]:
    for field, clause in _placed(rule):
        behind = people.behind.get(key_of(clause, None))
        if clause.owner is not None or (behind and not all(ref in people.left for ref in behind)):
            continue
        if clause.person is not None:
            is_known = "is not here any more" if behind else "is nobody whom the directory knows"
            message = f"rule `{rule.name}` asks `{clause.person}`, who {is_known}"
            yield found(at, field, "rights-person-gone", message, "name somebody who is here, or a group")
        elif clause.group is not None:
            message = f"rule `{rule.name}` asks group `{clause.group}`, in which the directory knows nobody who is here"
            yield found(at, field, "rights-group-empty", message, "put people into it, or ask another group")
        else:
            message = f"rule `{rule.name}` asks the role {clause.role}, which nobody holds"
            yield found(at, field, "rights-role-empty", message, "give the role to a group of the directory")


def _placed(rule: Rule) -> Iterator[tuple[str, Approvers]]:
    for position, clause in enumerate(rule.approvers):
        yield f"approvers.{position}", clause
    for number, escalation in enumerate(rule.escalations):
        for position, clause in enumerate(escalation.approvers):
            yield f"escalations.{number}.approvers.{position}", clause
    if rule.delegation is not None and rule.delegation.to_group is not None:
        yield "delegation.toGroup", Approvers(group=rule.delegation.to_group)


def _few(at: int, rule: Rule, people: People) -> Iterator[Finding]:
    """Whether the quorum can be met by all, and by all but one who proposes."""
    term = _term(rule)
    whole = replace(people, behind={**people.behind, **_owners(term)})
    if not standing([term], (), whole)[0].reachable:
        message = f"rule `{rule.name}` asks for more people than there are"
        yield found(at, "approvers", "rights-quorum-unreachable", message, "ask for fewer, or put more people there")
        return
    for kind, ref in _one_of_each(term, people).items():
        if not standing([term], (), replace(whole, excluded={ref}))[0].reachable:
            who = " and ".join(sorted(kind))
            message = (
                f"rule `{rule.name}` cannot be met once one of {who} proposes, because nobody is left in their place"
            )
            yield found(
                at, "approvers", "rights-quorum-narrow", message, "put more people there, or escalate to others"
            )


def _term(rule: Rule) -> Term:
    return Term(rule, None, rule.decides)


def _owners(term: Term) -> dict[str, frozenset[str]]:
    """Made-up people in the owners' seats, one in each."""
    duties = {clause for clause in clauses_of(term) if clause.owner is not None}
    return {key_of(clause, None): frozenset((f"\0{clause.owner}",)) for clause in duties}


def _one_of_each(term: Term, people: People) -> dict[frozenset[str], str]:
    """Somebody for every set of clauses in which anybody counts: those who are alike fare alike."""
    counting: dict[str, set[str]] = {}
    for clause in clauses_of(term):
        for ref in people.behind.get(key_of(clause, None), ()):
            counting.setdefault(people.human_of(ref), set()).add(_bare(clause))
    alike: dict[frozenset[str], str] = {}
    for human in sorted(counting):
        alike.setdefault(frozenset(counting[human]), human)
    refs = {people.human_of(ref): ref for behind in people.behind.values() for ref in behind}
    return {kind: refs[human] for kind, human in alike.items()}


def _bare(clause: Approvers) -> str:
    """A clause as people read it, the number it asks for left out."""
    return str(clause.model_copy(update={"count": None}))
