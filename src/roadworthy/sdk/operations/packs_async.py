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

    async def pack_verifier(self) -> bytes:
        """The verifier as one file that needs nothing but Python, to be given to whoever gets packs."""
        call: Call[bytes] = Call("GET", "/packs/verifier", bytes)
        return await self._send(call)
