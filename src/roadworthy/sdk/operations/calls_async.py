"""Calls: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from typing import Literal
from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.calls import (
    CallDetail,
    CallPage,
    CallProof,
    Disclosed,
    LaterCall,
    LaterCallPage,
    Replays,
    ReplaysWanted,
    TrafficNow,
)
from roadworthy.sdk.shapes.shared import Reason


class AsyncCallsCalls:
    """Calls, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def listed(  # noqa: PLR0913 - they are the operation's own
        self,
        *,
        use_case: str | None = None,
        endpoint: str | None = None,
        key: str | None = None,
        stage: str | None = None,
        rule: str | None = None,
        outcome: Literal["answered", "blocked", "failed", "cancelled", "refused", "queued", "unknown", "open"]
        | None = None,
        trace: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> CallPage:
        """Calls, the latest first. The index follows the records within a second or two."""
        call: Call[CallPage] = Call(
            "GET",
            "/calls",
            CallPage,
            query={
                "useCase": use_case,
                "endpoint": endpoint,
                "key": key,
                "stage": stage,
                "rule": rule,
                "outcome": outcome,
                "trace": trace,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return await self._send(call)

    async def get(self, call_id: str) -> CallDetail:
        """One call from endpoint to upstream and back."""
        call: Call[CallDetail] = Call("GET", f"/calls/{quote(call_id, safe='')}", CallDetail)
        return await self._send(call)

    async def proof(self, call_id: str) -> CallProof:
        """The proof that the records of a call were kept: their places in segments, and these in the."""
        call: Call[CallProof] = Call("GET", f"/calls/{quote(call_id, safe='')}/proof", CallProof)
        return await self._send(call)

    async def content(self, call_id: str, direction: str) -> Disclosed:
        """What was asked or answered, where it was kept. That it was read, and by whom, is recorded."""
        call: Call[Disclosed] = Call(
            "POST", f"/calls/{quote(call_id, safe='')}/contents/{quote(direction, safe='')}", Disclosed
        )
        return await self._send(call)

    async def traffic(self, *, minutes: int | None = None) -> TrafficNow:
        """What went through the gateway in the last minutes, by endpoint, on all replicas together."""
        call: Call[TrafficNow] = Call("GET", "/traffic", TrafficNow, query={"minutes": minutes})
        return await self._send(call)

    async def listed(
        self,
        *,
        use_case: str | None = None,
        endpoint: str | None = None,
        state: Literal["queued", "running", "answered", "failed", "dead-letter", "cancelled"] | None = None,
        letters: bool | None = None,
        since: dt.datetime | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> LaterCallPage:
        """Calls that are answered later, the latest first."""
        call: Call[LaterCallPage] = Call(
            "GET",
            "/later-calls",
            LaterCallPage,
            query={
                "useCase": use_case,
                "endpoint": endpoint,
                "state": state,
                "letters": letters,
                "since": since,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return await self._send(call)

    async def get(self, later_id: str) -> LaterCall:
        """One call that is answered later. Its answer is its client's."""
        call: Call[LaterCall] = Call("GET", f"/later-calls/{quote(later_id, safe='')}", LaterCall)
        return await self._send(call)

    async def replay(self, later_id: str, body: Reason) -> LaterCall:
        """Have a dead letter made again: a new call through the whole funnel."""
        call: Call[LaterCall] = Call("POST", f"/later-calls/{quote(later_id, safe='')}/replay", LaterCall, body=body)
        return await self._send(call)

    async def discard(self, later_id: str, body: Reason) -> LaterCall:
        """Let a dead letter go, with its request."""
        call: Call[LaterCall] = Call("POST", f"/later-calls/{quote(later_id, safe='')}/discard", LaterCall, body=body)
        return await self._send(call)

    async def replay_all(self, name: str, body: ReplaysWanted) -> Replays:
        """Have the dead letters of a use case made again, 500 at most, the latest ones where there are."""
        call: Call[Replays] = Call("POST", f"/use-cases/{quote(name, safe='')}/later-calls/replay", Replays, body=body)
        return await self._send(call)
