"""How long the rules of a request give, and who may approve once it has waited: plain arithmetic on declared spans."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from roadworthy.decide.approvals.model import Rule
from roadworthy.decide.approvals.requests import Request, Term
from roadworthy.decide.approvals.states import WAITING, RequestState
from roadworthy.foundation.spans import seconds

USUAL_DEADLINE = dt.timedelta(days=14)
USUAL_VALIDITY = dt.timedelta(days=7)
USUAL_FRESHNESS = dt.timedelta(minutes=5)
LOOK_AGAIN = dt.timedelta(minutes=15)
"""How often is looked whether what was missing beside votes has come, where nothing else says so."""


def span(text: str | None, usual: dt.timedelta) -> dt.timedelta:
    """A declared span, or the usual one where none was declared."""
    length = None if text is None else seconds(text)
    return usual if length is None else dt.timedelta(seconds=length)


def time_to_decide(rules: Sequence[Rule]) -> dt.timedelta:
    """The shortest of the rules: all of them have to be met."""
    return min((span(rule.deadline, USUAL_DEADLINE) for rule in rules), default=USUAL_DEADLINE)


def time_to_use(rules: Sequence[Rule]) -> dt.timedelta:
    """The shortest of the rules."""
    return min((span(rule.valid, USUAL_VALIDITY) for rule in rules), default=USUAL_VALIDITY)


def freshness(rules: Sequence[Rule]) -> tuple[dt.timedelta, tuple[str, ...]]:
    """How recent and how strong a sign-in has to be: the strictest of the rules.

    Returns:
        The longest time since the sign-in, and the authentication contexts of which it has to carry one: those that
        every rule that names any accepts. None are accepted where the rules name different ones, which is said by an
        empty text among them.
    """
    asked = [rule.sign_in for rule in rules if rule.sign_in is not None]
    within = min((span(each.within, USUAL_FRESHNESS) for each in asked), default=USUAL_FRESHNESS)
    if len(asked) < len(rules):
        within = min(within, USUAL_FRESHNESS)
    strong = [frozenset(each.acr) for each in asked if each.acr]
    if not strong:
        return within, ()
    common = frozenset.intersection(*strong)
    return within, tuple(sorted(common)) or ("",)


def steps(terms: Sequence[Term]) -> tuple[dt.timedelta, ...]:
    """After which times since the proposal a request escalates: those of all its rules, the first one first."""
    found = {seconds(each.after) for term in terms for each in term.rule.escalations}
    return tuple(dt.timedelta(seconds=length) for length in sorted(length for length in found if length is not None))


def at_level(terms: Sequence[Term], level: int) -> tuple[Term, ...]:
    """The terms after so many escalations: a rule asks the approvers of the last one that named any."""
    reached = steps(terms)[:level]
    return tuple(
        Term(_escalated(term.rule, reached), term.use_case, term.decides) if reached else term for term in terms
    )


def _escalated(rule: Rule, reached: Sequence[dt.timedelta]) -> Rule:
    named = [
        (after, each)
        for each in rule.escalations
        if each.approvers and (after := span(each.after, USUAL_DEADLINE)) in reached
    ]
    if not named:
        return rule
    _, last = max(named, key=lambda one: one[0])
    return rule.model_copy(update={"approvers": last.approvers})


def next_due(request: Request, now: dt.datetime, *, look_again: bool = False) -> dt.datetime | None:
    """When something happens to a request by itself; None where nothing does."""
    if request.state in WAITING:
        ahead = [request.deadline_at]
        ahead += [request.created_at + after for after in steps(request.terms)[request.level : request.level + 1]]
        ahead += [now + LOOK_AGAIN] if look_again else []
        return min(ahead)
    return request.valid_until if request.state is RequestState.APPROVED else None
