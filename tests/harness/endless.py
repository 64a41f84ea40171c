"""An upstream on loopback that sends bytes as a test says, without end, until nobody takes them."""

from __future__ import annotations

import itertools
import socket
import socketserver
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.harness.loopback import ANYWHERE, running

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
_BLOCK = 65_536


@dataclass
class Endless:
    """What it sends."""

    address: str = ""
    says: Callable[[], Iterable[bytes]] = lambda: ()
    most: int = 67_108_864
    """Bytes after which even this ends."""
    sent: list[int] = field(default_factory=list)
    """Bytes of each answer that were taken from it."""


@contextmanager
def endless() -> Iterator[Endless]:
    """It sends until the end of the block."""
    made = Endless()

    class Sends(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(10)
            _read(self.request)
            sent = 0
            try:
                for part in made.says():
                    self.request.sendall(part)
                    sent += len(part)
                    if sent > made.most:
                        break
            except OSError:
                pass  # nobody takes it any more
            made.sent.append(sent)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with running(Server(ANYWHERE, Sends)) as server:
        made.address = f"http://127.0.0.1:{server.server_address[1]}"
        yield made


def _read(sock: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        data += sock.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    said = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    length = int(said[0]) if said else 0
    while len(body) < length:
        body += sock.recv(65_536)


def again(part: bytes, first: bytes = b"") -> Callable[[], Iterator[bytes]]:
    """Something, and then the same for ever, in blocks."""
    block = part * max(1, _BLOCK // len(part))
    return lambda: itertools.chain((first,) if first else (), itertools.repeat(block))


def chunked(part: bytes) -> bytes:
    """A chunk of a body."""
    return b"%x\r\n%b\r\n" % (len(part), part)
