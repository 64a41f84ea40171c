"""HTTP/1.1 as the gateway takes it: uvicorn's protocol with bounds on what a head may be and how long it may take."""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MOST_HEADERS: Final = 100
MOST_HEADER_BYTES: Final = 65_536
MOST_URL_BYTES: Final = 8_192
HEAD_SECONDS: Final = 15.0
"""How long a client may take to say what it wants."""
STALLED_SECONDS: Final = 60.0
"""How long a client may leave everything lying that was sent to it."""
STREAMED: Final = "roadworthy.streamed"
"""The ASGI extension under which a request's scope has its `Streamed`, as `body`."""


class Streamed:
    """The body of a streamed answer, written to the connection as chunks (RFC 9112, section 7.1).

    Args:
        cycle: whose head was sent, without a length.
    """

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    def write(self, data: bytes) -> bool:
        """Send a part now; false where the client does not keep up."""
        cycle = self._cycle
        if not cycle.disconnected:
            cycle.transport.write(b"%x\r\n%b\r\n" % (len(data), data))
        return not cycle.flow.write_paused

    async def drained(self) -> None:
        """Wait until the client took most of what was written."""
        await self._cycle.flow.drain()


class BoundedProtocol(HttpToolsProtocol):
    """One connection of a client."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected; it has to say something soon."""
        super().connection_made(transport)  # type: ignore[arg-type]  # see above
        self._header_bytes = 0
        self._late: TimerHandle | None = self.loop.call_later(HEAD_SECONDS, self._too_late)
        self._stalled: TimerHandle | None = None

    def pause_writing(self) -> None:
        """The client does not take what it is sent; it has to go on soon."""
        self._stalled = self.loop.call_later(STALLED_SECONDS, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        """It does."""
        self._took()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._said()
        self._took()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._header_bytes = 0
        if self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self._too_late)
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        super().on_url(url)
        if len(self.url) > MOST_URL_BYTES:
            self._refuse(b"414 URI Too Long")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self._header_bytes += len(name) + len(value)
        if len(self.headers) >= MOST_HEADERS or self._header_bytes > MOST_HEADER_BYTES:
            self._refuse(b"431 Request Header Fields Too Large")
            return
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._said()
        if not self.transport.is_closing():
            super().on_headers_complete()
            self.scope["extensions"] = {STREAMED: {"body": Streamed(self.cycle)}}  # before its task has run

    def _took(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _said(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _too_late(self) -> None:
        self._late = None
        if getattr(self.cycle, "response_complete", True):  # there is none before the first request
            self._refuse(b"408 Request Timeout")

    def _refuse(self, status: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            self.transport.close()
