"""How a command that works for long is asked to end."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def asked_to_end() -> Iterator[None]:
    """While it works: who is asked to end by a signal ends like somebody who pressed Ctrl-C, and keeps what it has."""
    before = signal.signal(signal.SIGTERM, _interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupted(_number: int, _frame: object) -> None:
    """As Ctrl-C, also for whoever takes that up in a way of its own, such as an event loop.

    A shell starts what it puts into the background with Ctrl-C left out; to be asked to end still counts.
    """
    if signal.getsignal(signal.SIGINT) in {signal.SIG_IGN, None}:
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)
