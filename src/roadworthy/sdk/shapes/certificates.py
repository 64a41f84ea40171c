"""Types of the API: certificates. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from roadworthy.sdk.shapes.shared import CertificateState, DecisionRequest, Person

Cause: TypeAlias = Literal[
    "evidence-expired",
    "evidence-withdrawn",
    "owner-left",
    "digest-changed",
    "release-mismatch",
    "release-replaced",
    "condition-overdue",
    "gap-reopened",
    "expiry",
]
"""What makes a certificate narrower or ends it, other than a person."""


DecidingChange: TypeAlias = Literal["narrow", "suspend", "withdraw", "widen", "resume", "lift-stop"]
"""What can be decided."""


Proven: TypeAlias = Literal["proven", "slow", "missing"]
"""What came of a self-test."""


SourceOutput: TypeAlias = Literal["declared", "audited", "rehearsed"]
"""Where a term of an envelope comes from, from the weakest to the strongest."""


TermName: TypeAlias = Literal[
    "data", "volume", "rate", "population", "data-classes", "actions", "cost", "latency", "cohort"
]
"""What an envelope can bound. A term that is not there bounds nothing, and is shown as missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something that has to be done by somebody until a day."""

    id: str
    what: str
    owner: Person
    due: dt.datetime
    met_at: dt.datetime | None
    evidence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One bound of an envelope."""

    name: TermName
    source: SourceOutput
    says: str
    """The bound in words."""
    bound: Mapping[str, Any]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The conditions under which operation is permitted."""

    terms: tuple[Term, ...]
    missing: tuple[TermName, ...]
    """Terms that nobody set; they bound nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """An operating certificate as it stands."""

    serial: str
    version: int
    use_case: str
    stage: str
    release: str
    state: CertificateState
    state_at: dt.datetime
    cause: str | None
    permits: bool
    """Whether it permits anything at this moment."""
    envelope: Envelope
    conditions: tuple[Condition, ...]
    standing: int
    """Causes that stand against it."""
    review: str
    request: str | None
    deciders: tuple[Person, ...]
    evidence: tuple[str, ...]
    issued_at: dt.datetime
    expires_at: dt.datetime
    supersedes: str | None
    statement: str
    """Digest of the signed statement of this version."""
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateChangeWanted:
    """A change that somebody wants of a certificate."""

    change: DecidingChange
    reason: str
    reason_code: str | None = None
    urgent: bool | None = None
    """Whether harm goes on until it is done."""
    whole: bool | None = None
    """To resume: the whole envelope holds again, and not the narrower one of before."""
    despite: tuple[str, ...] | None = None
    """Ids of what stands against it and is gone on with. Needed for more, not for less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateChanged:
    """What became of a change that somebody asked for."""

    done: bool
    """Whether it was done; otherwise people have to decide first."""
    certificate: Certificate | None
    request: DecisionRequest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatePage:
    """What the API calls `Page_CertificateBody_`."""

    items: tuple[Certificate, ...]
    next: str | None = None
    """Absent at the end of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateVersion:
    """A version of a certificate."""

    version: int
    statement: str
    cause: str | None
    made_at: dt.datetime
    envelope: Envelope
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A cause that stands, or stood, against a certificate."""

    id: str
    cause: Cause
    about: str
    since: dt.datetime
    told_at: dt.datetime | None
    narrows_at: dt.datetime | None
    suspends_at: dt.datetime | None
    next: dt.datetime | None
    """When it acts next; null where it does not."""
    accepted_by: str | None
    """Entry of the decision that named it and went on."""
    ended_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateWhole:
    """A certificate with everything that became of it."""

    certificate: Certificate
    troubles: tuple[Trouble, ...]
    versions: tuple[CertificateVersion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionMet:
    """How a condition was met."""

    how: str
    evidence: str | None = None
    """Id of the evidence that shows it; without any, only its owner's word counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A stop switch."""

    scope: str
    """`all`, the name of a use case, `agent:NAME` or `action:NAME`."""
    reason: str
    set_at: dt.datetime
    set_by: Person
    lifted_at: dt.datetime | None
    lifted_by: Person | None
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a change would reach as things stand, worked out before anybody makes it."""

    certificates: tuple[Certificate, ...]
    """For less: those that permit something now. For more: those that would permit something again."""
    after: Envelope | None
    """The envelope that would hold, where it becomes another one."""
    stops: tuple[Stop, ...]
    """Stop switches that are set and bear on them."""
    told: tuple[Person, ...]
    """Who is told at once."""
    agents: tuple[str, ...] | None = None
    """Of a stop switch: workloads that lose something by it."""
    actions: tuple[str, ...] | None = None
    """Of a stop switch: declared actions that it touches."""
    waiting: Mapping[str, int] | None = None
    """Of a stop switch: actions that are not over, by how far they are; they wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLiftWanted:
    """Why a stop is lifted."""

    reason: str
    reason_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopSighting:
    """When a process would have refused what a self-test stopped."""

    process: str
    milliseconds: int
    """From the stop to the moment in which it held the snapshot that says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopSelfTest:
    """A proof that a stop works: something that nobody does was stopped, and every process said when."""

    id: str
    began_at: dt.datetime
    expected: tuple[str, ...]
    """Processes that were there."""
    seen: tuple[StopSighting, ...]
    ended_at: dt.datetime | None
    """Null while it is watched."""
    outcome: Proven | None
    slowest: int | None
    """Milliseconds."""
    missing: tuple[str, ...]
    """Processes that were there until the end and never knew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopWanted:
    """Why something is stopped."""

    reason: str
