"""Work on the database beside an event loop: what waits for the same commit shares it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.runtime import Future, Runtime
from roadworthy.operate.calls.later.beside import Beside

THREADS: Final = 8
"""Actions that are written down at a time by one process; a commit takes all that wait for it."""
_T = TypeVar("_T")


class Besides:
    """Runs what it is given, on whichever thread has the least to do.

    Args:
        runtime: whose threads.
        name: of the threads.
    """

    def __init__(self, runtime: Runtime, name: str) -> None:
        self._all = [Beside(runtime, f"{name}-{number}") for number in range(THREADS)]
        self._waiting = [0] * THREADS

    def __call__(self, work: Callable[[], _T]) -> Future[_T]:
        """Run it; for the thread of one event loop."""
        place = self._waiting.index(min(self._waiting))
        self._waiting[place] += 1
        future = self._all[place](work)
        future.add_done_callback(lambda _future: self._over(place))
        return future

    def _over(self, place: int) -> None:
        self._waiting[place] -= 1

    def close(self) -> None:
        """Finish what was given, and end the threads."""
        for each in self._all:
            each.close()


@dataclass(frozen=True, slots=True)
class Unit(Generic[_T]):
    """A unit of work that an event loop waits for."""

    context: Context
    work: Callable[[Transaction], _T]
    failed: Callable[[], None] | None = None
    """Told on whichever thread where it cannot be said that it was written, before whoever waits is; raises nothing."""


class Writes:
    """Runs units of work that an event loop waits for. For the thread of one event loop.

    On SQLite they are handed to the thread that writes, which commits all that have come by then at once, and what came
    of them wakes the loop once for all of them. On PostgreSQL each has a thread and a transaction of its own, and the
    server lets them share a commit.

    Args:
        units: runs them.
        besides: threads that may wait; None where the store has one of its own.
    """

    def __init__(self, units: Callable[[], Units], besides: Besides | None) -> None:
        self._units = units
        self._besides = besides
        self._landing: _Landing | None = None

    def __call__(self, unit: Unit[_T]) -> asyncio.Future[_T]:
        """Run it; the future is done once it is durable. What is cancelled before its turn comes is not done."""
        if self._besides is not None:
            return asyncio.wrap_future(self._besides(lambda: self._run(unit)))
        loop = asyncio.get_running_loop()
        if self._landing is None or self._landing.loop is not loop:
            self._landing = _Landing(loop)
        landing, waits = self._landing, loop.create_future()

        def wanted(tx: Transaction) -> _T:
            if waits.cancelled():
                raise _Unwanted
            return unit.work(tx)

        def told(result: _T | None, error: Exception | None) -> None:
            if error is not None and unit.failed is not None:
                unit.failed()
            landing.put(waits, result, error)

        self._units().soon(unit.context, wanted, told)
        return waits

    def _run(self, unit: Unit[_T]) -> _T:
        try:
            return self._units().run(unit.context, unit.work)
        except Exception:  # whatever it was, it goes on to whoever waits, and what may be there after all is looked for
            if unit.failed is not None:
                unit.failed()
            raise


class _Unwanted(Exception):
    """Nobody waits for it any more, and nothing of it was done."""


class _Landing:
    """Brings what other threads came to to an event loop, which wakes once for all that is there by then."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._came: deque[tuple[asyncio.Future[Any], Any, Exception | None]] = deque()
        self._woken = False

    def put(self, waits: asyncio.Future[Any], result: Any, error: Exception | None) -> None:  # noqa: ANN401 - any result
        """Bring one; from any thread."""
        self._came.append((waits, result, error))
        if not self._woken:
            self._woken = True
            try:
                self.loop.call_soon_threadsafe(self._land)
            except RuntimeError:  # the loop has ended, and with it whoever waited
                self._came.clear()

    def _land(self) -> None:
        self._woken = False  # before the look, so that whoever brings more during it wakes the loop again
        while self._came:
            waits, result, error = self._came.popleft()
            if waits.cancelled():
                continue
            if error is None:
                waits.set_result(result)
            else:
                waits.set_exception(error)
