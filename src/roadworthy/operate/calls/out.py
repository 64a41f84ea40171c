"""What the flow of a call tells its client through, whatever carries it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Out(Protocol):
    """The way back to a client."""

    async def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """A whole answer in JSON."""

    async def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Begin a stream of events."""

    async def send(self, data: bytes) -> None:
        """Send a part of the stream; waits while the client does not take it."""

    async def end(self) -> None:
        """End the stream."""
