"""The end of a listening socket."""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket  # noqa: TID251 - the web server's own, of which the event loop knows no way to take the last connections
import struct
import sys
from contextlib import suppress
from typing import Final

_SO_ATTACH_FILTER: Final = 26
_NO_NEWCOMERS: Final = struct.pack(
    "=" + "HBBI" * 4,
    *(0x30, 0, 0, 13),  # the byte of a segment's head that holds its flags
    *(0x45, 0, 1, 2),  # where it is SYN,
    *(0x06, 0, 0, 0),  # drop it,
    *(0x06, 0, 0, 0xFFFFFFFF),  # else take it whole
)
"""A program of Linux' packet filter: nobody opens a connection any more, and those that are being opened are."""


def last_ones(server: asyncio.Server) -> list[socket.socket]:
    """Stop listening; the connections that the system had taken already.

    Where a listening socket is closed, they are reset. To a proxy that looks as if what was asked there had been done,
    so that nobody asks again. Whoever would be taken between the last one and the closing is not answered at all on
    Linux, tries again after a second, and then hears that nobody listens.
    """
    kept = [socket.socket(fileno=os.dup(each.fileno())) for each in server.sockets]
    server.close()
    for each in kept:
        take_no_newcomers(each)
    found: list[socket.socket] = []
    for each in kept:
        each.setblocking(False)
        with suppress(OSError):  # there is no other, or it is gone by now
            while True:
                found.append(each.accept()[0])
        each.close()
    return found


def take_no_newcomers(listening: socket.socket) -> None:
    """Let nobody open a connection any more, where the system can; those that were begun are not touched."""
    if sys.platform != "linux":
        return
    program = ctypes.create_string_buffer(_NO_NEWCOMERS)
    with suppress(OSError):  # where it is forbidden, the gap of some microseconds remains
        listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 4, ctypes.addressof(program)))
