"""Types of the API: shared. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

ActorKind: TypeAlias = Literal["person", "workload", "system"]
"""Who can act."""


AnswerInput: TypeAlias = Literal["yes", "no", "in-progress", "waived", "not-applicable"]
"""What a claim says; the absence of any claim is what 'unknown' means, so it is not a value here."""


AssessmentVerdict: TypeAlias = Literal["met", "partial", "failed", "expired", "unknown", "not-applicable"]
"""What is known of one criterion."""


CertificateState: TypeAlias = Literal["valid", "narrowed", "suspended", "withdrawn", "expired"]
"""Where an operating certificate stands."""


DataAuditVerdict: TypeAlias = Literal["gap", "match", "unknown"]
"""What a check came to."""


DecisionClass: TypeAlias = Literal[
    "promote",
    "deploy",
    "retrain",
    "change-data",
    "change-policy",
    "change-rubric",
    "change-rights",
    "waive",
    "review",
    "accept-duty",
    "roll-back",
    "suspend",
    "resume",
    "retire",
    "raise-limit",
    "agent-action",
]
"""What can be decided."""


Dimension: TypeAlias = Literal["data", "governance", "integration", "ownership"]
"""The four questions of readiness, in the order in which they are shown."""


Doubt: TypeAlias = Literal["contested", "sample-too-small", "other-version", "own-gate"]
"""Why a live claim does not count in full."""


Duty: TypeAlias = Literal["product", "platform", "governance", "business"]
"""The four duties that a use case needs an owner for."""


EvidenceState: TypeAlias = Literal["live", "contested", "expired", "superseded", "withdrawn"]
"""What became of a piece of evidence; only one that is live can count in full."""


FactsAnswer: TypeAlias = Literal["yes", "no", "in-progress", "waived", "not-applicable"]
"""What a claim says; the absence of any claim is what 'unknown' means, so it is not a value here."""


Level: TypeAlias = Literal["must", "should"]
"""How much a criterion weighs."""


Method: TypeAlias = Literal["declared", "reported", "attested", "documented", "measured"]
"""How a claim came to be known, from the weakest to the strongest."""


RequestState: TypeAlias = Literal[
    "open", "escalated", "approved", "used", "lapsed", "declined", "expired", "withdrawn", "voided"
]
"""Where a decision request stands."""


SeatState: TypeAlias = Literal["unassigned", "unconfirmed", "accepted"]
"""How far an ownership has come."""


Stage: TypeAlias = Literal["proposed", "pilot", "candidate", "production", "retired"]
"""How far the use case has come."""


Tier: TypeAlias = Literal["low", "moderate", "high"]
"""How much can go wrong; derived by rule, see `rules.tier_of`."""


Tone: TypeAlias = Literal["red", "unknown", "amber", "green"]
"""The colour of a dimension, always shown with its word and its shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiPlace:
    """Where a fault is; lines, columns and rows count from 1."""

    source: str | None = None
    line: int | None = None
    column: int | None = None
    sheet: str | None = None
    cell: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiFinding:
    """One thing that is wrong."""

    code: str
    message: str
    place: ApiPlace
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """What a claim speaks of: a model version, a data set, a report."""

    name: str
    digest: str
    """SHA-256 of its bytes, such as `sha256:` and 64 hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffortBody:
    """Working days of one person."""

    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """A must that is not met: what, whose, how much work, and what turns it green."""

    criterion: str
    title: str
    dimension: Dimension
    verdict: AssessmentVerdict
    why: str
    duty: Duty
    person: str | None
    """Who holds the duty; null is openly unassigned."""
    seat: SeatState
    effort: EffortBody
    turns_green: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict on one criterion, and what it rests on."""

    criterion: str
    title: str
    dimension: Dimension
    level: Level
    verdict: AssessmentVerdict
    why: str
    fact: str | None
    method: Method | None
    observed_at: dt.datetime | None
    expires_at: dt.datetime | None
    evidence: str | None
    waived_until: dt.datetime | None
    """Until when it is accepted that this is missing."""
    turns_green: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Figures of one dimension, or of all of them."""

    tone: Tone
    coverage: int
    """Percent of the applicable criteria of which anything is known."""
    score: int
    """Percent of the applicable weight that is met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What the rubric says of a use case at an instant."""

    use_case: str
    rubric: str
    assessed_at: dt.datetime
    next_change_at: dt.datetime | None
    overall: Scale
    dimensions: Mapping[str, Scale]
    blockers: tuple[Blocker, ...]
    judgements: tuple[Judgement, ...]
    owner_gaps: tuple[Duty, ...]
    unconfirmed: tuple[Duty, ...]
    known_by: Mapping[str, int]
    expired: int
    """Criteria whose evidence has run out; worth nothing until it is renewed."""
    effort: EffortBody
    """What all blockers usually take together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that belongs to an item."""

    digest: str
    name: str
    size: int
    media_type: str
    attached_at: dt.datetime
    erased_at: dt.datetime | None
    erased_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who acted; the name is gone once the person was erased."""

    ref: str
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """A dispute about an item."""

    id: str
    at: dt.datetime
    by: Person
    reason: str
    settled_at: dt.datetime | None
    settled_by: Person | None
    upheld: bool | None
    """True where the dispute was right; null while it is open."""
    settlement: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRequest:
    """A decision request."""

    id: str
    subject: str
    title: str
    use_case: str | None
    classes: tuple[DecisionClass, ...]
    state: RequestState
    digest: str
    rules: tuple[str, ...]
    """Names of the rules that ask."""
    approved_by: tuple[str, ...]
    """Names of rules by which it, or part of it, was approved beforehand."""
    proposer: Person
    proposer_kind: ActorKind
    on_behalf_of: Person | None
    reason: str
    change_number: str | None
    level: int
    """How often it was escalated."""
    created_at: dt.datetime
    deadline_at: dt.datetime
    valid_until: dt.datetime | None
    ended_at: dt.datetime | None
    why_ended: str | None
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A change was made."""

    done: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The exact begin and end of what was observed."""

    begin: dt.datetime
    end: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A claim taken back."""

    at: dt.datetime
    by: Person
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An item as it was recorded, and what became of it."""

    id: str
    use_case: str
    fact: str
    kind: str
    answer: FactsAnswer
    method: Method
    """Assigned here, by the door that it came through."""
    state: EvidenceState
    doubt: Doubt | None
    statement: str | None
    link: str | None
    observed_from: dt.date
    observed_to: dt.date
    window: Window | None
    sample_size: int | None
    sample_wanted: int | None
    subject: Artefact | None
    result: Mapping[str, Any]
    attachments: tuple[Attachment, ...]
    collector: str | None
    key_id: str | None
    recorded_at: dt.datetime
    recorded_by: Person
    expires_at: dt.datetime
    expired_at: dt.datetime | None
    superseded_by: str | None
    entry_id: str
    contests: tuple[Contest, ...]
    withdrawal: Withdrawal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file with declarations."""

    name: str
    text: str
