"""When something happens to a request by itself, and who may approve once it has waited."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from roadworthy.decide.approvals.model import Approvers, Rule
from roadworthy.decide.approvals.requests import Request
from roadworthy.decide.approvals.rules import escalations, max_age
from roadworthy.decide.approvals.states import WAITING, RequestState
from roadworthy.foundation.spans import seconds

LOOK_AGAIN = dt.timedelta(minutes=15)
"""How often is looked whether what was missing beside votes has come, where nothing else says so."""
NO_CONTEXT = ""
"""Stands where rules ask for authentication contexts of which none satisfies all of them."""


def sign_in_asked(rules: Sequence[Rule]) -> tuple[dt.timedelta, tuple[str, ...]]:
    """How recent and how strong a sign-in has to be for all of the rules.

    Returns:
        The longest time since the sign-in, and the authentication contexts of which it has to carry one: those that
        every rule that names any accepts.
    """
    strong = [frozenset(rule.sign_in.acr) for rule in rules if rule.sign_in is not None and rule.sign_in.acr]
    common = tuple(sorted(frozenset.intersection(*strong))) or (NO_CONTEXT,) if strong else ()
    return dt.timedelta(seconds=max_age(rules)), common


def steps(request: Request) -> tuple[dt.timedelta, ...]:
    """After which times since the proposal a request escalates, the first one first."""
    return tuple(dt.timedelta(seconds=length) for length in escalations(request.rules))


def asked(request: Request) -> Iterator[tuple[Approvers, str | None]]:
    """Clauses that a request asks after its escalations so far, each with the use case whose owners it means."""
    reached = steps(request)[: request.level]
    for term in request.terms:
        yield from ((clause, term.use_case) for clause in term.rule.approvers)
        for each in term.rule.escalations:
            if dt.timedelta(seconds=seconds(each.after) or 0) in reached:
                yield from ((clause, term.use_case) for clause in each.approvers)


def changes_of(request: Request) -> frozenset[tuple[str, str]]:
    """System and number of the changes elsewhere that the rules of a request ask for."""
    if request.change_number is None:
        return frozenset()
    systems = {rule.external.system for rule in request.rules if rule.external is not None}
    return frozenset((system, request.change_number) for system in systems)


def remind_at(request: Request) -> dt.datetime:
    """When people are told that the time is nearly over: a fifth of it before its end, at most a day."""
    return request.deadline_at - min((request.deadline_at - request.created_at) / 5, dt.timedelta(days=1))


def next_due(request: Request, now: dt.datetime, *, look_again: bool = False) -> dt.datetime | None:
    """When something happens to a request by itself; None where nothing does."""
    if request.state in WAITING:
        ahead = [request.deadline_at]
        ahead += [request.created_at + after for after in steps(request)[request.level : request.level + 1]]
        ahead += [now + LOOK_AGAIN] if look_again else []
        return min(ahead)
    return request.valid_until if request.state is RequestState.APPROVED else None
