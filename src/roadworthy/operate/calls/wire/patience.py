"""Until when an answer is waited for: one timer for every answer of a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeAlias

from roadworthy.operate.calls.wire.failures import FailureClass

Due: TypeAlias = tuple[float, FailureClass]
"""Until when something has to come, by the event loop's clock, and what it is called where it does not."""
NEVER: Final[Due] = (float("inf"), FailureClass.TOTAL_TIMEOUT)
_MOMENT: Final = 0.001
"""Seconds for which a timer that is due waits once more, so that what lies in the socket is read first."""


class Patience:
    """A timer that is moved where it would come too late, and looks again where it comes too early.

    Args:
        loop: whose clock.
        waits: whether anything is waited for.
        over: is told where the time is over.
    """

    __slots__ = ("_due", "_looked", "_looks_at", "_loop", "_over", "_timer", "_waits")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, waits: Callable[[], bool], over: Callable[[FailureClass], None]
    ) -> None:
        self._loop = loop
        self._waits = waits
        self._over = over
        self._due = NEVER
        self._timer: asyncio.TimerHandle | None = None
        self._looks_at = NEVER[0]
        self._looked = False
        """Whether the time was found to be over once, and only what lies in the socket is waited for."""

    def until(self, due: Due) -> None:
        """Wait until then and no longer, whatever was said before."""
        self._due, self._looked = due, False
        if due[0] < self._looks_at:
            self._look_at(due[0])

    def cancel(self) -> None:
        """Wait for nothing any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look_at(self, when: float) -> None:
        self.cancel()
        self._looks_at, self._timer = when, self._loop.call_at(when, self._look)

    def _look(self) -> None:
        """Say that the time is over; or look again when that may be."""
        now, (when, kind) = self._loop.time(), self._due
        self._looks_at, self._timer = NEVER[0], None
        if when == NEVER[0] or not self._waits():
            return
        if now < when:
            self._look_at(when)
        elif self._looked:
            self._over(kind)
        else:
            self._looked = True
            self._look_at(now + _MOMENT)
