"""Collectors: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.collectors import Collector, CollectorWanted, NewKey
from roadworthy.sdk.shapes.shared import Evidence, Reason


class AsyncCollectorsCalls:
    """Collectors, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def listed(self) -> tuple[Collector, ...]:
        """Every collector with every key it ever had; revoked ones say so."""
        call: Call[tuple[Collector, ...]] = Call("GET", "/collectors", tuple[Collector, ...])
        return await self._send(call)

    async def register(self, body: CollectorWanted) -> Collector:
        """Believe what a program signs, for certain kinds."""
        call: Call[Collector] = Call("POST", "/collectors", Collector, body=body)
        return await self._send(call)

    async def rotate(self, name: str, body: NewKey) -> Collector:
        """Take another key from now on; what the old one signed stays valid until it runs out."""
        call: Call[Collector] = Call("POST", f"/collectors/{quote(name, safe='')}/rotate", Collector, body=body)
        return await self._send(call)

    async def revoke(self, name: str, body: Reason) -> Collector:
        """Take nothing from it any more."""
        call: Call[Collector] = Call("POST", f"/collectors/{quote(name, safe='')}/revoke", Collector, body=body)
        return await self._send(call)

    async def receive(self, content: bytes) -> Evidence:
        """Take what a collector signed. No session is asked for: the signature says who sent it."""
        call: Call[Evidence] = Call(
            "POST",
            "/evidence/envelopes",
            Evidence,
            content=content,
            headers={"Content-Type": "application/vnd.dsse.envelope.v1+json"},
        )
        return await self._send(call)
