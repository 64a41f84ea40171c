"""HTTP as ASGI carries it: bodies in, answers out, and the moment at which a client is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Protocol, TypeAlias

from roadworthy.foundation.errors import TooLarge, UsageError

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

BODY_SECONDS = 60.0
"""How long a request may take to arrive."""
JSON = b"application/json"
EVENTS = b"text/event-stream; charset=utf-8"


class Gone(Exception):
    """The client went away before its request was whole."""


class Slow(UsageError):
    """The request did not arrive in time."""

    status = 408
    title = "The request took too long to arrive"


async def whole_body(receive: Receive, headers: Mapping[str, str], most: int) -> bytes:
    """The body of a request.

    Raises:
        TooLarge: it has more bytes than allowed.
        Slow: it did not come in time.
        Gone: the client went away.
    """
    said = headers.get("content-length", "")
    if said.isdecimal() and int(said[:20]) > most:
        raise _too_large(most)
    message = await receive()
    if not message.get("more_body", False) and message["type"] == "http.request":
        body: bytes = message.get("body", b"")
        if len(body) > most:
            raise _too_large(most)
        return body
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                if message["type"] == "http.disconnect":
                    raise Gone
                part = message.get("body", b"")
                size += len(part)
                if size > most:
                    raise _too_large(most)
                parts.append(part)
                if not message.get("more_body", False):
                    return b"".join(parts)
                message = await receive()
    except TimeoutError:
        raise Slow(
            "request-too-slow", "the request did not arrive in time", remedy="send it again over a better connection"
        ) from None


class Written(Protocol):
    """The body of a streamed answer on its connection, once its head was sent."""

    def write(self, data: bytes) -> bool:
        """Send a part now; false where the client does not keep up."""

    async def drained(self) -> None:
        """Wait until the client took most of what was written."""


class Response:
    """The way back to a client over ASGI.

    Args:
        send: of ASGI.
        written: past ASGI, for the parts of a stream, of which each would otherwise cost a message and a task's turn.
        closes: whether the connection ends with this answer, since the process is about to stop.
    """

    def __init__(self, send: Send, written: Written, *, closes: bool) -> None:
        self._send = send
        self._written = written
        self._closes = closes
        self.status = 0
        """Of what was told; 0 until something was."""

    async def answer(self, status: int, headers: Mapping[str, str], body: bytes, media: bytes = JSON) -> None:
        """A whole answer."""
        await self._start(status, headers, [(b"content-type", media), (b"content-length", b"%d" % len(body))])
        await self._send({"type": "http.response.body", "body": body})

    async def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Begin a stream of events. Whoever relays it holds nothing back."""
        await self._start(status, headers, [(b"content-type", EVENTS), (b"x-accel-buffering", b"no")])

    def write(self, data: bytes) -> bool:
        """Send a part of the stream now."""
        return self._written.write(data)

    async def drained(self) -> None:
        """Wait until the client took most of what was written."""
        await self._written.drained()

    async def end(self) -> None:
        """End the stream."""
        await self._send({"type": "http.response.body", "body": b""})

    async def _start(self, status: int, headers: Mapping[str, str], first: list[tuple[bytes, bytes]]) -> None:
        self.status = status
        first += [
            (name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()
        ]
        first += [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
        if self._closes:
            first.append((b"connection", b"close"))
        await self._send({"type": "http.response.start", "status": status, "headers": first})


async def until_gone(receive: Receive) -> None:
    """Return when the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        continue


def _too_large(most: int) -> TooLarge:
    return TooLarge(
        "body-too-large",
        f"a request has at most {most} bytes",
        remedy="send less at once; whoever runs the gateway sets `gateway_megabytes`",
    )
