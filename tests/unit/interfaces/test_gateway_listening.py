"""The end of a listening socket: who is taken already is answered, and nobody else is taken."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys

import pytest

from roadworthy.interfaces.gateway.listening import last_ones, take_no_newcomers


def listening() -> socket.socket:
    """On a free port of loopback."""
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    made.listen(8)
    made.setblocking(False)
    return made


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such a filter")
def test_a_newcomer_is_not_taken_and_who_was_taken_is_heard() -> None:
    with listening() as door, socket.create_connection(door.getsockname()) as early, socket.socket() as late:
        take_no_newcomers(door)
        late.setblocking(False)
        assert late.connect_ex(door.getsockname()) == errno.EINPROGRESS
        early.sendall(b"here")
        taken, _ = door.accept()
        with taken:
            taken.setblocking(True)
            assert taken.recv(4) == b"here"
        with pytest.raises(BlockingIOError):
            door.accept()
        with pytest.raises(OSError, match="not connected"):
            late.getpeername()


def test_the_last_ones_are_those_that_wait() -> None:
    async def end() -> tuple[list[socket.socket], tuple[str, int], list[socket.socket]]:
        server = await asyncio.start_server(lambda _reader, _writer: None, sock=listening())
        address = server.sockets[0].getsockname()
        callers = [socket.create_connection(address) for _ in range(3)]
        return last_ones(server), address, callers

    found, address, callers = asyncio.run(end())
    assert sorted(each.getpeername() for each in found) == sorted(each.getsockname() for each in callers)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
    for each in (*found, *callers):
        each.close()
