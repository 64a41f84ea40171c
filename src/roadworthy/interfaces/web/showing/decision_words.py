"""The words and tones of requests, votes and rules, for every page that speaks of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from roadworthy.decide.approvals.model import Approvers, DecisionClass, Declines, Quorum, Rule, RuleDecision
from roadworthy.decide.approvals.requests import Request, VoteKind, Waiting
from roadworthy.decide.approvals.states import WAITING, RequestState
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.foundation.spans import seconds
from roadworthy.interfaces.web.showing.words import spoken
from roadworthy.interfaces.web.views.decisions import RequestLine
from roadworthy.interfaces.web.views.parts import Badge, Link, Moment, Tone, span

STATES: Final[Mapping[RequestState, Badge]] = {
    RequestState.OPEN: Badge(Tone.MIND, "open"),
    RequestState.ESCALATED: Badge(Tone.STOP, "escalated"),
    RequestState.APPROVED: Badge(Tone.GO, "approved, not used yet"),
    RequestState.USED: Badge(Tone.GO, "approved and done"),
    RequestState.LAPSED: Badge(Tone.STALE, "approved, never used"),
    RequestState.DECLINED: Badge(Tone.STOP, "declined"),
    RequestState.EXPIRED: Badge(Tone.STALE, "expired"),
    RequestState.WITHDRAWN: Badge(Tone.ASIDE, "withdrawn"),
    RequestState.VOIDED: Badge(Tone.STALE, "void"),
}
_LET_PASS: Final = Badge(Tone.GO, "approved")
"""Of an agent's action, which is done in its own turn, or is not."""
VOTES: Final[Mapping[VoteKind, Badge]] = {
    VoteKind.APPROVE: Badge(Tone.GO, "approved"),
    VoteKind.DECLINE: Badge(Tone.STOP, "declined"),
    VoteKind.ASK: Badge(Tone.MIND, "asked"),
    VoteKind.ANSWER: Badge(Tone.ASIDE, "answered"),
    VoteKind.DELEGATE: Badge(Tone.ASIDE, "gave their say away"),
}
DOES: Final[Mapping[RuleDecision, Badge]] = {
    RuleDecision.ASK: Badge(Tone.MIND, "people vote"),
    RuleDecision.APPROVE: Badge(Tone.GO, "approved beforehand"),
    RuleDecision.DECLINE: Badge(Tone.STOP, "declined beforehand"),
}
SOON: Final = dt.timedelta(days=1)
"""A deadline that is nearer than this is said loudly."""
USUAL_FRESHNESS: Final = "5m"
"""How long a sign-in counts as fresh where no rule says otherwise."""


def called(ref: str, people: Mapping[str, Person], kind: ActorKind = ActorKind.PERSON) -> str:
    """What to call whoever acted."""
    if kind is ActorKind.SYSTEM:
        return "Roadworthy"
    if ref in people:
        return people[ref].shown
    return f"the program {ref}" if kind is ActorKind.WORKLOAD else "an erased person"


def state_shown(each: Request | Waiting) -> Badge:
    """How far a request is."""
    if each.state is RequestState.USED and DecisionClass.AGENT_ACTION in each.classes:
        return _LET_PASS
    return STATES[each.state]


def names(refs: Iterable[str], people: Mapping[str, Person]) -> tuple[str, ...]:
    """What to call each of them, in the order of their names."""
    return tuple(sorted(called(ref, people) for ref in refs))


def line_of(
    each: Request | Waiting, people: Mapping[str, Person], titles: Mapping[str, str], now: dt.datetime
) -> RequestLine:
    """A request in a list.

    Args:
        each: the request.
        people: those who are named.
        titles: of use cases, by name.
        now: the time that deadlines are told from.
    """
    use_case = each.use_case
    asker = called(each.proposer_ref, people, each.proposer_kind)
    until = each.deadline_at if each.state in WAITING else None
    if isinstance(each, Request) and each.state is RequestState.APPROVED:
        until = each.valid_until
    return RequestLine(
        title=each.title,
        href=f"/decisions/{each.id}",
        classes=", ".join(spoken(one) for one in each.classes),
        use_case=None if use_case is None else Link(titles.get(use_case, use_case), f"/use-cases/{use_case}"),
        asker=asker,
        state=state_shown(each),
        since=Moment.of(each.created_at, now),
        until=None if until is None else Moment.of(until, now),
        note=_note(each, now),
    )


def _note(each: Request | Waiting, now: dt.datetime) -> str:
    if isinstance(each, Waiting) and each.asked:
        return "a question waits for an answer"
    if isinstance(each, Request) and each.state not in WAITING:
        return each.why_ended or ""
    left = each.deadline_at - now
    if dt.timedelta(0) < left < SOON:
        return f"{span(left)} left"
    return ""


def clause_said(clause: Approvers) -> str:
    """A clause at the beginning of a line; a person is called exactly as they are."""
    said = str(clause)
    return said if clause.person is not None else f"{said[:1].upper()}{said[1:]}"


def quorum_of(quorum: Quorum | int, clauses: int) -> str:
    """How the clauses of a rule add up."""
    if clauses == 1:
        return ""
    if quorum is Quorum.ALL:
        return "Every clause, by different people."
    if quorum is Quorum.ANY:
        return "Any one of the clauses."
    return f"{quorum} different people, of any of the clauses."


def terms_of(rule: Rule) -> tuple[str, ...]:
    """What else a rule asks for, as sentences."""
    return (*_voting(rule), *_known(rule), *_times(rule))


def _voting(rule: Rule) -> Iterator[str]:
    if rule.separate:
        owners = " and ".join(f"the {duty} owner" for duty in rule.separate)
        yield f"The yes of {owners} does not count."
    if rule.declines is Declines.UNTIL_UNREACHABLE:
        yield "It is declined once those who are left cannot reach the quorum any more."
    elif rule.decision is RuleDecision.ASK:
        yield "One decline ends it."
    if rule.sign_in is not None:
        within = _lasting(rule.sign_in.within or USUAL_FRESHNESS)
        strong = f", with {' or '.join(rule.sign_in.acr)}" if rule.sign_in.acr else ""
        yield f"Whoever votes signed in no longer than {within} ago{strong}."
    if rule.delegation is not None:
        group = f", to members of group {rule.delegation.to_group}" if rule.delegation.to_group else ""
        yield f"A say may be given away for at most {_lasting(rule.delegation.longest)}{group}."


def _known(rule: Rule) -> Iterator[str]:
    for each in rule.evidence:
        age = f", no older than {_lasting(each.within)}" if each.within else ""
        yield f"Evidence for `{each.fact}` is fresh{age}."
    if rule.external is not None:
        window = ", and now lies in its window" if rule.external.window else ""
        yield f"An approved change in `{rule.external.system}` is named{window}."


def _times(rule: Rule) -> Iterator[str]:
    for step in rule.escalations:
        more = ", ".join(str(who) for who in step.approvers)
        then = f"{more} may approve too" if more else "those who may approve are told again"
        yield f"After {_lasting(step.after)} {then}."
    if rule.deadline:
        yield f"Decided within {_lasting(rule.deadline)}."
    if rule.valid:
        yield f"An approval is used within {_lasting(rule.valid)}."


def _lasting(text: str) -> str:
    return span(dt.timedelta(seconds=seconds(text) or 0))
