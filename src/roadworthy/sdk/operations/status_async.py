"""Status: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.shared import Done
from roadworthy.sdk.shapes.status import AskedBodyInput, Keys, Revocation, StatusBody, StatusVerdict


class AsyncStatusCalls:
    """Status, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def current(self) -> StatusBody:
        """What the newest snapshot says, in short."""
        call: Call[StatusBody] = Call("GET", "/status", StatusBody)
        return await self._send(call)

    async def snapshot(self, *, use_case: str | None = None) -> bytes:
        """The newest snapshot exactly as it was signed, for replicas and for verifying away from here."""
        call: Call[bytes] = Call("GET", "/status/snapshot", bytes, query={"useCase": use_case})
        return await self._send(call)

    async def verdict(self, body: AskedBodyInput) -> StatusVerdict:
        """May a release of a use case do this in a stage, now? Answered from memory; nothing is recorded."""
        call: Call[StatusVerdict] = Call("POST", "/status/verdict", StatusVerdict, body=body)
        return await self._send(call)

    async def keys(self) -> Keys:
        """Public halves of every key that signs here or did, for whoever verifies."""
        call: Call[Keys] = Call("GET", "/keys", Keys)
        return await self._send(call)

    async def revoke(self, key_id: str, body: Revocation) -> Done:
        """Have nothing believed any more that a key for certificates or the status signed."""
        call: Call[Done] = Call("POST", f"/keys/{quote(key_id, safe='')}/revoke", Done, body=body)
        return await self._send(call)
