"""Requests hidden in requests, sent to the gateway itself and through a real nginx with the configuration we hand out.

Whatever is sent as one is read as one or refused, and nobody's request is read under the key of somebody else.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from roadworthy.operate.admission.keys.model import Wanted
from tests.harness.gateway import CASE, Running, gateway
from tests.harness.nginx import nginx

HIDDEN, OUTER, OWN = "hidden words", "outer words", "own words"
LINE = b"POST /v1/chat/completions HTTP/1.1\r\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with gateway(tmp_path_factory.mktemp("gateway") / "home") as made:
        yield made


@pytest.fixture(scope="module", params=["direct", "nginx"])
def door(request: pytest.FixtureRequest, running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "direct":
        yield running.address
        return
    port = int(running.address.rpartition(":")[2])
    with nginx(tmp_path_factory.mktemp("nginx") / "here", [port]) as address:
        yield address


@pytest.fixture(scope="module")
def other(running: Running) -> str:
    """The key of somebody else."""
    context = running.app.identity.local_user("keeper").context("tests")
    key, _ = running.app.admitting.keys.new(context, Wanted("other", CASE, stage="pilot"))
    running.app.admitting.reloading.look()
    return key


def chat(words: str) -> bytes:
    return json.dumps({"model": "alone", "messages": [{"role": "user", "content": words}]}).encode()


def whole(key: str, words: str, *more: bytes) -> bytes:
    """A request as it should be."""
    body = chat(words)
    return head(key, b"Content-Length: %d\r\n" % len(body), *more) + body


def head(key: str, *lines: bytes, first: bytes = LINE) -> bytes:
    return (
        first
        + b"Host: gateway.example.org\r\nAuthorization: Bearer "
        + key.encode()
        + b"\r\n"
        + b"".join(lines)
        + b"\r\n"
    )


def chunks(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


LF_LENGTH = b"X: y\nContent-Length: %d\n\r\n"
LENIENT = (b"0\n\n", b"0;\n\r\n", b"0;x=\n\r\n\r\n", b"0 x\r\n\r\n", b"0\r\nX y\r\n\r\n", LF_LENGTH)
LAST = b"Connection: close\r\n"
TE = b"Transfer-Encoding: chunked\r\n"
UNFIT_CODINGS = (
    b"Transfer-Encoding: xchunked\r\n", b"Transfer-Encoding : chunked\r\n", b" Transfer-Encoding: chunked\r\n",
    b"X: y\r\n Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: chunked, identity\r\n",
    b"Transfer-Encoding: identity, chunked\r\n", TE + b"Transfer-Encoding: identity\r\n",
    b"Transfer-Encoding: identity\r\n" + TE, TE + TE, b"Transfer-Encoding\r\n: chunked\r\n",
    b"Transfer-Encoding:\r\n chunked\r\n", b"Transfer-Encoding: \x0bchunked\r\n", b"Transfer-Encoding: chunked\x00\r\n",
    b'Transfer-Encoding: "chunked"\r\n', b"Transfer-Encoding: chunked;x=y\r\n", b"Transfer-Encoding: cow\r\n" + TE,
    b"Transfer-Encoding:\tchunked\r\n", b"X: y\rTransfer-Encoding: chunked\r\n",
    b"X: y\nTransfer-Encoding: chunked\r\n",
    b"Connection: upgrade\r\nUpgrade: h2c\r\n" + TE, b"Connection: Transfer-Encoding\r\n" + TE, TE,
)  # fmt: skip
UNFIT_LENGTHS = (
    b"Content-Length: 0\r\nContent-Length: %d\r\n", b"Content-Length: %d\r\nContent-Length: 0\r\n",
    b"Content-Length: 0, %d\r\n", b"Content-Length: +%d\r\n", b"Content-Length: -%d\r\n", b"Content-Length: 0x%x\r\n",
    b"Content-Length: %d \x0b\r\n", b"Content-Length : %d\r\n", b"Content-Length:\r\n %d\r\n",
    b" Content-Length: %d\r\n",
    LF_LENGTH, b"X: y\rContent-Length: %d\r\n", b"Content-Length: %d.0\r\n",
    b"Content-Length: %d\x00\r\n", b"Content-Length: 1%d00000000000000000000\r\n",
)  # fmt: skip
UNFIT_CHUNKS = (
    b"0x0\r\n\r\n", b"+0\r\n\r\n", b"-0\r\n\r\n", b"0 x\r\n\r\n", b"0\n\n", b"0\r\r", b"10000000000000000\r\n",
    b"5\r\nabcde0\r\n\r\n",
    b"5\r\nabcdef\r\n0\r\n\r\n", b"0;\n\r\n", b"0;x=\n\r\n\r\n", b"0;x=\r\r\n\r\n", b"\r\n0\r\n\r\n",
    b"g\r\n\r\n", b"0\r\nX y\r\n\r\n",
)  # fmt: skip
UNFIT_LINES = (
    b"POST  /v1/chat/completions HTTP/1.1\r\n", b"POST /v1/chat/completions HTTP/1.1 HTTP/1.1\r\n",
    b"POST /v1/chat/completions HTTP/1.1\n", b"POST\t/v1/chat/completions\tHTTP/1.1\r\n",
    b"POST /v1/chat/completions HTTP/9.9\r\n", b"POST /v1/chat/completions\r\n",
    b"POST /v1/chat/completions HTTP/1.1\r",
    b"POST http://x/v1/chat/completions\r\n", b"POST /v1/chat completions HTTP/1.1\r\n", b" " + LINE,
    b"PO ST / HTTP/1.1\r\n",
)  # fmt: skip


def attempts(key: str) -> Iterator[tuple[str, bytes]]:
    """Everything that is sent as one request, with another hidden where some reader might begin to read it."""
    hidden = whole(key, HIDDEN)
    size = len(hidden)
    for coding in UNFIT_CODINGS:
        for length in (5, 5 + size, 4):
            both = b"Content-Length: %d\r\n" % length
            yield f"{coding!r}, {length}", head(key, both, coding) + b"0\r\n\r\n" + hidden
            yield f"{length}, {coding!r}", head(key, coding, both) + chunks(hidden)
    for lengths in UNFIT_LENGTHS:
        yield repr(lengths), head(key, lengths % size) + hidden
    for chunk in UNFIT_CHUNKS:
        yield repr(chunk), head(key, TE) + chunk + hidden
    for line in UNFIT_LINES:
        yield repr(line), head(key, b"Content-Length: %d\r\n" % size, first=line) + hidden
    yield "in the body", head(key, b"Content-Length: %d\r\n" % size) + hidden
    yield "in a chunk", head(key, TE) + chunks(hidden)
    yield "behind the last", whole(key, OUTER, b"Connection: close\r\n") + hidden
    yield "behind the last of 1.0", whole(key, OUTER).replace(b"HTTP/1.1", b"HTTP/1.0", 1) + hidden
    yield "in a header", head(key, b"X: " + hidden.replace(b"\r\n", b"\n") + b"\r\nContent-Length: 0\r\n")
    yield "in a length of trailers", head(key, TE) + b"0\r\nContent-Length: %d\r\n\r\n" % size
    yield "two hosts", whole(key, HIDDEN, b"Host: other.example\r\n")
    yield "two keys", whole(key, HIDDEN, b"Authorization: Bearer rwg_x\r\n")


def opened(door: str) -> socket.socket:
    host, port = door.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def rest(sock: socket.socket) -> bytes:
    """What comes until the other side ends."""
    found = b""
    with contextlib.suppress(ConnectionError, TimeoutError):
        while part := sock.recv(65_536):
            found += part
    return found


def told(door: str, data: bytes) -> bytes:
    """What is answered to requests of which the last one says that it is the last."""
    with opened(door) as sock:
        sock.sendall(data)
        return rest(sock)


def attacked(door: str, some: Sequence[tuple[str, bytes]], beside: bytes) -> dict[str, bytes]:
    """What is answered to each, sent at once on a connection of its own and left alone until others were answered.

    What is sent after them is read after them, so that by then nothing of theirs lies unread. `beside` is a request of
    somebody else's, the last of its connection.
    """
    with ExitStack() as stack:
        sent = []
        for name, data in some:
            sock = stack.enter_context(opened(door))
            with contextlib.suppress(ConnectionError):
                sock.sendall(data)
            sent.append((name, sock))
        for _ in range(3):
            assert statuses(told(door, beside)) == [200]
        for _, sock in sent:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_WR)
        return {name: rest(sock) for name, sock in sent}


def statuses(answer: bytes) -> list[int]:
    return [int(each) for each in re.findall(rb"HTTP/1\.[01] ([2-5]\d\d)", answer)]


def asked(running: Running) -> list[str]:
    """What the upstream was asked since this was looked at last."""
    words = [each.body["messages"][0]["content"] for each in running.first.requests]
    running.first.requests.clear()
    return words


@pytest.mark.parametrize("part", range(4))
def test_nothing_hidden_is_read(running: Running, door: str, other: str, part: int) -> None:
    running.first.requests.clear()
    answers = attacked(door, list(attempts(running.key))[part::4], whole(other, OWN, LAST))
    assert len(answers) > 30
    several = {name: answer for name, answer in answers.items() if len(statuses(answer)) > 1}
    if door == running.address:
        assert several == {}
        assert HIDDEN not in asked(running)
    # nginx takes a bare line feed for the end of a line (RFC 9112, section 2.2) and passes over what stands behind the
    # size of a chunk, so to it these are two requests. It writes both anew and each has its own key.
    assert set(several) <= {repr(each) for each in LENIENT}
    assert asked(running).count(HIDDEN) <= len(several)
    answer = told(door, whole(other, OWN, LAST))
    assert (statuses(answer), asked(running)) == ([200], [OWN]), "and whoever asks beside it gets the own answer"


def test_requests_that_come_at_once_are_each_read_under_their_own_key(running: Running, door: str, other: str) -> None:
    running.first.requests.clear()
    mine, none = whole(running.key, OUTER), whole("rwg_none", HIDDEN)
    answer = told(door, mine + whole(other, OWN) + none + whole(other, OWN, LAST))
    assert statuses(answer) == [200, 200, 401, 200]
    assert asked(running) == [OUTER, OWN, OWN]
    calls = [each.decode() for each in re.findall(rb"(?i)roadworthy-call: (\S+)", answer)]
    first, second, third = (running.record(each).intent.key for each in (calls[0], calls[1], calls[-1]))
    assert second == third != first


def test_addresses_in_absolute_form_lead_nowhere_else(running: Running, door: str) -> None:
    running.first.requests.clear()
    line = b"POST http://169.254.169.254/v1/chat/completions HTTP/1.1\r\n"
    body = chat(OWN)
    answer = told(door, head(running.key, LAST, b"Content-Length: %d\r\n" % len(body), first=line) + body)
    assert statuses(answer) == [200]
    assert asked(running) == [OWN]


def test_the_page_of_metrics_is_not_reached_through_nginx(running: Running, tmp_path: Path) -> None:
    with nginx(tmp_path / "here", [int(running.address.rpartition(":")[2])]) as address:
        for path in (
            b"/metrics",
            b"//metrics",
            b"/./metrics",
            b"/%6detrics",
            b"/x/../metrics",
            b"http://x/metrics",
            b"/metrics?x",
        ):
            answer = told(address, b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % path)
            assert statuses(answer) != [200], path
