"""Answers that are remembered for clients that send a request again under the same `Idempotency-Key`.

As in draft-ietf-httpapi-idempotency-key-header-07: another request under a used key is refused (422), one that is still
being answered is to wait (409), one that was answered is answered the same. Each gateway remembers for itself.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias

from roadworthy.operate.calls.out import Out

LASTS_SECONDS: Final = 86_400.0
MOST_BYTES: Final = 67_108_864
"""Of all answers together; the oldest are forgotten first."""
LARGEST: Final = 1_048_576
_SERVER_ERROR: Final = 500
_TOO_MANY: Final = 429

Key: TypeAlias = tuple[str, str, str]
"""Of the caller, of the surface, and what the client sent."""


class Known(Enum):
    """What is known of a key."""

    NEW = "new"
    UNDER_WAY = "under-way"
    OTHER = "other"
    """It stood over another request."""


@dataclass(slots=True)
class Remembered:
    """An answer as it left."""

    fingerprint: bytes
    at: float
    status: int = 0
    """0 while it is under way."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    streamed: bool = False


class Replies:
    """Answers by key."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, Remembered] = OrderedDict()
        self._bytes = 0

    def begin(self, key: Key, body: bytes, now: float) -> Known | Remembered:
        """What is known of a request; if nothing is, it is under way from now on."""
        self._forget_old(now)
        fingerprint = hashlib.sha256(body).digest()
        known = self._kept.get(key)
        if known is None:
            self._kept[key] = Remembered(fingerprint, now)
            return Known.NEW
        if known.fingerprint != fingerprint:
            return Known.OTHER
        return known if known.status else Known.UNDER_WAY

    def end(self, key: Key, told: Telling) -> None:
        """Remember how it ended; what may end differently the next time is forgotten."""
        known = self._kept.get(key)
        if known is None:
            return
        if not told.whole or told.status >= _SERVER_ERROR or told.status == _TOO_MANY or told.size > LARGEST:
            del self._kept[key]
            return
        known.status, known.headers, known.streamed = told.status, told.headers, told.streamed
        known.body = b"".join(told.parts)
        self._bytes += len(known.body)
        self._kept.move_to_end(key)

    def _forget_old(self, now: float) -> None:
        while self._kept:
            key, oldest = next(iter(self._kept.items()))
            if self._bytes <= MOST_BYTES and now - oldest.at < LASTS_SECONDS:
                return
            del self._kept[key]
            self._bytes -= len(oldest.body)


class Telling:
    """Passes an answer on and keeps a copy.

    Args:
        out: the way back to the client.
    """

    def __init__(self, out: Out) -> None:
        self._out = out
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.parts: list[bytes] = []
        self.size = 0
        self.streamed = False
        self.whole = False

    async def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """A whole answer."""
        self.status, self.headers, self.whole = status, headers, True
        self._keep(body)
        await self._out.answer(status, headers, body)

    async def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Begin a stream."""
        self.status, self.headers, self.streamed = status, headers, True
        await self._out.begin(status, headers)

    def write(self, data: bytes) -> bool:
        """A part of the stream."""
        self._keep(data)
        return self._out.write(data)

    async def drained(self) -> None:
        """Wait for the client."""
        await self._out.drained()

    async def end(self) -> None:
        """End the stream."""
        self.whole = True
        await self._out.end()

    def _keep(self, data: bytes) -> None:
        self.size += len(data)
        if self.size <= LARGEST:
            self.parts.append(data)


async def again(known: Remembered, out: Out) -> None:
    """Answer as before."""
    headers = {**known.headers, "Idempotent-Replayed": "true"}
    if known.streamed:
        await out.begin(known.status, headers)
        out.write(known.body)
        await out.end()
    else:
        await out.answer(known.status, headers, known.body)
