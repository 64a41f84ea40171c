"""Types of the API: rights. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from roadworthy.sdk.shapes.shared import ApiFinding, DecisionClass, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproverLoad:
    """What one approver has before them, and what their votes of the last 90 days were like."""

    person: Person
    waiting: int
    votes: int
    approval_rate: int | None
    hours_to_vote: float | None
    seconds_looked: float | None
    looked_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedClause:
    """Whose yes a clause of a rule counts."""

    who: str
    """The clause in words, such as `group risk-committee`."""
    needed: int
    """People; without meaning where the quorum is a number."""
    could: tuple[Person, ...]
    """Empty where nobody is in this place today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRule:
    """Whom a rule asks."""

    rule: str
    quorum: str
    """`all`, `any`, or how many people of all clauses."""
    clauses: tuple[AskedClause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWanted:
    """A question about the rights in force."""

    person: str
    """Address or account name."""
    action: DecisionClass
    use_case: str | None = None
    facts: Mapping[str, Any] | None = None
    """Facts to suppose, in place of those known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleReading:
    """What one rule says to a case."""

    rule: str
    applies: bool
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionBodiesExplanation:
    """Whether a person may do something, and why."""

    person: Person
    decides: DecisionClass
    use_case: str | None
    may_decide: bool
    may_propose: bool
    alone: bool
    outcome: str
    rules: tuple[RuleReading, ...]
    could: tuple[Person, ...]
    asks: tuple[AskedRule, ...]
    """The rules that ask, with everybody who could meet them today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GenesisWanted:
    """The first rights, and the two people who sign them."""

    plan: str
    """A saved plan that declares `DecisionRights` and a `RoleMap`."""
    signers: tuple[str, ...]
    reason: str
    """Why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsCheck:
    """What nobody could decide as things stand."""

    governed: bool
    """Whether decision rights are in force."""
    findings: tuple[ApiFinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsInForce:
    """The decision rights in force."""

    generation: int
    digest: str
    spec: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsPlanned:
    """Rights that are not in force yet."""

    plan: str
    """A saved plan that declares `DecisionRights`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A say that was given away for a time."""

    id: str
    by: Person
    to: Person
    decides: DecisionClass | None
    use_case: str | None
    starts_at: dt.datetime
    ends_at: dt.datetime
    ended_at: dt.datetime | None
    reason: str
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SayWanted:
    """A say that is given away for a time, for requests to come."""

    to: str
    """Address or account name."""
    until: dt.datetime
    reason: str
    """Why."""
    decides: DecisionClass | None = None
    """Only this class; all without it."""
    use_case: str | None = None
    """Only this one; all without it."""
