"""Connections to one upstream, kept for the next request."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from roadworthy.foundation.errors import Refused
from roadworthy.foundation.reaching.addresses import check_literal, check_number
from roadworthy.operate.calls.wire.addresses import Origin
from roadworthy.operate.calls.wire.connection import AnswerHead, Connection, Take
from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure
from roadworthy.operate.calls.wire.patience import NEVER, Due

IDLE_SECONDS = 20.0
"""For how long a connection is kept that nobody uses; servers end theirs after 60 s and more."""
MOST_IDLE = 64
_MOST_HEADS = 64
_OK = 200


@dataclass(frozen=True, slots=True)
class Way:
    """How an upstream is reached."""

    origin: Origin
    allowed: frozenset[str] = frozenset()
    """Hosts of which the settings say that they may have addresses that are not public."""
    proxy: Origin | None = None
    context: ssl.SSLContext | None = None
    """For `https`."""


class Answer:
    """An answer under way. Whoever has one ends it with `done` or `abort`."""

    __slots__ = ("_connection", "_pool", "head")

    def __init__(self, pool: Pool, connection: Connection, head: AnswerHead) -> None:
        self._pool = pool
        self._connection = connection
        self.head = head

    async def chunk(self) -> bytes | None:
        """The next bytes; None at the end.

        Raises:
            UpstreamFailure: it broke off.
        """
        return await self._connection.chunk()

    async def pour(self, take: Take) -> bool:
        """Give the bytes to a function where they arrive.

        Returns:
            Whether that was all; false where the function wants no more for now.

        Raises:
            UpstreamFailure: it broke off.
        """
        return await self._connection.pour(take)

    def expect(self, due: Due) -> None:
        """Wait for it until then and no longer; whoever waits for the bytes is told why it ended."""
        self._connection.expect(due)

    def done(self) -> None:
        """Give the connection back, or end it where the answer was not read to its end."""
        self._pool.give_back(self._connection)

    async def whole(self, most: int) -> bytes:
        """The whole body.

        Raises:
            UpstreamFailure: it broke off, or has more bytes than allowed.
        """
        said = self.head.headers.get("content-length", "")
        if said.isdecimal() and int(said) > most:
            raise UpstreamFailure(FailureClass.TOO_LARGE, status=self.head.status)
        parts: list[bytes] = []
        size = 0
        while (part := await self._connection.chunk()) is not None:
            size += len(part)
            if size > most:
                raise UpstreamFailure(FailureClass.TOO_LARGE, status=self.head.status)
            parts.append(part)
        return b"".join(parts)


class Pool:
    """Connections of one way; used on one event loop.

    Args:
        way: how the upstream is reached.
        most: connections at a time.
    """

    def __init__(self, way: Way, most: int = 1_000) -> None:
        self.way = way
        self._most = most
        self._idle: list[Connection] = []
        self.busy: set[Connection] = set()
        self._opening = 0
        self._heads: dict[Hashable, bytes] = {}

    async def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        connect_seconds: float,
        due: Due = NEVER,
    ) -> Answer:
        """Send a request and wait for the head of the answer; see `head` and `send`.

        Raises:
            UpstreamFailure: there was no answer.
        """
        return await self.send(self.head(method, path, headers), body, connect_seconds, due)

    async def send(self, head: bytes, body: bytes, connect_seconds: float, due: Due = NEVER) -> Answer:
        """Send a request and wait for the head of the answer.

        Args:
            head: as `head` made it; more lines may follow.
            body: of the request.
            connect_seconds: how long a new connection may take. Until there is one, nothing else is timed.
            due: until when the answer has to be whole, or what of it `Answer.expect` waits for.

        Raises:
            UpstreamFailure: there was no answer.
        """
        request = b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)
        connection = await self._taken(connect_seconds)
        try:
            answered = await connection.ask(request, due)
        except BaseException:  # cancelled or failed, it is of no use any more
            self.busy.discard(connection)
            connection.abort()
            raise
        return Answer(self, connection, answered)

    def give_back(self, connection: Connection) -> None:
        """Keep it for the next one, or end it."""
        self.busy.discard(connection)
        if not connection.usable or len(self._idle) >= MOST_IDLE:
            connection.abort()
            return
        connection.idle_since = connection.loop.time()
        self._idle.append(connection)

    def close(self) -> None:
        """End every connection that nobody uses; those in use end with their requests."""
        for each in self._idle:
            each.abort()
        self._idle.clear()

    async def _taken(self, connect_seconds: float) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and connection.loop.time() - connection.idle_since < IDLE_SECONDS:
                self.busy.add(connection)
                return connection
            connection.abort()
        if len(self.busy) + self._opening >= self._most:
            raise UpstreamFailure(FailureClass.BUSY, retry_after=1)
        self._opening += 1
        try:
            async with asyncio.timeout(connect_seconds):
                connection = await self._connected()
        except TimeoutError:
            raise UpstreamFailure(FailureClass.CONNECT_TIMEOUT) from None
        except (OSError, ssl.SSLError):
            raise UpstreamFailure(FailureClass.CONNECT) from None
        except Refused:
            raise UpstreamFailure(FailureClass.ADDRESS) from None
        finally:
            self._opening -= 1
        self.busy.add(connection)
        return connection

    async def _connected(self) -> Connection:
        way = self.way
        loop = asyncio.get_running_loop()
        if way.proxy is not None:
            check_literal(way.origin.host, way.origin.port, way.allowed)
            return await self._through(way.proxy, loop)
        name = way.origin.host if way.context is not None else None
        _, connection = await _first(
            await _resolved(way.origin, way.allowed),
            lambda number: loop.create_connection(
                lambda: Connection(loop), number, way.origin.port, ssl=way.context, server_hostname=name
            ),
        )
        return connection

    async def _through(self, proxy: Origin, loop: asyncio.AbstractEventLoop) -> Connection:
        way = self.way
        transport, connection = await _first(
            await _resolved(proxy, way.allowed),
            lambda number: loop.create_connection(lambda: Connection(loop), number, proxy.port),
        )
        if way.context is None:
            return connection
        where = f"{_bracketed(way.origin.host)}:{way.origin.port}"
        try:
            head = await connection.ask(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n\r\n".encode())
            _let_through(head)
            fresh = Connection(loop)
            encrypted = await loop.start_tls(transport, fresh, way.context, server_hostname=way.origin.host)
        except BaseException:  # whatever it was goes on; the connection must not stay
            connection.abort()
            raise
        assert encrypted is not None  # noqa: S101 - an open transport is never upgraded to none
        fresh.connection_made(encrypted)
        return fresh

    def same_head(self, key: Hashable, made: Callable[[], bytes]) -> bytes:
        """A head that many requests have, made once; the key has to hold everything that it depends on."""
        found = self._heads.get(key)
        if found is None:
            if len(self._heads) >= _MOST_HEADS:
                self._heads.clear()
            found = self._heads[key] = made()
        return found

    def head(self, method: str, path: str, headers: Mapping[str, str]) -> bytes:
        """The head of a request, but for its length.

        Args:
            method: of HTTP.
            path: behind the path of the origin, with its query.
            headers: without `Host` and `Content-Length`.

        Raises:
            UpstreamFailure: a value has a line end in it.
        """
        way = self.way
        target = f"{way.origin.path}{path}" or "/"
        if way.proxy is not None and way.context is None:
            target = f"{way.origin.scheme}://{way.origin.authority}{target}"
        first = f"{method} {target} HTTP/1.1\r\nHost: {way.origin.authority}\r\n"
        return first.encode("latin-1", "replace") + lines(headers)


def lines(headers: Mapping[str, str]) -> bytes:
    """Headers as they are sent.

    Raises:
        UpstreamFailure: a value has a line end in it.
    """
    said = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if not said.count("\r") == said.count("\n") == len(headers) or "\0" in said:
        raise UpstreamFailure(FailureClass.UNREADABLE)
    return said.encode("latin-1", "replace")


async def _first(
    numbers: Sequence[str], connect: Callable[[str], Awaitable[tuple[asyncio.Transport, Connection]]]
) -> tuple[asyncio.Transport, Connection]:
    """A connection to the first number that takes one."""
    for number in numbers[:-1]:
        try:
            return await connect(number)
        except OSError:
            continue
    return await connect(numbers[-1])


async def _resolved(where: Origin, allowed: frozenset[str]) -> Sequence[str]:
    """The numbers of the host, each of which may be connected to; at least one."""
    if where.number is not None:
        check_number(where.host, where.port, where.number, allowed)
        return (where.host,)
    check_literal(where.host, where.port, allowed)
    found = await asyncio.get_running_loop().getaddrinfo(where.host, where.port, type=_STREAM)
    numbers = [str(each[4][0]).partition("%")[0] for each in found]
    if not numbers:
        raise UpstreamFailure(FailureClass.CONNECT)
    for each in numbers:
        check_number(where.host, where.port, ipaddress.ip_address(each), allowed)
    return numbers


def _let_through(head: AnswerHead) -> None:
    if head.status != _OK:
        raise UpstreamFailure(FailureClass.CONNECT, status=head.status)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


_STREAM = 1
"""`SOCK_STREAM`, of every system that this runs on."""
