"""Later calls: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from typing import Literal
from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.later_calls import LaterCall, LaterCallPage, Replays, ReplaysWanted
from roadworthy.sdk.shapes.shared import Reason


class AsyncLaterCallsCalls:
    """Later calls, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

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
