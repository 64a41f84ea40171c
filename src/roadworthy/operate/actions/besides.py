"""Work on the database beside an event loop, on several threads: what waits for the same commit shares it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

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
