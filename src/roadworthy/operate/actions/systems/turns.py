"""When a system may be asked: so often, and so many at a time. Whoever comes first is first."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from roadworthy.operate.actions.declared import Rate

PATIENCE_SECONDS: Final = 10.0
"""For which a turn is waited for, and again as long for a place."""
BUSY: Final = "busy"
PACED: Final = "rate-limited-here"
"""Why there was none in that time; nothing was sent."""
_SECONDS: Final = {"second": 1.0, "minute": 60.0}


@dataclass(frozen=True, slots=True)
class NoTurn:
    """There is none soon."""

    error: str
    retry_after: float
    """Seconds."""


@dataclass(slots=True)
class Pace:
    """How often a system is asked: a bucket that fills evenly and holds one period's worth.

    Turns that are still to come can be taken as well, which makes a queue of whoever waits.
    """

    rate: Rate | None
    left: float = 0.0
    at: float = -1.0

    def take(self, now: float, most: float = 0.0) -> float:
        """Take one turn, unless it is further away than so many seconds.

        Returns:
            Seconds until it; more than `most` where none was taken.
        """
        if self.rate is None:
            return 0.0
        full, per = float(self.rate.most), _SECONDS[self.rate.per]
        self.left = full if self.at < 0 else min(full, self.left + (now - self.at) * full / per)
        self.at = now
        wait = max(0.0, (1.0 - self.left) * per / full)
        if wait <= most:
            self.left -= 1.0
        return wait


@dataclass(slots=True)
class Turns:
    """Of one system, for the thread of one event loop."""

    pace: Pace
    most: int
    """That may be under way there at a time."""
    busy: int = 0
    """That are."""
    _waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    async def take(self, seconds: float = PATIENCE_SECONDS) -> NoTurn | None:
        """Wait for a turn and for a place, which is given back with `leave`; what stands in the way where none came."""
        wait = self.pace.take(asyncio.get_running_loop().time(), seconds)
        if wait > seconds:
            return NoTurn(PACED, wait)
        if wait:
            await asyncio.sleep(wait)
        return None if await self._placed(seconds) else NoTurn(BUSY, 1.0)

    def leave(self) -> None:
        """Let the next one have the place."""
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
                return
        self.busy -= 1

    async def _placed(self, seconds: float) -> bool:
        if self.busy < self.most:
            self.busy += 1
            return True
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            async with asyncio.timeout(seconds):
                await future
        except TimeoutError:
            return self._lost(future)
        except BaseException:  # whatever it was goes on; the place must not be lost
            self._lost(future)
            raise
        return True

    def _lost(self, future: asyncio.Future[None]) -> bool:
        """Nobody waits for a place any more; one that was handed over in this very moment goes to the next."""
        if future.done() and not future.cancelled():
            self.leave()
        return False
