"""Types of the API: audit trail. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from roadworthy.sdk.shapes.shared import ApiPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """An event of another system's audit log, without what was asked in it."""

    key: str
    id: str
    system: str
    at: dt.datetime
    operation: str
    does: Literal["effect", "read", "failed"]
    principal: str | None
    action: str | None
    """Id of ours that the event carries."""
    belongs_to: str | None
    """Id of the action that it belongs to."""
    trace: str | None
    reference: str | None
    """The system's own name for what was done."""
    amount: int | None
    """In minor units."""
    currency: str | None
    watched: bool
    digest: str
    """Of the event as it came, in canonical form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEventContent:
    """An event of another system's audit log, as it came."""

    event: str
    """Key of the event."""
    content: str | None
    """JSON as a text, or the line as it stood; null where it is not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFeed:
    """How far a system's log was read."""

    system: str
    began_at: dt.datetime
    read_until: dt.datetime | None
    """Up to then everything in the log was seen."""
    looked_at: dt.datetime | None
    failures: int
    """Since the last time that it could be fetched."""
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailFinding:
    """Where a system's log and ours differ."""

    id: str
    kind: Literal["effect-without-intent", "intent-without-effect", "arguments-differ", "done-twice", "outcome-differs"]
    system: str
    use_case: str | None
    action: str | None
    """Id of our action, where one is concerned."""
    event: str | None
    """Key of the audit event, where one is concerned."""
    about: str
    found_at: dt.datetime
    state: Literal["open", "explained", "closed"]
    ended_at: dt.datetime | None
    reason: str
    by: str | None
    """Reference of whoever explained it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Something in a log that could not be read."""

    key: str
    system: str
    place: ApiPlace
    reason: str
    taken_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTaken:
    """What came of events that were brought."""

    new: int
    repeated: int
    """Those that came before, and changed nothing."""
    matched: int
    """Of the new ones, those that belong to one of our actions."""
    unreadable: tuple[Unreadable, ...]
    """Kept as they came, the first time."""
    findings: tuple[TrailFinding, ...]
    """Opened by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSink:
    """How far a declared sink was told."""

    name: str
    position: int
    """Of the ledger entry that it is told of next."""
    told_at: dt.datetime | None
    failures: int
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailExport:
    """Part of our trail."""

    events: tuple[Mapping[str, Any], ...]
    next: str
    """Ask again with `cursor` set to it, for what follows now or later."""
    end: bool
    """Whether that is all for now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailFindingPage:
    """What the API calls `Page_TrailFindingBody_`."""

    items: tuple[TrailFinding, ...]
    next: str | None = None
    """Absent at the end of the list."""
