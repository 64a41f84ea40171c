"""Audit trail: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from typing import Literal
from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
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


class AuditTrailCalls:
    """Audit trail."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def take(self, system: str, *, source: str | None = None) -> AuditTaken:
        """Bring events of a system's audit log, in the format that it declares."""
        call: Call[AuditTaken] = Call(
            "POST", f"/systems/{quote(system, safe='')}/audit-events", AuditTaken, query={"source": source}
        )
        return self._send(call)

    def fetch(self, system: str) -> AuditTaken:
        """Fetch what is new in a system's audit log now, where it declares how."""
        call: Call[AuditTaken] = Call("POST", f"/systems/{quote(system, safe='')}/audit-events/fetch", AuditTaken)
        return self._send(call)

    def feeds(self) -> tuple[AuditFeed, ...]:
        """How far each system's log was read."""
        call: Call[tuple[AuditFeed, ...]] = Call("GET", "/audit-feeds", tuple[AuditFeed, ...])
        return self._send(call)

    def unreadable(self, *, system: str | None = None, limit: int | None = None) -> tuple[Unreadable, ...]:
        """What stood in logs and could not be read, the latest first."""
        call: Call[tuple[Unreadable, ...]] = Call(
            "GET", "/audit-unreadable", tuple[Unreadable, ...], query={"system": system, "limit": limit}
        )
        return self._send(call)

    def event(self, event_key: str) -> AuditEvent:
        """One event of a system's log."""
        call: Call[AuditEvent] = Call("GET", f"/audit-events/{quote(event_key, safe='')}", AuditEvent)
        return self._send(call)

    def findings(
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
        return self._send(call)

    def finding(self, finding_id: str) -> TrailFinding:
        """One difference."""
        call: Call[TrailFinding] = Call("GET", f"/action-findings/{quote(finding_id, safe='')}", TrailFinding)
        return self._send(call)

    def read_event(self, finding_id: str) -> AuditEventContent:
        """The event of a finding, as it came from the system's log; that somebody read it is recorded."""
        call: Call[AuditEventContent] = Call(
            "POST", f"/action-findings/{quote(finding_id, safe='')}/event", AuditEventContent
        )
        return self._send(call)

    def explain(self, finding_id: str, body: Reason) -> TrailFinding:
        """Say why it is right as it is. It stays explained, whatever is found later."""
        call: Call[TrailFinding] = Call(
            "POST", f"/action-findings/{quote(finding_id, safe='')}/explain", TrailFinding, body=body
        )
        return self._send(call)

    def export(
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
        return self._send(call)

    def sinks(self) -> tuple[EventSink, ...]:
        """How far each declared sink was told."""
        call: Call[tuple[EventSink, ...]] = Call("GET", "/event-sinks", tuple[EventSink, ...])
        return self._send(call)
