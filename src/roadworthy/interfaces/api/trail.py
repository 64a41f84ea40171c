"""What other systems' audit logs say was done, where that differs from what we know, and our own trail for a SIEM."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query, Request
from pydantic import Field

from roadworthy.foundation.errors import InvalidInput, Place, TooLarge
from roadworthy.interfaces.api.evidence import Reason
from roadworthy.interfaces.api.wire import (
    Application,
    Limit,
    Page,
    PlaceBody,
    Signed,
    Wire,
    decode_cursor,
    encode_cursor,
    may,
)
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Caller
from roadworthy.operate.actions.trail.finding_store import Wanted
from roadworthy.operate.actions.trail.framing import MOST_BYTES
from roadworthy.operate.actions.trail.model import ForeignEvent, Taken, TrailFinding

router = Routes(tags=["audit trail"])

Bringing = Annotated[Caller, Depends(may("audit-events:submit"))]
SystemName = Annotated[str, Path(max_length=120, description="Of the declared system whose log it is.")]
FindingId = Annotated[str, Path(max_length=40)]
EventKey = Annotated[str, Path(max_length=64, description="From a finding or an action.")]
Named = Annotated[str, Field(max_length=120)]
FindingKind = Literal[
    "effect-without-intent", "intent-without-effect", "arguments-differ", "done-twice", "outcome-differs"
]
FindingStanding = Literal["open", "explained", "closed"]


class TrailFindingBody(Wire):
    """Where a system's log and ours differ."""

    id: str
    kind: FindingKind
    system: str
    use_case: str | None
    action: str | None = Field(description="Id of our action, where one is concerned.")
    event: str | None = Field(description="Key of the audit event, where one is concerned.")
    about: str
    found_at: dt.datetime
    state: FindingStanding
    ended_at: dt.datetime | None
    reason: str
    by: str | None = Field(description="Reference of whoever explained it.")


class UnreadableBody(Wire):
    """Something in a log that could not be read."""

    key: str
    system: str
    place: PlaceBody
    reason: str
    taken_at: dt.datetime | None = None


class AuditTakenBody(Wire):
    """What came of events that were brought."""

    new: int
    repeated: int = Field(description="Those that came before, and changed nothing.")
    matched: int = Field(description="Of the new ones, those that belong to one of our actions.")
    unreadable: list[UnreadableBody] = Field(description="Kept as they came, the first time.")
    findings: list[TrailFindingBody] = Field(description="Opened by it.")


class AuditEventBody(Wire):
    """An event of another system's audit log, without what was asked in it."""

    key: str
    id: str
    system: str
    at: dt.datetime
    operation: str
    does: Literal["effect", "read", "failed"]
    principal: str | None
    action: str | None = Field(description="Id of ours that the event carries.")
    belongs_to: str | None = Field(description="Id of the action that it belongs to.")
    trace: str | None
    reference: str | None = Field(description="The system's own name for what was done.")
    amount: int | None = Field(description="In minor units.")
    currency: str | None
    watched: bool
    digest: str = Field(description="Of the event as it came, in canonical form.")


class AuditEventContentBody(Wire):
    """An event of another system's audit log, as it came."""

    event: str = Field(description="Key of the event.")
    content: str | None = Field(description="JSON as a text, or the line as it stood; null where it is not kept.")


class AuditFeedBody(Wire):
    """How far a system's log was read."""

    system: str
    began_at: dt.datetime
    read_until: dt.datetime | None = Field(description="Up to then everything in the log was seen.")
    looked_at: dt.datetime | None
    failures: int = Field(description="Since the last time that it could be fetched.")
    error: str | None


class EventSinkBody(Wire):
    """How far a declared sink was told."""

    name: str
    position: int = Field(description="Of the ledger entry that it is told of next.")
    told_at: dt.datetime | None
    failures: int
    error: str | None


class TrailExportBody(Wire):
    """Part of our trail."""

    events: list[dict[str, Any]]
    next: str = Field(description="Ask again with `cursor` set to it, for what follows now or later.")
    end: bool = Field(description="Whether that is all for now.")


class TrailFindingFilter(Wire):
    """Which findings; what is left out does not restrict."""

    state: FindingStanding | None = None
    kind: FindingKind | None = None
    system: Named | None = None
    use_case: Named | None = None
    cursor: Annotated[str, Field(max_length=200)] | None = None
    limit: Limit = 50


class TrailExportFilter(Wire):
    """Which part of the trail, as what."""

    format: Literal["ocsf", "cloudevents"]
    since: dt.datetime | None = Field(default=None, description="From the first entry then or later; else from all.")
    cursor: Annotated[str, Field(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=1_000)] = 500


async def _log_content(request: Request) -> bytes:
    """A portion of a log, exactly as it came.

    Raises:
        TooLarge: it has too many bytes.
    """
    gathered = bytearray()
    async for chunk in request.stream():
        gathered += chunk
        if len(gathered) > MOST_BYTES:
            raise TooLarge(
                "audit-events-too-many",
                f"a portion of an audit log has at most {MOST_BYTES:,} bytes",
                remedy="bring it in several parts; what came before is known again and changes nothing",
            )
    return bytes(gathered)


@router.post("/systems/{system}/audit-events")
def take(
    system: SystemName,
    app: Application,
    caller: Bringing,
    content: Annotated[bytes, Depends(_log_content)],
    source: Annotated[str, Query(max_length=300, description="Where it comes from, such as a file's name.")] = "",
) -> AuditTakenBody:
    """Bring events of a system's audit log, in the format that it declares. Brought twice, they are there once."""
    return _taken(app.trail.trail.take(caller.context, system, content, source))


@router.post("/systems/{system}/audit-events/fetch")
def fetch(system: SystemName, app: Application, _caller: Bringing) -> AuditTakenBody:
    """Fetch what is new in a system's audit log now, where it declares how."""
    return _taken(app.trail.fetching.fetch(system))


@router.get("/audit-feeds")
def feeds(app: Application, _caller: Signed) -> list[AuditFeedBody]:
    """How far each system's log was read."""
    return [AuditFeedBody.model_validate(each) for each in app.trail.looking.feeds()]


@router.get("/audit-unreadable")
def unreadable(
    app: Application, _caller: Signed, system: Annotated[str | None, Query(max_length=120)] = None, limit: Limit = 50
) -> list[UnreadableBody]:
    """What stood in logs and could not be read, the latest first."""
    return [
        UnreadableBody(**{**each, "place": PlaceBody(**each["place"])})
        for each in app.trail.looking.unreadable(system, limit)
    ]


@router.get("/audit-events/{event_key}")
def event(event_key: EventKey, app: Application, _caller: Signed) -> AuditEventBody:
    """One event of a system's log."""
    found, intent = app.trail.looking.event(event_key)
    return _event(found, intent)


@router.get("/action-findings")
def findings(
    asked: Annotated[TrailFindingFilter, Query()], app: Application, _caller: Signed
) -> Page[TrailFindingBody]:
    """Where systems' logs and ours differ, the latest first."""
    found = app.trail.looking.findings(
        Wanted(asked.state, asked.kind, asked.system, asked.use_case, decode_cursor(asked.cursor), asked.limit)
    )
    more = encode_cursor(found[-1].id) if len(found) == asked.limit else None
    return Page(items=[_finding(each) for each in found], next=more)


@router.get("/action-findings/{finding_id}")
def finding(finding_id: FindingId, app: Application, _caller: Signed) -> TrailFindingBody:
    """One difference."""
    return _finding(app.trail.looking.finding(finding_id))


@router.post("/action-findings/{finding_id}/event")
def read_event(finding_id: FindingId, app: Application, caller: Signed) -> AuditEventContentBody:
    """The event of a finding, as it came from the system's log; that somebody read it is recorded."""
    found = app.trail.looking.finding(finding_id)
    content = app.trail.looking.read(caller.context, found)
    text = None if content is None else content.decode("utf-8", "replace")
    return AuditEventContentBody(event=found.event or "", content=text)


@router.post("/action-findings/{finding_id}/explain")
def explain(finding_id: FindingId, given: Reason, app: Application, caller: Signed) -> TrailFindingBody:
    """Say why it is right as it is. It stays explained, whatever is found later."""
    return _finding(app.trail.looking.explain(caller.context, finding_id, given.reason))


@router.get("/action-trail")
def export(asked: Annotated[TrailExportFilter, Query()], app: Application, _caller: Signed) -> TrailExportBody:
    """Our own trail of actions, holds, refusals, findings and stops, in the ledger's order, as OCSF or CloudEvents."""
    exporting = app.trail.exporting
    position = 0 if asked.since is None else exporting.since(asked.since)
    if asked.cursor is not None:
        position = _position(decode_cursor(asked.cursor) or "")
    found = exporting.read(asked.format, position, asked.limit)
    return TrailExportBody(events=list(found.events), next=encode_cursor(str(found.next)), end=found.end)


@router.get("/event-sinks")
def sinks(app: Application, _caller: Signed) -> list[EventSinkBody]:
    """How far each declared sink was told."""
    return [EventSinkBody.model_validate(each) for each in app.trail.sinks.standing()]


def _position(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:  # noqa: PLR2004 - digits of a position
        raise InvalidInput(
            "cursor-unusable",
            "this cursor was not given by this list",
            place=Place(field="query.cursor"),
            remedy="use `next` of the answer before, or leave `cursor` out to begin anew",
        )
    return int(text)


def _taken(taken: Taken) -> AuditTakenBody:
    return AuditTakenBody(
        new=taken.new,
        repeated=taken.repeated,
        matched=taken.matched,
        unreadable=[
            UnreadableBody(
                key=each.key, system=each.system, place=PlaceBody(**each.place.to_dict()), reason=each.reason
            )
            for each in taken.unreadable
        ],
        findings=[_finding(each) for each in taken.findings],
    )


def _finding(found: TrailFinding) -> TrailFindingBody:
    plain = {name: getattr(found, name) for name in TrailFindingBody.model_fields if name not in _OTHERWISE}
    return TrailFindingBody(**plain, kind=found.kind.value, state=found.state.value, action=found.intent)


_OTHERWISE = {"kind", "state", "action"}


def _event(found: ForeignEvent, intent: str | None) -> AuditEventBody:
    plain = {name: getattr(found, name) for name in AuditEventBody.model_fields if name not in {"does", "belongs_to"}}
    return AuditEventBody(**plain, does=found.does.value, belongs_to=intent)
