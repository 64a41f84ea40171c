"""A request as it came, and the way back to its client."""

from __future__ import annotations

import http
from collections.abc import Mapping
from typing import Final, Protocol

from roadworthy.foundation.errors import RoadworthyError

JSON: Final = b"application/json"
EVENTS: Final = b"text/event-stream; charset=utf-8"
_STATUS: Final = {each.value: b"HTTP/1.1 %d %s\r\n" % (each.value, each.phrase.encode()) for each in http.HTTPStatus}
_EVERY: Final = b"\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n"
_UNHELD: Final = b"x-accel-buffering: no\r\n"
"""Whoever relays a stream holds nothing back."""


class Said:
    """What the head of a request says; of one connection, most requests say the same.

    Args:
        method: of HTTP.
        path: decoded, without a query.
        headers: by name in small letters; without the length of the body.
        ends: address of the client, and ours to which it connected; empty where they have none.
        fault: why it cannot be read.

    Attributes:
        understood: what whoever answers made of it; for all requests that say the same.
    """

    __slots__ = ("ends", "fault", "headers", "method", "path", "understood")

    def __init__(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        ends: tuple[str, str],
        fault: RoadworthyError | None = None,
    ) -> None:
        self.method = method
        self.path = path
        self.headers = headers
        self.ends = ends
        self.fault = fault
        self.understood: object = None


class Request:
    """A request, whole.

    Args:
        said: its head, with the same attributes.

    Attributes:
        body: all of it.
        fault: why it was not read, or not to its end; then that is the answer.
    """

    __slots__ = ("body", "ends", "fault", "headers", "method", "path", "said")

    def __init__(self, said: Said) -> None:
        self.said = said
        self.method, self.path, self.headers, self.ends = said.method, said.path, said.headers, said.ends
        self.body = b""
        self.fault = said.fault


class Connected(Protocol):
    """The connection of a client, as an answer needs it."""

    @property
    def head(self) -> bytes:
        """Headers that every answer of the moment has; `connection: close` where it is the last one."""

    def write(self, data: bytes) -> bool:
        """Send now; false where the client does not keep up."""

    async def drained(self) -> None:
        """Wait until the client took most of what was written."""


class Response:
    """The way back to a client; of one that is gone nothing is said.

    Args:
        connection: of the client.
        bodiless: whether only the head of an answer is asked for.
        chunked: whether a stream is told in chunks; an old client reads to the end of the connection.
    """

    __slots__ = ("_bodiless", "_chunked", "_connection", "complete", "status")

    def __init__(self, connection: Connected, *, bodiless: bool, chunked: bool) -> None:
        self._connection = connection
        self._bodiless = bodiless
        self._chunked = chunked
        self.status = 0
        """Of what was told; 0 until something was."""
        self.complete = False
        """Whether all of it was."""

    async def answer(self, status: int, headers: Mapping[str, str], body: bytes, media: bytes = JSON) -> None:
        """A whole answer."""
        head = self._head(status, headers, media, b"content-length: %d\r\n" % len(body))
        self._connection.write(head if self._bodiless else head + body)
        self.complete = True

    async def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Begin a stream of events."""
        more = b"transfer-encoding: chunked\r\n" + _UNHELD if self._chunked else _UNHELD
        self._connection.write(self._head(status, headers, EVENTS, more))

    def write(self, data: bytes) -> bool:
        """Send a part of the stream now; false where the client does not keep up."""
        return self._connection.write(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)

    async def drained(self) -> None:
        """Wait until the client took most of what was written."""
        await self._connection.drained()

    async def end(self) -> None:
        """End the stream."""
        if self._chunked:
            self._connection.write(b"0\r\n\r\n")
        self.complete = True

    def _head(self, status: int, headers: Mapping[str, str], media: bytes, more: bytes) -> bytes:
        self.status = status
        said = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        if not said.count("\r") == said.count("\n") == len(headers) or "\0" in said:
            raise ValueError("a header of an answer has a line end in it")
        return b"".join(
            (
                _STATUS[status], self._connection.head, b"content-type: ", media, _EVERY, more,
                said.encode("latin-1", "replace"), b"\r\n",
            )
        )  # fmt: skip
