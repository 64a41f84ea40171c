"""Calls: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.calls import CallDetail, CallPage, CallProof, Disclosed, TrafficNow


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
