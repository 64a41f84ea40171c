"""HTTP/1.1 as the gateway speaks it: requests one after the other, old clients, offers of other protocols, and time."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from roadworthy.interfaces.gateway import protocol
from tests.harness.gateway import Running, gateway

CHAT = json.dumps({"model": "alone", "messages": [{"role": "user", "content": "Hi."}]}).encode()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with gateway(tmp_path_factory.mktemp("gateway") / "home", gateway_megabytes=1) as made:
        yield made


def connected(running: Running) -> socket.socket:
    host, port = running.address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def to_the_end(sock: socket.socket) -> bytes:
    found = b""
    while part := sock.recv(65_536):
        found += part
    return found


def answers(sock: socket.socket, count: int) -> list[tuple[int, dict[str, str], bytes]]:
    """Status, headers and body of so many answers with a length."""
    found: list[tuple[int, dict[str, str], bytes]] = []
    data = b""
    while len(found) < count:
        head, gap, rest = data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        length = int(headers.get("content-length", 0))
        if gap and len(rest) >= length:
            found.append((int(lines[0].split()[1]), headers, rest[:length]))
            data = rest[length:]
            continue
        part = sock.recv(65_536)
        assert part, data
        data += part
    return found


def chat(running: Running, *more: str, version: str = "1.1", body: bytes = CHAT) -> bytes:
    lines = [f"POST /v1/chat/completions HTTP/{version}", "Host: x", f"Authorization: Bearer {running.key}"]
    return "\r\n".join([*lines, *more, f"Content-Length: {len(body)}", "", ""]).encode() + body


def test_requests_that_come_at_once_are_answered_one_after_the_other(running: Running) -> None:
    with connected(running) as sock:
        sock.sendall(chat(running) + b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n" + chat(running))
        first, second, third = answers(sock, 3)
        assert [each[0] for each in (first, second, third)] == [200, 200, 200]
        assert second[1]["content-type"] == "text/plain"
        assert first[1]["roadworthy-call"] < third[1]["roadworthy-call"]
        assert "connection" not in third[1]
        sock.sendall(chat(running))
        assert answers(sock, 1)[0][0] == 200


def test_a_request_that_comes_byte_by_byte_is_read_as_one(running: Running) -> None:
    with connected(running) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        whole = chat(running)
        for at in range(0, len(whole), 7):
            sock.sendall(whole[at : at + 7])
        assert answers(sock, 1)[0][0] == 200


def test_an_old_client_reads_to_the_end_of_the_connection(running: Running) -> None:
    streamed = json.dumps({**json.loads(CHAT), "stream": True}).encode()
    for body, kind in ((CHAT, b"application/json"), (streamed, b"text/event-stream")):
        with connected(running) as sock:
            sock.sendall(chat(running, version="1.0", body=body))
            head, _, said = to_the_end(sock).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert kind in head
            assert b"chunked" not in head
            assert b"connection: close" in head
            assert said.endswith((b"}", b"data: [DONE]\n\n"))


def test_an_offer_of_another_protocol_is_not_taken_and_the_connection_goes_on(running: Running) -> None:
    offer = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")
    with connected(running) as sock:
        for _ in range(2):
            sock.sendall(chat(running, *offer))
            assert answers(sock, 1)[0][0] == 200
        sock.sendall(chat(running))
        assert answers(sock, 1)[0][0] == 200


def test_a_tunnel_is_refused(running: Running) -> None:
    with connected(running) as sock:
        sock.sendall(b"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert to_the_end(sock).startswith(b"HTTP/1.1 405")


def test_a_client_that_asks_before_it_sends_is_told_to_go_on(running: Running) -> None:
    whole = chat(running, "Expect: 100-continue")
    with connected(running) as sock:
        sock.sendall(whole[: -len(CHAT)])
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(CHAT)
        assert answers(sock, 1)[0][0] == 200


def test_only_the_head_is_sent_where_only_that_is_asked_for(running: Running) -> None:
    with connected(running) as sock:
        sock.sendall(b"HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        head, _, body = to_the_end(sock).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert b"content-length: 13" in head
    assert body == b""


@pytest.mark.parametrize("address", ["http://x/healthz", "/healthz?a=b", "/h%65althz"])
def test_addresses_are_read_in_every_form(running: Running, address: str) -> None:
    with connected(running) as sock:
        sock.sendall(f"GET {address} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert answers(sock, 1)[0][2] == b'{"live":true}'


def test_who_says_nothing_or_stops_halfway_is_told_and_let_go(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.1)
    monkeypatch.setattr(protocol, "BODY_SECONDS", 0.1)
    whole = chat(running)
    with connected(running) as silent, connected(running) as halfway, connected(running) as bodiless:
        halfway.sendall(whole[:40])
        bodiless.sendall(whole[:-5])
        assert to_the_end(silent).startswith(b"HTTP/1.1 408")
        assert to_the_end(halfway).startswith(b"HTTP/1.1 408")
        status, headers, body = answers(bodiless, 1)[0]
    assert (status, headers["connection"]) == (408, "close")
    assert json.loads(body)["error"]["code"] == "request-too-slow"


def test_a_connection_that_nobody_uses_ends(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "IDLE_SECONDS", 0.1)
    with connected(running) as sock:
        sock.sendall(chat(running))
        assert answers(sock, 1)[0][0] == 200
        assert to_the_end(sock) == b""
