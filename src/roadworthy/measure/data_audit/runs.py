"""What became of an audit: runs, what each source came to, and how far a run is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from roadworthy.measure.data_audit.model import Headline


class RunStatus(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    FINISHED = "finished"
    """Every source was looked at; a source that failed says so in its result."""
    CANCELLED = "cancelled"
    """Somebody asked for an end; what was finished is kept."""
    FAILED = "failed"
    """It could not go on at all."""
    ABANDONED = "abandoned"
    """The process that ran it is gone; it can be resumed."""


RESUMABLE = frozenset({RunStatus.CANCELLED, RunStatus.FAILED, RunStatus.ABANDONED})


@dataclass(frozen=True, slots=True)
class Fault:
    """An error that was kept instead of being raised."""

    code: str
    message: str
    place: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is."""

    done: float
    total: float
    what: str
    """What is being done."""
    source: str | None = None
    seconds_left: int | None = None
    """None while it is too early to say."""
    at: dt.datetime | None = None
    """When this was noted: a run that notes nothing for long has lost its process."""
    owner: str = ""
    """The process that carries it out; empty where one has let it go, or none had it yet."""
    times: int = 1
    """How often a process has begun it without being asked: more than once where one ended over it."""

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Run:
    """One audit of a use case, as somebody asked for it."""

    id: str
    use_case: str
    status: RunStatus
    requested_at: dt.datetime
    requested_by: str
    """Reference of the person or name of the workload."""
    finished_at: dt.datetime | None = None
    cancel_requested: bool = False
    progress: RunProgress | None = None
    fault: Fault | None = None
    policy_digest: str | None = None
    evidence: str | None = None
    """Id of the item that the run handed in; None where no collector is registered or not all was audited."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to for one source."""

    run: str
    use_case: str
    source: str
    finished_at: dt.datetime
    pilot: str | None = None
    """Digest of the pilot's fingerprint."""
    production: str | None = None
    headline: Headline | None = None
    """None where the source could not be audited."""
    blocked: bool = True
    """Whether a gap or an unknown stood that nobody had waived; true where the source could not be audited."""
    partial: str | None = None
    fault: Fault | None = None
    rows: int | None = None
    """Of production."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """Open gaps of a use case by what they are, for lists."""

    open: int = 0
    waived: int = 0
    closed: int = 0
    by_rank: Mapping[int, int] = field(default_factory=dict)
    """Open ones only."""
