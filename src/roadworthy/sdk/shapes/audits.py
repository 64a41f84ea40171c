"""Types of the API: audits. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from roadworthy.sdk.shapes.shared import DataAuditVerdict, Person

DataAuditArea: TypeAlias = Literal[
    "sources", "schema", "values", "population", "time", "keys", "personal-data", "documents"
]
"""Part of the gap catalogue."""


Effort: TypeAlias = Literal["S", "M", "L"]
"""Size of a remediation."""


Format: TypeAlias = Literal["html", "markdown", "json", "junit"]
"""What a report can be had as."""


GapStatus: TypeAlias = Literal["open", "waived", "closed"]
"""What became of a gap of a registered use case."""


RunStatus: TypeAlias = Literal["running", "finished", "cancelled", "failed", "abandoned"]
"""Where a run stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFault:
    """An error that was kept."""

    code: str
    message: str
    place: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A value from one side."""

    side: str
    text: str
    count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Who accepted a gap, until when, and what makes up for it."""

    by: Person
    at: dt.datetime
    reason: str
    control: str
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditGap:
    """A blocker of the data path."""

    id: str
    source: str
    rule: str
    area: DataAuditArea
    verdict: DataAuditVerdict
    rank: int
    title: str
    finding: str
    column: str | None
    affected: float | None
    rows_aday: float | None = field(metadata={"key": "rowsADay"})
    consequence: str
    remediation: str
    effort: Effort
    owner: str | None
    proof: str
    query: str | None
    examples: tuple[Example, ...]
    status: GapStatus
    first_seen: dt.datetime | None
    last_seen: dt.datetime | None
    waiver: Waiver | None
    checks: tuple[Mapping[str, Any], ...]
    """What was measured; the first names the gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHeadline:
    """The numbers that are read first."""

    unproven: float | None
    """Share of production's rows outside what the pilot proved."""
    unproven_low: float
    unproven_high: float
    never_done: float | None
    """Share of the data work that has a gap or that nobody can tell."""
    gaps: int
    unknown: int
    matches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditKey:
    """With which key audits sign their evidence."""

    public_key: str
    """PEM; register it as a collector, so that audits count as measured."""
    kinds: tuple[str, ...]
    """Evidence kinds to register it for."""
    collector: str | None
    """Under which name it is registered; null where it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is."""

    share: float
    """From 0 to 1."""
    what: str
    source: str | None
    seconds_left: int | None
    """Null while it is too early to say."""
    at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRun:
    """One audit of a use case."""

    id: str
    use_case: str
    status: RunStatus
    """`abandoned` means that its process is gone; it can be resumed."""
    requested_at: dt.datetime
    requested_by: Person
    finished_at: dt.datetime | None
    cancel_requested: bool
    progress: Progress | None
    fault: AuditFault | None
    policy_digest: str | None
    evidence: str | None
    """Id of the evidence that it handed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingInput:
    """Why a waiver ends before its time."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWaiver:
    """Why a gap can wait, what makes up for it, and until when."""

    reason: str
    control: str
    """What makes up for it meanwhile."""
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a run came to for one source."""

    run: str
    source: str
    finished_at: dt.datetime
    pilot: str | None
    """Digest of the pilot's fingerprint."""
    production: str | None
    headline: AuditHeadline | None
    """Null where the source could not be audited."""
    blocked: bool
    partial: str | None
    """Why it is not the whole."""
    fault: AuditFault | None
    notes: tuple[str, ...]
