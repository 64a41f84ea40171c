"""Clients that mean harm, at every address of the gateway that takes a body: bounded, told, and nobody else notices."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator

import pytest

from roadworthy.operate.admission.kinds import Endpoint
from tests.faults.test_gateway_endless import MOST_GROWTH, forget, peak
from tests.harness.gateway import SURFACES, Running, gateway

PATHS = (
    "/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/embeddings", "/v2/models/fraud/infer",
    "/endpoints/scoring/invocations", "/v1/decide", "/v1/outcome", "/mcp", "/v1/actions/none",
)  # fmt: skip
MEGABYTE = 1_048_576
UNFIT: dict[str, bytes] = {
    "nothing": b"",
    "a list": b"[]",
    "a text": b'"x"',
    "cut off": b'{"model": "alone", "messages": [',
    "no UTF-8": b'{"model": "alone", "input": "\xff\xfe", "messages": "\xff"}',
    "half a sign": b'{"model": "alone", "input": "\\ud800", "messages": [{"content": "\\udfff"}]}',
    "deep objects": b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
    "deep lists": b"[" * 100_000,
    "deep inside": b'{"model": "alone", "input": ' + b"[" * 500 + b"]" * 500 + b"}",
    "names twice": b'{"model": "alone", "model": "gpt", "messages": [], "messages": []}',
    "a large number": b'{"model": "alone", "n": 1e999999, "max_tokens": ' + b"9" * 5_000 + b"}",
    "null bytes": b'{"model": "alone\\u0000", "call": "\\u0000"}\0\0',
    "UTF-16": '{"model": "alone"}'.encode("utf-16"),
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with gateway(tmp_path_factory.mktemp("gateway") / "home", gateway_megabytes=1) as made:
        surfaces = [*(each for each in SURFACES if each != "invocations"), "decide"]
        made.declare(Endpoint, main={**made.endpoint, "surfaces": surfaces})
        yield made


def connected(running: Running) -> socket.socket:
    host, port = running.address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def asked(running: Running, path: str, body: bytes) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(running.address.removeprefix("http://"), timeout=60)
    connection.request(
        "POST", path, body, {"Authorization": f"Bearer {running.key}", "Content-Type": "application/json"}
    )
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    return answer.status, said


def status(running: Running, data: bytes) -> int:
    """What is answered to bytes of which the end never comes."""
    with connected(running) as sock:
        with contextlib.suppress(ConnectionError):
            sock.sendall(data)
        found = b""
        with contextlib.suppress(ConnectionError):
            while b"\r\n" not in found and (part := sock.recv(65_536)):
                found += part
    return int(found.split(b" ")[1])


def head(running: Running, path: str, *lines: bytes) -> bytes:
    said = b"POST %b HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\n" % (path.encode(), running.key.encode())
    return said + b"".join(lines) + b"\r\n"


@pytest.mark.parametrize("path", PATHS)
def test_bodies_that_are_none_are_told_so_and_go_nowhere(running: Running, path: str) -> None:
    running.first.requests.clear()
    for name, body in UNFIT.items():
        told, said = asked(running, path, body)
        assert 400 <= told < 500, (name, told, said)
        assert "error" in (document := json.loads(said)) or "code" in document, name
        assert b"Traceback" not in said
    assert running.first.requests == []


@pytest.mark.parametrize("path", PATHS)
def test_what_is_too_large_is_not_waited_for_and_not_kept(running: Running, path: str) -> None:
    before = forget()
    assert status(running, head(running, path, b"Content-Length: 104857600\r\n")) == 413
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    assert status(running, head(running, path, b"Transfer-Encoding: chunked\r\n") + chunk * 64) == 413
    tiny = b"2\r\n  \r\n" * 700_000
    assert status(running, head(running, path, b"Transfer-Encoding: chunked\r\n") + tiny) == 413
    assert peak() - before < MOST_GROWTH


@pytest.mark.parametrize("path", PATHS)
def test_heads_that_flood_are_refused(running: Running, path: str) -> None:
    first = head(running, path)[:-2]
    before = forget()
    assert status(running, first + b"".join(b"X-%d: 1\r\n" % each for each in range(200)) + b"\r\n") == 431
    assert status(running, first + b"X: " + b"y" * 100_000 + b"\r\n\r\n") == 431
    assert status(running, first + b"X: " + b"y" * 8 * MEGABYTE) == 431, "a line that does not end"
    assert status(running, b"POST /" + b"y" * 8 * MEGABYTE) == 414
    trailer = b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: " + b"y" * 8 * MEGABYTE
    assert status(running, first + trailer) == 413
    assert peak() - before < MOST_GROWTH


def test_whoever_comes_slowly_keeps_nobody_waiting(running: Running) -> None:
    with contextlib.ExitStack() as stack:
        for path in PATHS * 10:
            sock = stack.enter_context(connected(running))
            sock.sendall(head(running, path, b"Content-Length: 10\r\n")[: 40 + len(path)])
        body = json.dumps({"model": "alone", "messages": [{"role": "user", "content": "Hi."}]}).encode()
        assert asked(running, "/v1/chat/completions", body)[0] == 200
