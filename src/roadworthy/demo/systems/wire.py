"""HTTP on loopback, down to the socket: an answer can be late, torn, or never come, as its sender wishes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

import httptools

MOST_BYTES: Final = 1_048_576
"""Of a request's body."""
_BLOCK: Final = 65_536
_NO_BODY: Final = frozenset({204, 304})


class Delivery(StrEnum):
    """How an answer reaches whoever asked."""

    WHOLE = "whole"
    CUT = "cut"
    """The connection is cut before its first byte."""
    TORN = "torn"
    """The connection is cut in the middle of its body."""
    NEVER = "never"
    """Nothing comes until the other side goes away."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked."""

    method: str
    path: str
    """Without its escapes."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By name in lower case; of several with one name, the last."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to it."""

    status: int
    body: bytes = b""
    media: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE
    after: float = 0.0
    """Seconds to wait first."""


Handler = Callable[[Request], Awaitable[Answer]]


async def listen(handler: Handler, port: int = 0) -> asyncio.Server:
    """Serve on a port of this machine's loopback, in the running loop.

    Args:
        handler: what answers.
        port: 0 takes a free one.
    """

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _Connection(handler, reader, writer).run()
        except (ConnectionError, asyncio.CancelledError):
            pass  # the other side went, or we end: there is nobody to tell
        finally:
            writer.close()

    return await asyncio.start_server(connected, "127.0.0.1", port)


def port_of(server: asyncio.Server) -> int:
    """Where it listens."""
    return int(server.sockets[0].getsockname()[1])


class _Connection:
    """One connection: requests one after the other.

    Called back by the parser, which knows these names.
    """

    def __init__(self, handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._handler = handler
        self._reader = reader
        self._writer = writer
        self._parser = httptools.HttpRequestParser(self)
        self._ready: list[Request] = []
        self._goes_on = True
        self._begin()

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body = bytearray()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._begin()

    def on_url(self, url: bytes) -> None:
        """Part of its address."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its headers."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """Part of its body."""
        self._body += body

    def on_message_complete(self) -> None:
        """It is whole."""
        split = urlsplit(self._url.decode("latin-1"))
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        method = self._parser.get_method().decode("latin-1")
        self._ready.append(Request(method, unquote(split.path), query, self._headers, bytes(self._body)))
        self._goes_on = self._parser.should_keep_alive()

    async def run(self) -> None:
        """Answer until one side has had enough."""
        taken = 0
        while self._goes_on:
            data = await self._reader.read(_BLOCK)
            if not data:
                return
            taken += len(data)
            refusal = self._fed(data)
            if self._ready:
                taken = 0
            elif taken > MOST_BYTES + _BLOCK:
                refusal = Answer(413, b'{"detail":"too large"}')
            while self._ready:
                if not await self._answered(await self._handler(self._ready.pop(0))):
                    return
            if refusal is not None:
                await self._whole(refusal, last=True)
                return

    def _fed(self, data: bytes) -> Answer | None:
        """What is said where it is no HTTP; None where it is."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            return Answer(400, b'{"detail":"this is no HTTP"}')
        return None

    async def _answered(self, answer: Answer) -> bool:
        """Whether the connection goes on."""
        if answer.after:
            await asyncio.sleep(answer.after)
        if answer.delivery is Delivery.WHOLE:
            await self._whole(answer, last=not self._goes_on)
            return True
        if answer.delivery is Delivery.TORN:
            self._writer.write(_head(answer, last=True) + answer.body[: len(answer.body) // 2])
            await self._writer.drain()
        if answer.delivery is Delivery.NEVER:
            while await self._reader.read(_BLOCK):
                pass  # whatever else it says is not heard
        self._writer.transport.abort()
        return False

    async def _whole(self, answer: Answer, *, last: bool) -> None:
        self._writer.write(_head(answer, last=last) + answer.body)
        await self._writer.drain()


def _head(answer: Answer, *, last: bool) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} -"]
    if answer.status not in _NO_BODY:
        lines += [f"Content-Type: {answer.media}", f"Content-Length: {len(answer.body)}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    if last:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
