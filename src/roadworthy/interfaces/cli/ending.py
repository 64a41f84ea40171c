"""How a command that works for long is asked to end."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def asked_to_end() -> Iterator[None]:
    """While it works: who is asked to end by a signal ends like somebody who pressed Ctrl-C, and keeps what it has."""
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
