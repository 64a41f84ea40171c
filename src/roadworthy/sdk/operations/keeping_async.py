"""Keeping: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.keeping import EraseText, Hold, LiftHold, NewHold, RetentionBody, TextErased


class AsyncKeepingCalls:
    """Keeping, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def retention(self) -> RetentionBody:
        """How long texts are kept, by class, and how many are due."""
        call: Call[RetentionBody] = Call("GET", "/retention", RetentionBody)
        return await self._send(call)

    async def holds(self, *, lifted: bool | None = None) -> tuple[Hold, ...]:
        """Legal holds, the oldest first."""
        call: Call[tuple[Hold, ...]] = Call("GET", "/holds", tuple[Hold, ...], query={"lifted": lifted})
        return await self._send(call)

    async def place(self, body: NewHold) -> Hold:
        """Place a legal hold: nobody erases what it covers, neither by hand nor on schedule."""
        call: Call[Hold] = Call("POST", "/holds", Hold, body=body)
        return await self._send(call)

    async def lift(self, hold_id: str, body: LiftHold) -> Hold:
        """End a legal hold."""
        call: Call[Hold] = Call("POST", f"/holds/{quote(hold_id, safe='')}/lift", Hold, body=body)
        return await self._send(call)

    async def erase(self, ref: str, body: EraseText) -> TextErased:
        """Destroy a text that an entry commits to, with its salt; the entry and every proof stay."""
        call: Call[TextErased] = Call("POST", f"/ledger/payloads/{quote(ref, safe='')}/erase", TextErased, body=body)
        return await self._send(call)
