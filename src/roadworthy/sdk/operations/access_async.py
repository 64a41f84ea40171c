"""Access: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.access import Access


class AsyncAccessCalls:
    """Access, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def mine(self, *, use_case: str | None = None) -> Access:
        """What the caller may do, and why."""
        call: Call[Access] = Call("GET", "/access", Access, query={"useCase": use_case})
        return await self._send(call)

    async def of(self, who: str, *, use_case: str | None = None) -> Access:
        """What somebody may do by their roles, and why; a way of signing in adds nothing here."""
        call: Call[Access] = Call("GET", f"/access/{quote(who, safe='')}", Access, query={"useCase": use_case})
        return await self._send(call)
