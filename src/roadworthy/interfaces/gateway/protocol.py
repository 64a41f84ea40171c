"""HTTP/1.1 as clients speak it to the gateway: one request at a time on a connection, and bounds on everything.

uvicorn listens and stops. The protocol is our own, because for a call ASGI's messages, events and watchers cost as much
as the whole funnel, and because the call of a client that goes away has to end at once. A request is handed on when it
is whole, an answer leaves in one write, and no timer is made for either: whoever serves looks at all connections twice
a second.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, Final, Protocol, cast

from uvicorn import Config
from uvicorn.server import ServerState

from roadworthy.interfaces.gateway.carrying import Request, Response
from roadworthy.interfaces.gateway.reading import Reader

HEAD_SECONDS: Final = 15.0
"""How long a client may take to say what it wants."""
BODY_SECONDS: Final = 60.0
"""How long a request may take to arrive."""
IDLE_SECONDS: Final = 75.0
"""How long a connection is kept that nobody uses."""
STALLED_SECONDS: Final = 60.0
"""How long a client may leave everything lying that was sent to it."""
LAST_SECONDS: Final = 1.0
"""How long a connection on which nothing is asked is kept once the process stops: a request may be on its way."""
LINGER_SECONDS: Final = 2.0
"""How long a client is heard out whose request was refused before it was whole; it would lose the answer otherwise."""
_NEVER: Final = float("inf")


class Serves(Protocol):
    """What answers requests."""

    most_bytes: int
    """Of a body."""

    @property
    def draining(self) -> bool:
        """Whether connections end with their answers, since the process is about to stop."""

    async def __call__(self, request: Request, out: Response) -> None:
        """Answer one request; cancelled when its client is gone."""


class ClientConnection(asyncio.Protocol):
    """One connection of a client; made by uvicorn, for the thread of one event loop."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],  # noqa: ARG002 - of lifespans, of which there are none
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._serves = cast("Serves", config.loaded_app)
        self._state = server_state
        self._loop = _loop or asyncio.get_running_loop()
        self._deadline, self._overdue = _NEVER, self._end_unused
        self._task: asyncio.Task[None] | None = None
        """Of the request under way."""
        self._queued: deque[tuple[Request, Response]] = deque()
        """Requests that came before the one under way was answered."""
        self._gone = False
        self._keeps = True
        """Whether another request may follow."""
        self._drain: asyncio.Future[None] | None = None
        self._paused_at = _NEVER

    # ------------------------------------------------------------ told by uvicorn

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected; it has to say something soon."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in everything but its bases
        self._state.connections.add(self)  # type: ignore[arg-type]  # uvicorn names its own protocols
        ends = _host(transport.get_extra_info("peername")), _host(transport.get_extra_info("sockname"))
        self._reader = Reader(self, ends, self._serves.most_bytes)
        self.begins()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """It is gone, and with it what it asked for."""
        self._gone = True
        self._reader.stop()
        self._state.connections.discard(self)
        self.resume_writing()
        if self._task is not None:
            self._task.cancel()

    def shutdown(self) -> None:
        """End the connection, after the answer under way, or the one to a request that is on its way.

        A request that crosses the end of its connection looks to a proxy as if the call had been made, and nobody may
        make it again.
        """
        self._keeps = False
        if self._task is None:
            self._loop.call_later(LAST_SECONDS, self._end_unused)

    def _end_unused(self) -> None:
        if self._task is None:
            self._transport.close()

    def look(self, now: float) -> None:
        """See whether something takes too long.

        Args:
            now: by the event loop's clock.
        """
        if now >= self._deadline:
            self._deadline = _NEVER
            self._overdue()
        if now - self._paused_at >= STALLED_SECONDS:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._reader.feed(data)

    def pause_writing(self) -> None:
        """The client does not take what it is sent; it has to go on soon."""
        self._paused_at = self._loop.time()

    def resume_writing(self) -> None:
        """It does."""
        self._paused_at = _NEVER
        if self._drain is not None and not self._drain.done():
            self._drain.set_result(None)

    # ------------------------------------------------------------ used by answers

    @property
    def head(self) -> bytes:
        """Headers that every answer of the moment has."""
        if self._serves.draining:
            self._keeps = False
        said = _lines(tuple(self._state.default_headers))
        return said if self._keeps or self._queued else said + b"connection: close\r\n"

    def write(self, data: bytes) -> bool:
        """Send now; false where the client does not keep up."""
        if not self._gone:
            self._transport.write(data)
        return self._paused_at == _NEVER

    async def drained(self) -> None:
        """Wait until the client took most of what was written."""
        if self._paused_at != _NEVER:
            self._drain = self._loop.create_future()
            await self._drain

    # ------------------------------------------------------------ told by the reader

    def begins(self) -> None:
        """A request begins; its head has to come soon."""
        if self._task is None:
            self._wait(HEAD_SECONDS, partial(self.refuse, b"408 Request Timeout"))

    def head_came(self, *, asks: bool) -> None:
        """The head of a request is whole; its body has to come soon."""
        if self._task is None:
            self._wait(BODY_SECONDS, self._reader.slow)
            if asks:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def came(self, request: Request, *, chunked: bool, last: bool) -> None:
        """A request is whole, or has a fault."""
        self._keeps = self._keeps and not last
        out = Response(self, bodiless=request.said.method == "HEAD", chunked=chunked)
        if self._task is None:
            self._start(request, out)
        else:
            self._queued.append((request, out))
            self._transport.pause_reading()

    def refuse(self, status: bytes) -> None:
        """Say no to what is no request, after the answer under way."""
        self._keeps = False
        self._reader.stop()
        if self._task is None and not self._transport.is_closing():
            self._transport.write(b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            self._linger()

    # ------------------------------------------------------------ one request after the other

    def _start(self, request: Request, out: Response) -> None:
        self._deadline = _NEVER
        task = self._task = self._loop.create_task(self._served(request, out))
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)

    async def _served(self, request: Request, out: Response) -> None:
        """Answer a request, and see what comes after it."""
        try:
            await self._serves(request, out)
        except asyncio.CancelledError:
            if not self._gone:
                raise  # the process stops
        finally:
            self._task = None
            if not (self._gone or out.complete):
                self._transport.abort()
        if self._gone or not out.complete:
            return
        if self._queued:
            self._start(*self._queued.popleft())
            if not self._queued:
                self._transport.resume_reading()
        elif self._keeps:
            self._wait(IDLE_SECONDS, self.shutdown)
        elif request.fault is not None:
            self._linger()
        else:
            self._transport.close()

    def _linger(self) -> None:
        """Say that nothing more comes, and hear the client out."""
        self._reader.stop()
        self._transport.write_eof()
        self._wait(LINGER_SECONDS, self._transport.abort)

    def _wait(self, seconds: float, overdue: Callable[[], None]) -> None:
        self._deadline, self._overdue = self._loop.time() + seconds, overdue


@lru_cache(maxsize=4)  # the date changes once in a second
def _lines(headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    return b"".join([b"%b: %b\r\n" % each for each in headers])


def _host(name: object) -> str:
    """The host of a socket's name; nothing where it has none."""
    return str(name[0]) if isinstance(name, tuple) else ""
