"""Ports for what has to be named before it is started.

A port that the system gives out may be given to the next connection of any process as soon as it is let go. These lie
below the range from which the system gives, and are given out one after the other to all test workers of a machine.
"""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from pathlib import Path

_FIRST, _LAST = 20_000, 31_999
_GIVEN = Path(tempfile.gettempdir()) / f"rw-ports-{os.geteuid()}"
"""Holds the port that was given out last."""


def free_port() -> int:
    """A port of loopback that nobody listens on now, and that nobody else is told for the next 12,000 times."""
    with _GIVEN.open("a+", encoding="utf-8") as given:
        fcntl.flock(given, fcntl.LOCK_EX)
        given.seek(0)
        port = int(given.read() or _FIRST)
        for _ in range(_FIRST, _LAST + 1):
            port = port + 1 if port < _LAST else _FIRST
            if _nobody_listens(port):
                given.truncate(0)
                given.write(str(port))
                return port
    message = f"every port from {_FIRST} to {_LAST} is taken"
    raise OSError(message)


def _nobody_listens(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: what a closed connection left behind for a minute is nobody's.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
