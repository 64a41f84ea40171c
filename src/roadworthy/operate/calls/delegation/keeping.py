"""Tokens that were exchanged, in memory for a while, and exchanges under way, one for each token at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from roadworthy.operate.calls.delegation.model import IdentityFailure
from roadworthy.operate.calls.wire.failures import FailureClass

MOST_KEPT: Final = 10_000
"""Of one upstream."""
REFUSED_SECONDS: Final = 3.0
"""For which a no to a user is remembered, so that whoever calls in a loop does not ask the provider in a loop."""
_REMEMBERED: Final = frozenset({FailureClass.USER_REJECTED, FailureClass.RIGHTS})


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A token for a user and an upstream."""

    token: str = field(repr=False)
    rights: tuple[str, ...]
    seconds: float
    """For which it may be shown again; 0 for this once."""


@dataclass(slots=True)
class _Kept:
    until: float
    exchanged: Exchanged | None
    failure: IdentityFailure | None = None


class Keeping:
    """Tokens of one upstream, by digest of what they were exchanged for; for one event loop."""

    def __init__(self) -> None:
        self._kept: dict[bytes, _Kept] = {}
        self._under_way: dict[bytes, asyncio.Task[Exchanged]] = {}

    async def get(self, key: bytes, exchange: Callable[[], Awaitable[Exchanged]], deadline: float) -> Exchanged:
        """A token, exchanged where none is kept; whoever else wants the same one waits for the same exchange.

        Args:
            key: of what it is exchanged for.
            exchange: does it; goes on where whoever began it is gone.
            deadline: until when is waited, by the event loop's clock.

        Raises:
            IdentityFailure: there is none.
        """
        now = asyncio.get_running_loop().time()
        kept = self._kept.get(key)
        if kept is not None and now < kept.until:
            if kept.failure is not None:
                raise _again(kept.failure)
            assert kept.exchanged is not None  # noqa: S101 - one of both is there
            return kept.exchanged
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.ensure_future(self._exchanged(key, exchange))
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._ended(key, done))
        await asyncio.wait({task}, timeout=max(0.0, deadline - now))
        if not task.done() or task.cancelled():
            raise IdentityFailure(FailureClass.IDENTITY_DOWN, "the time of the call ended before its user had a token")
        failure = task.exception()
        if isinstance(failure, IdentityFailure):
            raise _again(failure)
        return task.result()

    def forget(self, key: bytes) -> None:
        """Keep a token no longer."""
        self._kept.pop(key, None)

    def close(self) -> None:
        """Forget every token, and end what is under way."""
        self._kept.clear()
        for each in list(self._under_way.values()):
            each.cancel()

    async def _exchanged(self, key: bytes, exchange: Callable[[], Awaitable[Exchanged]]) -> Exchanged:
        loop = asyncio.get_running_loop()
        began = loop.time()  # lifetimes count from when it was asked, or a slow answer would be believed for too long
        try:
            found = await exchange()
        except IdentityFailure as failure:
            if failure.kind in _REMEMBERED:
                self._keep(key, _Kept(loop.time() + REFUSED_SECONDS, None, failure))
            raise
        if found.seconds > 0:
            self._keep(key, _Kept(began + found.seconds, found))
        return found

    def _keep(self, key: bytes, kept: _Kept) -> None:
        while len(self._kept) >= MOST_KEPT:
            self._kept.pop(next(iter(self._kept)), None)
        self._kept.pop(key, None)
        self._kept[key] = kept

    def _ended(self, key: bytes, done: asyncio.Task[Exchanged]) -> None:
        if self._under_way.get(key) is done:
            del self._under_way[key]
        if not done.cancelled():
            done.exception()  # looked at, so that nobody is told of it when nobody waits any more


def _again(failure: IdentityFailure) -> IdentityFailure:
    """The same once more: an exception that is raised twice would carry the first one's way along."""
    return IdentityFailure(failure.kind, failure.why, retry_after=failure.retry_after, challenge=failure.challenge)
