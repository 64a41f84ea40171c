"""Types of the API: decisions. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from roadworthy.sdk.shapes.shared import ActorKind, DecisionClass, DecisionRequest, Person, RequestState, Stage

Declines: TypeAlias = Literal["one-ends", "until-unreachable"]
"""What a decline does."""


Quorum: TypeAlias = Literal["all", "any"]
"""How the clauses of a rule add up."""


VoteKind: TypeAlias = Literal["approve", "decline", "ask", "answer", "delegate"]
"""What an approver, or for an answer the proposer, can say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CastVote:
    """What somebody said."""

    id: str
    kind: VoteKind
    person: Person
    reason: str
    digest: str
    at: dt.datetime
    in_place_of: Person | None
    to: Person | None
    until: dt.datetime | None
    issuer: str | None
    auth_time: dt.datetime | None
    acr: str | None
    dwell_ms: int | None
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseStanding:
    """How far one clause of a rule is."""

    who: str
    needed: int
    given_by: tuple[Person, ...]
    could: tuple[Person, ...]
    escalated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionAct:
    """One thing that a request covers."""

    decides: DecisionClass
    resource: str
    use_case: str | None
    facts: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRequestPage:
    """What the API calls `Page_DecisionRequestBody_`."""

    items: tuple[DecisionRequest, ...]
    next: str | None = None
    """Absent at the end of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MyVote:
    """What the caller may do with a request, and why not."""

    may_vote: bool
    why: tuple[str, ...]
    in_place_of: tuple[Person, ...]
    fresh: bool
    """Whether their sign-in is recent and strong enough to vote now."""
    max_age_seconds: int
    acr: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStanding:
    """How far one rule that asks is."""

    rule: str
    use_case: str | None
    quorum: Quorum | int
    declines: Declines
    met: bool
    reachable: bool
    unmet: tuple[str, ...]
    clauses: tuple[ClauseStanding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionStanding:
    """A request with everything that bears on it."""

    request: DecisionRequest
    content: Mapping[str, Any]
    """Exactly what is decided; what the digest is of, with acts and rules."""
    shown: tuple[str, ...]
    """The content in lines, as its page shows it."""
    acts: tuple[DecisionAct, ...]
    base: Mapping[str, str]
    votes: tuple[CastVote, ...]
    rules: tuple[RuleStanding, ...]
    mine: MyVote | None
    stale: tuple[str, ...]
    """Resources that changed since; a vote would void the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneElsewhere:
    """Something that another system does on the word of a decision."""

    decides: DecisionClass
    facts: Mapping[str, Any] | None = None
    """Facts of the class that whoever asks knows."""
    details: Mapping[str, Any] | None = None
    """Whatever else whoever approves should read."""
    resource: str | None = None
    """What it happens to, as `Kind/name`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandingOn:
    """A say in one request, given to somebody else for a time."""

    digest: str
    """The request's digest: exactly what was read before saying this."""
    reason: str
    """Why."""
    to: str
    """Address or account name."""
    until: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalWanted:
    """What somebody asks to have decided."""

    subject: str
    """`plan`, `waive-gap`, `waive-criterion`, `accept-duty`, `certificate` or `external`."""
    content: Mapping[str, Any]
    """What exactly is wanted, in the subject's own shape."""
    reason: str
    """Why."""
    on_behalf_of: str | None = None
    """Address or reference of a person whom a program acts for."""
    change_number: str | None = None
    """Of an approved change, where a rule asks for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendWanted:
    """An approval that is about to be used."""

    digest: str
    """The request's digest: exactly what was read before saying this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """An approval that was used."""

    request_id: str
    used_at: dt.datetime
    used_by: str
    effects: Mapping[str, Any]
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCaseProposal:
    """What somebody asks about one use case: a stage, or something that is done elsewhere."""

    reason: str
    """Why."""
    stage: Stage | None = None
    """The stage that it should go to."""
    external: DoneElsewhere | None = None
    change_number: str | None = None
    """Of an approved change, where a rule asks for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteWanted:
    """What somebody says about a request."""

    digest: str
    """The request's digest: exactly what was read before saying this."""
    reason: str
    """Why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingBody:
    """A line of an inbox."""

    id: str
    title: str
    use_case: str | None
    classes: tuple[DecisionClass, ...]
    proposer: Person
    proposer_kind: ActorKind
    state: RequestState
    created_at: dt.datetime
    deadline_at: dt.datetime
    asked: bool
    """Whether a question waits for an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPage:
    """What the API calls `Page_WaitingBody_`."""

    items: tuple[WaitingBody, ...]
    next: str | None = None
    """Absent at the end of the list."""
