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

    def write(self, data: bytes) -> bool:
        """Send a part of the stream now.

        Returns:
            False where the client does not keep up: the next part is to wait for `drained`.
        """

    async def drained(self) -> None:
        """Wait until the client took most of what was written."""

    async def end(self) -> None:
        """End the stream."""
