"""Fingerprints: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.fingerprints import FingerprintChecked, FingerprintKey, Released, Side, Taken


class AsyncFingerprintsCalls:
    """Fingerprints, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def release(self, name: str, body: Released) -> bytes:
        """The latest fingerprint of one side as a signed file, with no more in it than is let out."""
        call: Call[bytes] = Call("POST", f"/use-cases/{quote(name, safe='')}/fingerprint", bytes, body=body)
        return await self._send(call)

    async def take(self) -> Taken:
        """Keep a fingerprint that was measured elsewhere; the body is the signed file."""
        call: Call[Taken] = Call("POST", "/fingerprints", Taken)
        return await self._send(call)

    async def key(self) -> FingerprintKey:
        """The key with which fingerprints are signed here."""
        call: Call[FingerprintKey] = Call("GET", "/fingerprints/key", FingerprintKey)
        return await self._send(call)

    async def contract(self, name: str, *, source: str) -> bytes:
        """The data contract that the pilot was built on, inferred from its fingerprint, as an ODCS 3.1."""
        call: Call[bytes] = Call("GET", f"/use-cases/{quote(name, safe='')}/contract", bytes, query={"source": source})
        return await self._send(call)

    async def check(self, name: str, *, source: str, side: Side | None = None) -> FingerprintChecked:
        """Hold the latest fingerprint of one side against a contract; the body is the contract's file."""
        call: Call[FingerprintChecked] = Call(
            "POST",
            f"/use-cases/{quote(name, safe='')}/contract/check",
            FingerprintChecked,
            query={"source": source, "side": side},
        )
        return await self._send(call)
