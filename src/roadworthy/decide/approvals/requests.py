"""What a decision request is: what is asked, on which terms, who voted, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from roadworthy.decide.approvals.model import Approvers, DecisionClass, Declines, Quorum, Rule
from roadworthy.decide.approvals.states import RequestState
from roadworthy.foundation.ledger.draft import ActorKind


class VoteKind(StrEnum):
    """What an approver, or for an answer the proposer, can say."""

    APPROVE = "approve"
    DECLINE = "decline"
    ASK = "ask"
    """A question to the proposer; the request stays where it is."""
    ANSWER = "answer"
    DELEGATE = "delegate"
    """Gives the say in this request to somebody else for a time."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody asks to have decided. Classes, facts and acts are worked out from it here, never taken from it."""

    subject: str
    """Which executor carries it out: `plan`, `waive-gap`, `waive-criterion`, `accept-duty`, or `external`."""
    content: Mapping[str, Any]
    """Canonical values, in the shape that the executor reads."""
    reason: str
    on_behalf_of: str | None = None
    """Reference of a person, where a program or an agent proposes for one."""
    change_number: str | None = None
    """Of an approved change in another system, where a rule asks for one."""
    seconds: float | None = None
    """How long people have, where whoever asks cannot wait for as long as the rules give them."""


@dataclass(frozen=True, slots=True)
class ActTerms:
    """One of the acts that a request covers, as people read it."""

    decides: DecisionClass
    resource: str
    use_case: str | None
    facts: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class Term:
    """A rule that asks, for one of the use cases that a request is about: its owners are those whose yes counts."""

    rule: Rule
    use_case: str | None
    decides: tuple[DecisionClass, ...]
    """For which classes of the request it asks."""
    apart: tuple[str, ...] = ()
    """References of the owners who are kept separate, as they were when it was proposed: giving the duty back while
    the request is open makes nobody free to vote."""


@dataclass(frozen=True, slots=True)
class Request:
    """A decision request as it is kept."""

    id: str
    subject: str
    title: str
    use_case: str | None
    classes: tuple[DecisionClass, ...]
    content: Mapping[str, Any]
    acts: tuple[ActTerms, ...]
    base: Mapping[str, str]
    """`Kind/name` to the digest of the state that the content was made against; empty text where there was none."""
    rights_digest: str
    terms: tuple[Term, ...]
    """The rules that ask, as they stood when it was proposed; all of them have to be met. None: decided by rule."""
    approved_by: tuple[str, ...]
    """Names of rules by which parts of it, or all of it, were approved beforehand."""
    digest: str
    """Names content, acts, base, rights and terms together; a vote is for this digest and no other."""
    salt: str
    """Part of the digest, so that nobody can find the content by guessing once this row is erased."""
    proposer_kind: ActorKind
    proposer_ref: str
    on_behalf_of: str | None
    excluded: frozenset[str]
    """People whose yes cannot count: the proposer, whom they act for, whoever owns the proposing program."""
    reason: str
    change_number: str | None
    state: RequestState
    level: int
    created_at: dt.datetime
    deadline_at: dt.datetime
    valid_until: dt.datetime | None
    ended_at: dt.datetime | None
    why_ended: str | None
    entry_id: str

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that ask, each once."""
        return tuple({term.rule.name: term.rule for term in self.terms}.values())


@dataclass(frozen=True, slots=True)
class Vote:
    """What somebody said about a request."""

    id: str
    request_id: str
    kind: VoteKind
    person_ref: str
    reason: str
    digest: str
    at: dt.datetime
    delegate_of: str | None = None
    to_ref: str | None = None
    until: dt.datetime | None = None
    issuer: str | None = None
    auth_time: dt.datetime | None = None
    acr: str | None = None
    dwell_ms: int | None = None
    entry_id: str = ""


@dataclass(frozen=True, slots=True)
class ClauseStanding:
    """How far one clause of one rule is."""

    clause: Approvers
    needed: int
    given_by: tuple[str, ...]
    """References of people whose approval counts for it."""
    could: tuple[str, ...]
    """References of people who are here, may approve, and have not."""
    escalated: bool = False
    """Whether the clause came with an escalation; the rule's own clauses or those of one escalation meet it."""


@dataclass(frozen=True, slots=True)
class RuleStanding:
    """How far one rule that asks is."""

    rule: Rule
    quorum: Quorum | int
    declines: Declines
    clauses: tuple[ClauseStanding, ...]
    met: bool
    reachable: bool
    """Whether those who are left can still meet it."""
    unmet: tuple[str, ...] = ()
    """What is missing beside votes: evidence that is not fresh, an external change that is not approved."""
    use_case: str | None = None
    """Whose owners are meant, where the rule names any."""
    declined_by: tuple[str, ...] = ()
    """References of people with a voice here who declined."""


@dataclass(frozen=True, slots=True)
class Mine:
    """What one person may do with a request, and why not."""

    may_vote: bool
    why: tuple[str, ...]
    """Sentences: by which clauses, or what stands in the way and who could."""
    in_place_of: tuple[str, ...] = ()
    """References of people who gave them their say."""
    fresh: bool = False
    """Whether their sign-in is recent and strong enough to vote now."""
    max_age_seconds: int = 300
    acr: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """A request with everything a page says about it."""

    request: Request
    votes: tuple[Vote, ...]
    rules: tuple[RuleStanding, ...]
    mine: Mine | None
    stale: tuple[str, ...] = ()
    """Resources of the base that have changed since; a vote would void the request."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line of an inbox."""

    id: str
    title: str
    use_case: str | None
    classes: tuple[DecisionClass, ...]
    proposer_ref: str
    proposer_kind: ActorKind
    state: RequestState
    created_at: dt.datetime
    deadline_at: dt.datetime
    asked: bool = False
    """Whether a question waits for an answer."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a person may do something, and why: every rule that was looked at, with what it came to."""

    person_ref: str
    decides: DecisionClass
    use_case: str | None
    may_decide: bool
    """Whether their approval would count."""
    may_propose: bool
    alone: bool
    """Whether no other approval would be needed."""
    outcome: str
    """A sentence."""
    rules: tuple[RuleReading, ...]
    could: tuple[str, ...] = ()
    """References of those whose approval counts."""
    asks: tuple[AskedRule, ...] = ()
    """The rules that ask, each with everybody who could meet it today."""


@dataclass(frozen=True, slots=True)
class AskedRule:
    """Whom a rule asks."""

    rule: str
    quorum: str
    """`all`, `any`, or how many people of all clauses."""
    clauses: tuple[AskedClause, ...]


@dataclass(frozen=True, slots=True)
class AskedClause:
    """Whose yes a clause counts."""

    who: str
    """The clause in words, such as `group risk-committee`."""
    needed: int
    """People; without meaning where the quorum is a number."""
    could: tuple[str, ...]
    """References; empty where nobody is in this place today."""


@dataclass(frozen=True, slots=True)
class RuleReading:
    """What one rule says to a case."""

    rule: str
    applies: bool
    why: tuple[str, ...]
    """Sentences."""


@dataclass(frozen=True, slots=True)
class Use:
    """An approval that was spent."""

    request_id: str
    used_at: dt.datetime
    used_by: str
    effects: Mapping[str, Any] = field(default_factory=dict)
    """What carrying it out answered, by the executor."""
    entry_id: str = ""
