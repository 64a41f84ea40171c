"""The end of a listening socket."""

from __future__ import annotations

import asyncio
import os
import socket  # noqa: TID251 - the web server's own, of which the event loop knows no way to take the last connections
from contextlib import suppress


def last_ones(server: asyncio.Server) -> list[socket.socket]:
    """Stop listening; the connections that the system had taken already.

    Where a listening socket is closed, they are reset. To a proxy that looks as if what was asked there had been done,
    so that nobody asks again.
    """
    kept = [socket.socket(fileno=os.dup(each.fileno())) for each in server.sockets]
    server.close()
    found: list[socket.socket] = []
    for each in kept:
        each.setblocking(False)
        with suppress(OSError):  # there is no other, or it is gone by now
            while True:
                found.append(each.accept()[0])
        each.close()
    return found
