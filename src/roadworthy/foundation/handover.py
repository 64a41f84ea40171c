"""What one thread says and another waits for, in batches: cheaper than futures where thousands come in a second.

A `concurrent.futures.Future` has a lock, a condition and a list of callbacks, and wakes an event loop once for each
value. `Later` has none of them: one thread settles it, one task or one thread waits, and `tell` wakes each event loop
once for a whole batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterable
from typing import Any, Generic, TypeVar

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.runtime import Lock, Runtime

Value = TypeVar("Value")


class Later(Generic[Value]):
    """A value that comes later, or the error instead of it. Awaited by one task at a time, or waited for by one thread.

    Whoever waits first says so and then looks whether it is done; whoever settles it first says that it is done and
    then looks who waits. So neither can miss the other.

    Attributes:
        done: whether it came.
    """

    __slots__ = ("_error", "_gate", "_value", "_waiter", "done")

    def __init__(self) -> None:
        self.done = False
        self._value: Any = None
        self._error: RoadworthyError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._gate: Lock | None = None
        """Closed while a thread waits."""

    @property
    def error(self) -> RoadworthyError | None:
        """Why there is no value; None where there is one, and before that is known."""
        return self._error

    def settle(self, value: Value) -> None:
        """It came. Whoever waits is woken by `tell`."""
        self._value = value
        self.done = True

    def fail(self, error: RoadworthyError) -> None:
        """It does not come. Whoever waits is woken by `tell`."""
        self._error = error
        self.done = True

    def result(self) -> Value:
        """The value, waited for on this thread.

        Raises:
            RoadworthyError: why there is none.
        """
        if not self.done:
            gate = Runtime.lock()
            gate.acquire()
            self._gate = gate
            if not self.done:
                gate.acquire()
        if self._error is not None:
            raise self._error
        value: Value = self._value
        return value

    def __await__(self) -> Generator[Any, None, Value]:
        """The value, waited for on the running event loop. A task that is cancelled meanwhile cancels nothing else."""
        if not self.done:
            waiter = self._waiter = asyncio.get_running_loop().create_future()
            if not self.done:
                yield from waiter
        return self.result()


def tell(some: Iterable[Later[Any]]) -> None:
    """Wake whoever waits for what was settled: each event loop once, however many wait on it."""
    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for each in some:
        if each._gate is not None:  # noqa: SLF001 - the other half of `Later`
            each._gate.release()  # noqa: SLF001 - see above
        waiter = each._waiter  # noqa: SLF001 - see above
        if waiter is not None:
            by_loop.setdefault(waiter.get_loop(), []).append(waiter)
    for loop, waiters in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_wake, waiters)


def _wake(waiters: Iterable[asyncio.Future[None]]) -> None:
    for each in waiters:
        if not each.done():
            each.set_result(None)
