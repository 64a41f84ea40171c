"""What is wrong with decision rights before they are in force: what contradicts, cannot be read or cannot be met."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, cast

from roadworthy.decide.approvals.coverage import contradictions, uncovered
from roadworthy.decide.approvals.facts import FACTS, WITHOUT_USE_CASE
from roadworthy.decide.approvals.matching import limit_of
from roadworthy.decide.approvals.model import (
    RIGHTS_NAME,
    Approvers,
    DecisionClass,
    DecisionRights,
    Quorum,
    Rule,
    RuleDecision,
)
from roadworthy.decide.approvals.rules import DEADLINE
from roadworthy.foundation.conditions import compile_condition
from roadworthy.foundation.errors import Finding, InvalidInput, Place, did_you_mean
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.spans import seconds, written
from roadworthy.inventory.facts import FACTS as EVIDENCE

LONGEST_SPAN: Final = 10 * 31_536_000.0
"""Seconds. Beyond ten years a deadline is none, and dates run out."""


def check_rights(name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know."""
    return tuple(_findings(name, cast("DecisionRights", spec)))


def _findings(name: str, rights: DecisionRights) -> Iterator[Finding]:
    if name != RIGHTS_NAME:
        message = f"`{name}` would never be in force: the rights are called `{RIGHTS_NAME}`"
        yield Finding("rights-name", message, Place(field="spec"), f"call it `{RIGHTS_NAME}`")
    seen: dict[str, int] = {}
    for at, rule in enumerate(rights.rules):
        if rule.name in seen:
            yield found(at, "name", "rights-rule-twice", f"`{rule.name}` is a rule already", "give each its own name")
        seen.setdefault(rule.name, at)
        yield from _words(at, rule)
        yield from _scope(at, rule)
        yield from _people(at, rule)
        yield from _times(at, rule)
    yield from contradictions(rights)
    yield from uncovered(rights)


def found(at: int, field: str, code: str, message: str, remedy: str) -> Finding:
    """A finding at a field of a rule."""
    return Finding(code, message, Place(field=f"spec.rules.{at}.{field}"), remedy)


# ------------------------------------------------------------ conditions, thresholds, evidence


def _words(at: int, rule: Rule) -> Iterator[Finding]:
    told: set[str] = set()
    for decides in rule.decides:
        for field, fault in _unread(rule, decides):
            if f"{field} {fault.message}" not in told:
                told.add(f"{field} {fault.message}")
                message = f"rule `{rule.name}`, for `{decides}`: {fault.message}"
                yield found(at, field, fault.code, message, fault.remedy)
    for position, fresh in enumerate(rule.evidence):
        if fresh.fact not in EVIDENCE:
            message = f"`{fresh.fact}` is nothing that evidence answers"
            remedy = did_you_mean(fresh.fact, EVIDENCE)
            yield found(at, f"evidence.{position}.fact", "rights-evidence-unknown", message, remedy)


def _unread(rule: Rule, decides: DecisionClass) -> Iterator[tuple[str, InvalidInput]]:
    try:
        if rule.when is not None:
            compile_condition(rule.when, FACTS[decides])
    except InvalidInput as error:
        yield "when", error
    for position, threshold in enumerate(rule.thresholds):
        try:
            limit_of(threshold, FACTS[decides])
        except InvalidInput as error:
            yield f"thresholds.{position}", error


# ------------------------------------------------------------ what it is about


def _scope(at: int, rule: Rule) -> Iterator[Finding]:
    for decides in rule.decides:
        if decides in WITHOUT_USE_CASE and rule.tiers and "unknown" not in rule.tiers:
            message = f"`{decides}` is about no use case, so its tier is always `unknown`"
            yield found(at, "tiers", "rights-rule-never-applies", message, f"leave `tiers` out for `{decides}`")
        if decides in WITHOUT_USE_CASE and rule.use_cases:
            message = f"`{decides}` is about no use case"
            yield found(at, "useCases", "rights-rule-never-applies", message, f"leave `useCases` out for `{decides}`")
    if DecisionClass.CHANGE_RIGHTS in rule.decides and rule.decision is RuleDecision.APPROVE:
        message = (
            "a change of rights is never approved beforehand: whoever could make it could give themselves the rest"
        )
        yield found(at, "decision", "rights-change-unasked", message, "ask people about it")


# ------------------------------------------------------------ people


def _people(at: int, rule: Rule) -> Iterator[Finding]:
    if rule.decision is not RuleDecision.ASK:
        given = [field for field, value in _ASKING.items() if getattr(rule, value) not in (None, ())]
        if given:
            message = f"rule `{rule.name}` asks nobody, so `{given[0]}` says nothing"
            yield found(at, given[0], "rights-asks-nobody", message, f"leave `{given[0]}` out, or decide by `ask`")
        return
    if not rule.approvers:
        message = f"rule `{rule.name}` asks, and names nobody who could approve"
        yield found(at, "decision", "rights-ask-without-approvers", message, "name its `approvers`")
        return
    yield from _quorum(at, rule, "approvers", rule.approvers)
    for position, escalation in enumerate(rule.escalations):
        if escalation.approvers:
            yield from _quorum(at, rule, f"escalations.{position}.approvers", escalation.approvers)


_ASKING: Final = {
    "approvers": "approvers",
    "quorum": "quorum",
    "separate": "separate",
    "declines": "declines",
    "escalations": "escalations",
    "delegation": "delegation",
    "signIn": "sign_in",
}
"""Fields that say something only where people vote, by the name that people write."""


def _quorum(at: int, rule: Rule, field: str, clauses: Sequence[Approvers]) -> Iterator[Finding]:
    """Whether as many people can be there as are asked for, whoever they are."""
    quorum = rule.quorum or Quorum.ALL
    fillable = []
    for position, clause in enumerate(clauses):
        most = _most(rule, clause)
        wanted = (clause.count or 1) if isinstance(quorum, Quorum) else 1
        if isinstance(quorum, int) and clause.count is not None:
            message = f"the quorum asks for {quorum} people of all clauses, so `count` says nothing"
            yield found(at, f"{field}.{position}.count", "rights-count-unused", message, "leave `count` out")
        if most < wanted:
            yield _too_few(at, f"{field}.{position}", rule, clause, wanted)
        else:
            fillable.append(most)
    twice = [clause for clause in clauses if clause.person is not None and _named(clauses, clause) > 1]
    if twice and quorum is not Quorum.ANY:
        message = f"`{twice[0].person}` is named twice, and one person counts once"
        yield found(at, field, "rights-quorum-unreachable", message, "name each person once")
    elif isinstance(quorum, int) and sum(fillable) < quorum:
        message = f"rule `{rule.name}` asks for {quorum} people, and its clauses name {int(sum(fillable))}"
        yield found(at, field, "rights-quorum-unreachable", message, f"name {quorum} people, or ask for fewer")


def _named(clauses: Sequence[Approvers], one: Approvers) -> int:
    return sum(str(clause.person).casefold() == str(one.person).casefold() for clause in clauses)


def _most(rule: Rule, clause: Approvers) -> float:
    """How many people a clause can mean at most."""
    if clause.owner is not None:
        is_nobody = clause.owner in rule.separate or all(decides in WITHOUT_USE_CASE for decides in rule.decides)
        return 0 if is_nobody else 1
    return 1 if clause.person is not None else float("inf")


def _too_few(at: int, field: str, rule: Rule, clause: Approvers, wanted: int) -> Finding:
    if clause.owner is None or wanted > 1:
        message = f"{clause} is one person, and {wanted} are asked for"
        return found(
            at, f"{field}.count", "rights-quorum-unreachable", message, "ask for a group, or leave `count` out"
        )
    why = "is kept `separate`" if clause.owner in rule.separate else "is nobody where no use case is concerned"
    message = f"the {clause.owner} owner {why}, so the clause can never be met"
    return found(at, field, "rights-quorum-unreachable", message, "ask somebody else")


# ------------------------------------------------------------ times


def _times(at: int, rule: Rule) -> Iterator[Finding]:
    ends = _length(rule.deadline) or DEADLINE
    for field, text in _spans(rule):
        if (_length(text) or 0) > LONGEST_SPAN:
            message = f"`{text}` is longer than ten years"
            yield found(at, field, "rights-span-too-long", message, "write a time in which people act")
    for position, escalation in enumerate(rule.escalations):
        if (_length(escalation.after) or 0) >= ends:
            message = f"it would escalate after {escalation.after}, when the deadline of {written(ends)} has passed"
            remedy = "escalate before the deadline"
            yield found(at, f"escalations.{position}.after", "rights-escalation-late", message, remedy)
    for position, (one, other) in enumerate(pairwise(rule.escalations), start=1):
        if (_length(other.after) or 0) <= (_length(one.after) or 0):
            message = f"`{other.after}` does not come after `{one.after}`"
            remedy = "write escalations in the order in which they happen"
            yield found(at, f"escalations.{position}.after", "rights-escalation-order", message, remedy)
    if rule.delegation is not None and (_length(rule.delegation.longest) or 0) > ends:
        message = (
            f"a say could be given for {rule.delegation.longest}, longer than the {written(ends)} there are to decide"
        )
        remedy = "give no longer than the deadline"
        yield found(at, "delegation.longest", "rights-delegation-long", message, remedy)


def _spans(rule: Rule) -> Iterator[tuple[str, str]]:
    texts = {
        "deadline": rule.deadline,
        "valid": rule.valid,
        "delegation.longest": rule.delegation.longest if rule.delegation else None,
        "signIn.within": rule.sign_in.within if rule.sign_in else None,
        **{f"escalations.{at}.after": each.after for at, each in enumerate(rule.escalations)},
        **{f"evidence.{at}.within": each.within for at, each in enumerate(rule.evidence)},
    }
    yield from ((field, text) for field, text in texts.items() if text is not None)


def _length(text: str | None) -> float | None:
    return None if text is None else seconds(text)
