"""Reading requests out of the bytes of a connection, each handed on when it is whole, with bounds on everything."""

from __future__ import annotations

from typing import Final, Protocol
from urllib.parse import unquote

import httptools

from roadworthy.foundation.errors import InvalidInput, RoadworthyError, TooLarge, UsageError
from roadworthy.interfaces.gateway.carrying import Request, Said
from roadworthy.interfaces.gateway.heads import headers_of

MOST_HEADERS: Final = 100
MOST_HEADER_BYTES: Final = 65_536
MOST_URL_BYTES: Final = 8_192
MOST_FRAMING_BYTES: Final = 524_288
"""That may come without any of a body among them."""
_OFFER: Final = frozenset({b"connection", b"upgrade"})
"""Headers by which a client offers to speak something else."""
_NOTHING: Final[tuple[bytes, bytes, list[tuple[bytes, bytes]]]] = (b"", b"", [])


class Slow(UsageError):
    """The request did not arrive in time."""

    status = 408
    title = "The request took too long to arrive"


class Hears(Protocol):
    """The connection, as it is told of requests."""

    def begins(self) -> None:
        """A request begins."""

    def head_came(self, *, asks: bool) -> None:
        """The head of a request is whole; `asks` whether its client waits to be told to go on."""

    def came(self, request: Request, *, chunked: bool, last: bool) -> None:
        """A request is whole, or has a fault; after the last one nothing more is read."""

    def refuse(self, status: bytes) -> None:
        """What came is no request."""


class Reader:
    """Reads the requests of one connection.

    Args:
        connection: is told of them.
        ends: address of the client, and ours.
        most: bytes of a body.
    """

    def __init__(self, connection: Hears, ends: tuple[str, str], most: int) -> None:
        self._connection = connection
        self._ends = ends
        self._most = most
        self._parser: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)
        self._request: Request | None = None
        """The one that is being read, once its head is whole."""
        self._known = _NOTHING
        self._body: bytes | bytearray = b""
        self._header_bytes = self._size = self._framing_bytes = 0
        self._said: Said | None = None
        """What the request before said, and in which bytes."""
        self._begin()

    def feed(self, data: bytes) -> None:
        """Bytes came."""
        parser = self._parser
        if parser is None:
            return  # the client is only heard out
        self._framing_bytes += len(data)
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade as offered:
            self._decline(parser.get_method(), data[offered.args[0] :])
        except httptools.HttpParserError:
            self._refuse(b"400 Bad Request")
        if self._framing_bytes > MOST_FRAMING_BYTES:  # the parser keeps a line that does not end, however long it is
            self._too_long()

    def stop(self) -> None:
        """Read nothing more."""
        self._parser = None

    def slow(self) -> None:
        """The request that is being read takes too long."""
        self._break_off(
            Slow(
                "request-too-slow",
                "the request did not arrive in time",
                remedy="send it again over a better connection",
            )
        )

    # ------------------------------------------------------------ told by the parser

    def on_message_begin(self) -> None:
        """A request begins."""
        self._begin()
        self._connection.begins()

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        self._url += url
        if len(self._url) > MOST_URL_BYTES:
            self._refuse(b"414 URI Too Long")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; a trailer is none to us."""
        if self._request is not None:
            return
        self._header_bytes += len(name) + len(value)
        if len(self._headers) >= MOST_HEADERS or self._header_bytes > MOST_HEADER_BYTES:
            self._refuse(b"431 Request Header Fields Too Large")
            return
        name = name.lower()
        if name == b"content-length":
            self._length = value
        else:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is whole."""
        parser = self._parser
        if parser is None or parser.should_upgrade():
            return
        said = self._as_before(parser.get_method())
        self._request = Request(said)
        if self._length.isdigit() and int(self._length[:20]) > self._most:
            self._break_off(_too_large(self._most))
        else:
            self._connection.head_came(asks=said.headers.get("expect", "").lower() == "100-continue")

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if self._parser is None:
            return
        self._framing_bytes = 0
        if not self._body:
            self._body = body
        elif isinstance(self._body, bytes):
            self._body = bytearray(self._body) + body
        else:
            self._body += body  # a list of pieces would take fifty bytes for each of those that have one
        self._size += len(body)
        if self._size > self._most:
            self._break_off(_too_large(self._most))

    def on_message_complete(self) -> None:
        """The request is whole."""
        request, parser = self._request, self._parser
        if parser is None or request is None:
            return
        request.body = bytes(self._body)
        last = not parser.should_keep_alive()
        if last:
            self._parser = None
        self._connection.came(request, chunked=parser.get_http_version() != "1.0", last=last)

    # ------------------------------------------------------------ inside

    def _as_before(self, method: bytes) -> Said:
        """What the head says; read only where it is another than that of the request before."""
        known = method, self._url, self._headers
        if self._said is None or known != self._known:
            headers, fault = _read(self._headers)
            self._said = Said(method.decode("ascii"), _path(self._url), headers, self._ends, fault)
            self._known = known if fault is None else _NOTHING
        return self._said

    def _begin(self) -> None:
        self._url = self._length = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._header_bytes = self._size = self._framing_bytes = 0
        self._body = b""
        self._request = None

    def _refuse(self, status: bytes) -> None:
        if self._parser is not None:
            self._parser = None
            self._connection.refuse(status)

    def _too_long(self) -> None:
        """Lines that do not end: of a head, or behind a body."""
        if self._request is None:
            self._refuse(b"431 Request Header Fields Too Large")
        else:
            self._break_off(_too_large(self._most))

    def _break_off(self, fault: RoadworthyError) -> None:
        """Hand on a request that is not whole; it is the last one."""
        request = self._request
        self._parser = None
        if request is not None:
            request.fault = fault
            self._connection.came(request, chunked=True, last=True)

    def _decline(self, method: bytes, rest: bytes) -> None:
        """Go on as if another protocol had not been offered; nothing else is spoken here (RFC 9110, section 7.8).

        The parser took the body for the other protocol, so the request is read again without the offer.
        """
        if method == b"CONNECT":
            self._refuse(b"405 Method Not Allowed")
        elif self._parser is not None:
            self._parser = httptools.HttpRequestParser(self)
            kept = [b"%b: %b\r\n" % each for each in self._headers if each[0] not in _OFFER]
            if self._length:
                kept.append(b"content-length: %b\r\n" % self._length)
            self.feed(b"%b %b HTTP/1.1\r\n%b\r\n%b" % (method, self._url, b"".join(kept), rest))


def _read(raw: list[tuple[bytes, bytes]]) -> tuple[dict[str, str], InvalidInput | None]:
    """Headers, and what is wrong with them."""
    try:
        return headers_of(raw), None
    except InvalidInput as error:
        return {}, error


def _path(url: bytes) -> str:
    path = url.partition(b"?")[0] if url.startswith(b"/") else httptools.parse_url(url).path or b"/"
    text = path.decode("latin-1")
    return unquote(text) if "%" in text else text


def _too_large(most: int) -> TooLarge:
    return TooLarge(
        "body-too-large",
        f"a request has at most {most} bytes",
        remedy="send less at once; whoever runs the gateway sets `gateway_megabytes`",
    )
