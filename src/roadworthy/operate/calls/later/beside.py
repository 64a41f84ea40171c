"""Work on the database beside an event loop, one piece after the other, on one thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from roadworthy.foundation.runtime import Future, Runtime, Worker

_T = TypeVar("_T")


class Beside:
    """Runs what it is given, and says what came of it.

    Args:
        runtime: whose threads.
        name: of the thread.
    """

    def __init__(self, runtime: Runtime, name: str) -> None:
        self._runtime = runtime
        self._name = name
        self._worker: Worker[Callable[[], None]] | None = None

    def __call__(self, work: Callable[[], _T]) -> Future[_T]:
        """Run it on the thread, which begins with the first piece."""
        told: Future[_T] = Future()
        if self._worker is None:
            self._worker = self._runtime.worker(self._name, _each)
        self._worker.submit(partial(_one, work, told))
        return told

    def close(self) -> None:
        """Finish what was given, and end the thread."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None


def _each(jobs: Sequence[Callable[[], None]]) -> None:
    for job in jobs:
        job()


def _one(work: Callable[[], _T], told: Future[_T]) -> None:
    if not told.set_running_or_notify_cancel():
        return
    try:
        told.set_result(work())
    except BaseException as error:  # noqa: BLE001 - whoever waits for it is told, whatever it is
        told.set_exception(error)
