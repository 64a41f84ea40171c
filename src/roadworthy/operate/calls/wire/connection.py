"""One HTTP/1.1 connection to an upstream: a request at a time, and gone at once where nobody waits any more.

Written here because the client library that was meant for it goes on with a request whose caller has been cancelled
while it waited for the head of the answer, and an upstream would go on computing for a client that is gone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias, cast

import httptools

from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure
from roadworthy.operate.calls.wire.patience import NEVER, Due, Patience

MOST_HEADERS = 200
MOST_HEADER_BYTES = 65_536
MOST_FRAMING_BYTES = 1_048_576
"""That may come without any of a body among them: a head, or trailers, or what stands around the sizes of chunks."""
_HIGH_WATER = 262_144
"""Bytes that may wait to be taken before the upstream is made to wait."""
_FIRST_FINAL_STATUS = 200

Take: TypeAlias = Callable[[bytes], bool]
"""Gets bytes of a body; false where it wants no more for now. Raises nothing."""


@dataclass(slots=True)
class AnswerHead:
    """Status and headers of an answer."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    """Names in small letters; of a repeated one, the last."""

    @property
    def media_type(self) -> str:
        """Of the body, without parameters, in small letters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Connection(asyncio.Protocol):
    """A connection; made by `loop.create_connection`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._chunks: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._take: Take | None = None
        self._paused = False
        self._head: AnswerHead | None = None
        self._headers: dict[str, str] = {}
        self._header_bytes = 0
        self._framing_bytes = 0
        self._complete = True
        self._failure: UpstreamFailure | None = None
        self._patience = Patience(loop, lambda: not self._complete, self._fail)
        self.served = 0
        """Answers that came whole."""
        self.idle_since = 0.0

    # ------------------------------------------------------------ used by the pool

    @property
    def usable(self) -> bool:
        """Whether another request may be sent."""
        return self._complete and self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes, due: Due = NEVER) -> AnswerHead:
        """Send a request and wait for the head of the answer.

        Args:
            request: its bytes.
            due: until when the answer has to be whole; `expect` says otherwise.

        Raises:
            UpstreamFailure: it did not come.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            raise UpstreamFailure(FailureClass.RESET, reused=self.served > 0)
        self._parser = httptools.HttpResponseParser(self)
        self._head, self._headers, self._header_bytes, self._framing_bytes = None, {}, 0, 0
        self._chunks.clear()
        self._waiting_bytes = 0
        self._complete = False
        self.expect(due)
        transport.write(request)
        while (head := self._answered()) is None:
            await self._wait()
        return head

    def expect(self, due: Due) -> None:
        """Wait for the answer until then and no longer, whatever was said before."""
        self._patience.until(due)

    async def chunk(self) -> bytes | None:
        """The next bytes of the body; None at its end.

        Raises:
            UpstreamFailure: it ended before it was whole, or is no HTTP.
        """
        while not self._chunks:
            if self._complete:
                return None
            if self._failure is not None:
                raise self._failure
            await self._wait()
        return self._taken()

    async def pour(self, take: Take) -> bool:
        """Give the body away where it arrives: what came in one read at once, with no task to wake in between.

        Returns:
            Whether that was all of it; false where `take` wants no more for now.

        Raises:
            UpstreamFailure: it ended before it was whole, or is no HTTP.
        """
        if self._chunks and not take(self._taken()):
            return False
        self._take = take
        try:
            while not self._refused():
                if self._complete:
                    return True
                if self._failure is not None:
                    raise self._failure
                await self._wait()
        finally:
            self._take = None
        return False

    def _refused(self) -> bool:
        return self._take is None

    def _taken(self) -> bytes:
        data = b"".join(self._chunks) if len(self._chunks) > 1 else self._chunks[0]
        self._chunks.clear()
        self._waiting_bytes = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data

    def abort(self) -> None:
        """End it now; whatever the other side still computes is for nobody."""
        if self._transport is not None:
            self._transport.abort()

    def _answered(self) -> AnswerHead | None:
        if self._head is None and self._failure is not None:
            raise self._failure
        return self._head

    async def _wait(self) -> None:
        self._waiter = self.loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # ------------------------------------------------------------ told by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands, or stands again as an encrypted one."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in everything but its bases

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._parser is None or self._complete:
            self._fail(FailureClass.UNREADABLE)  # nobody asked for anything
            return
        self._framing_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail(FailureClass.UNREADABLE)
        except httptools.HttpParserError:
            self._fail(FailureClass.UNREADABLE)
        if self._framing_bytes > MOST_FRAMING_BYTES:  # the parser keeps a line that does not end, however long it is
            self._fail(FailureClass.UNREADABLE)
        if self._take is not None and self._chunks and not self._take(self._taken()):
            self._take = None
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side, or we, ended it."""
        self._transport = None
        self._patience.cancel()
        if self._complete:
            return
        if self._head is None:
            self._fail(FailureClass.RESET)
        elif exc is None and "content-length" not in self._headers and "transfer-encoding" not in self._headers:
            self._complete = True  # a body that lasts until the connection ends
            self._wake()
        else:
            self._fail(FailureClass.TRUNCATED)

    def _fail(self, kind: FailureClass) -> None:
        if self._failure is None:
            self._failure = UpstreamFailure(kind, reused=kind is FailureClass.RESET and self.served > 0)
        self.abort()
        self._wake()

    # ------------------------------------------------------------ told by the parser

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer; trailers are nothing to us."""
        if self._head is not None:
            return
        self._header_bytes += len(name) + len(value)
        if len(self._headers) >= MOST_HEADERS or self._header_bytes > MOST_HEADER_BYTES:
            self._fail(FailureClass.UNREADABLE)
            return
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        assert self._parser is not None  # noqa: S101 - it is the parser that tells
        status = self._parser.get_status_code()
        if status < _FIRST_FINAL_STATUS:
            self._headers = {}
            return
        self._head = AnswerHead(status, self._headers)
        self._wake()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._framing_bytes = 0
        self._chunks.append(body)
        self._waiting_bytes += len(body)
        if self._waiting_bytes > _HIGH_WATER and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        if self._take is None:
            self._wake()

    def on_message_complete(self) -> None:
        """The answer is whole."""
        if self._head is None:
            return  # an interim one
        self._complete = True
        self.served += 1
        if self._parser is not None and not self._parser.should_keep_alive() and self._transport is not None:
            self._transport.close()
        self._wake()
