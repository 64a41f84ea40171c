"""Servers on a free port of this machine, for the length of a test."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from roadworthy.foundation.reaching.reach import Reach

HERE = Reach(frozenset({"127.0.0.1", "localhost", "::1"}))
"""Lets requests go to servers of a test, as a deployment does that names this machine."""
ANYWHERE = ("127.0.0.1", 0)
"""What a server is bound to; where it then listens it says itself."""
_POLL_SECONDS = 0.01

S = TypeVar("S", bound=socketserver.BaseServer)


@contextmanager
def running(server: S) -> Iterator[S]:
    """Serve on a thread until the end, and let go of the port then."""
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
