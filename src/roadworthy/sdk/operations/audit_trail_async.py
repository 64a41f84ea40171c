"""Audit trail: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from typing import Literal
from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.audit_trail import (
    AuditEvent,
    AuditEventContent,
    AuditFeed,
    AuditTaken,
    EventSink,
    TrailExport,
    TrailFinding,
    TrailFindingPage,
    Unreadable,
)
from roadworthy.sdk.shapes.shared import Reason


class AsyncAuditTrailCalls:
    """Audit trail, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def take(self, system: str, *, source: str | None = None) -> AuditTaken:
        """Bring events of a system's audit log, in the format that it declares."""
        call: Call[AuditTaken] = Call(
            "POST", f"/systems/{quote(system, safe='')}/audit-events", AuditTaken, query={"source": source}
        )
        return await self._send(call)

    async def fetch(self, system: str) -> AuditTaken:
        """Fetch what is new in a system's audit log now, where it declares how."""
        call: Call[AuditTaken] = Call("POST", f"/systems/{quote(system, safe='')}/audit-events/fetch", AuditTaken)
        return await self._send(call)

    async def feeds(self) -> tuple[AuditFeed, ...]:
        """How far each system's log was read."""
        call: Call[tuple[AuditFeed, ...]] = Call("GET", "/audit-feeds", tuple[AuditFeed, ...])
        return await self._send(call)

    async def unreadable(self, *, system: str | None = None, limit: int | None = None) -> tuple[Unreadable, ...]:
        """What stood in logs and could not be read, the latest first."""
        call: Call[tuple[Unreadable, ...]] = Call(
            "GET", "/audit-unreadable", tuple[Unreadable, ...], query={"system": system, "limit": limit}
        )
        return await self._send(call)

    async def event(self, event_key: str) -> AuditEvent:
        """One event of a system's log."""
        call: Call[AuditEvent] = Call("GET", f"/audit-events/{quote(event_key, safe='')}", AuditEvent)
        return await self._send(call)

    async def findings(
        self,
        *,
        state: Literal["open", "explained", "closed"] | None = None,
        kind: Literal[
            "effect-without-intent", "intent-without-effect", "arguments-differ", "done-twice", "outcome-differs"
        ]
        | None = None,
        system: str | None = None,
        use_case: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> TrailFindingPage:
        """Where systems' logs and ours differ, the latest first."""
        call: Call[TrailFindingPage] = Call(
            "GET",
            "/action-findings",
            TrailFindingPage,
            query={
                "state": state,
                "kind": kind,
                "system": system,
                "useCase": use_case,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return await self._send(call)

    async def finding(self, finding_id: str) -> TrailFinding:
        """One difference."""
        call: Call[TrailFinding] = Call("GET", f"/action-findings/{quote(finding_id, safe='')}", TrailFinding)
        return await self._send(call)

    async def read_event(self, finding_id: str) -> AuditEventContent:
        """The event of a finding, as it came from the system's log; that somebody read it is recorded."""
        call: Call[AuditEventContent] = Call(
            "POST", f"/action-findings/{quote(finding_id, safe='')}/event", AuditEventContent
        )
        return await self._send(call)

    async def explain(self, finding_id: str, body: Reason) -> TrailFinding:
        """Say why it is right as it is. It stays explained, whatever is found later."""
        call: Call[TrailFinding] = Call(
            "POST", f"/action-findings/{quote(finding_id, safe='')}/explain", TrailFinding, body=body
        )
        return await self._send(call)

    async def export(
        self,
        *,
        format: Literal["ocsf", "cloudevents"],
        since: dt.datetime | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> TrailExport:
        """Our own trail of actions, holds, refusals, findings and stops, in the ledger's order, as OCSF."""
        call: Call[TrailExport] = Call(
            "GET",
            "/action-trail",
            TrailExport,
            query={"format": format, "since": since, "cursor": cursor, "limit": limit},
        )
        return await self._send(call)

    async def sinks(self) -> tuple[EventSink, ...]:
        """How far each declared sink was told."""
        call: Call[tuple[EventSink, ...]] = Call("GET", "/event-sinks", tuple[EventSink, ...])
        return await self._send(call)
