"""Looking again and again on a thread of one's own, whatever becomes of a single look."""

from __future__ import annotations

from collections.abc import Callable

from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Repeater, Runtime
from roadworthy.foundation.workflow.rules import said_of


class Turns:
    """Takes turns from `start` to `close`.

    Args:
        runtime: whose threads.
        name: of the thread and of its log.
        seconds: between two turns.
        turn: what is done; whatever stops it is logged, and the next one comes nevertheless.
    """

    def __init__(self, runtime: Runtime, name: str, seconds: float, turn: Callable[[], object]) -> None:
        self._runtime = runtime
        self._name = name
        self._seconds = seconds
        self._turn = turn
        self._log = log(name)
        self._running: Repeater | None = None

    def take(self) -> None:
        """One turn, now, on the caller's thread."""
        try:
            self._turn()
        except Exception as error:  # noqa: BLE001 - it is the thread's own top: the next turn must come
            self._log.error("turn failed", error=said_of(error))

    def start(self) -> None:
        """Take turns by itself; the first comes after this returns."""
        self._running = self._runtime.repeat(self._name, self._seconds, self.take)

    def close(self) -> bool:
        """Stop after the turn in progress; False where nothing was started."""
        if self._running is None:
            return False
        self._running.stop()
        self._running = None
        return True
