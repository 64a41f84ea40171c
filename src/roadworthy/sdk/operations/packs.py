"""Packs: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.packs import PackAsked


class PacksCalls:
    """Packs."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def pack(self, body: PackAsked) -> bytes:
        """A pack of a decision, a certificate, a use case or a period, made now."""
        call: Call[bytes] = Call("POST", "/packs", bytes, body=body)
        return self._send(call)

    def pack_verifier(self) -> bytes:
        """The verifier as one file that needs nothing but Python, to be given to whoever gets packs."""
        call: Call[bytes] = Call("GET", "/packs/verifier", bytes)
        return self._send(call)
