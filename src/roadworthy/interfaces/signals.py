"""Signals that stop a process, taken while it finishes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stopped_by_signals(told: Callable[[int], object] = lambda _number: None) -> Iterator[None]:
    """The server raises the signal that stopped it once more when it is done; by then it has done its work."""

    def stop(number: int, _frame: object) -> None:
        told(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
