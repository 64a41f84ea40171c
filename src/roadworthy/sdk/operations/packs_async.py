"""Packs: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.packs import PackAsked


class AsyncPacksCalls:
    """Packs, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def pack(self, body: PackAsked) -> bytes:
        """A pack of a decision, a certificate, a use case or a period, made now."""
        call: Call[bytes] = Call("POST", "/packs", bytes, body=body)
        return await self._send(call)
