"""Clients that mean harm, or know no better: bounded, told, and nobody else notices."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import json
import socket
from collections.abc import Iterator

import pytest

from roadworthy.operate.telemetry.counting import total
from roadworthy.operate.telemetry.reading import Wanted
from tests.harness.gateway import CASE, Running, gateway


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with gateway(tmp_path_factory.mktemp("gateway") / "home", gateway_megabytes=1, gateway_calls=4) as made:
        yield made


def raw(running: Running, data: bytes) -> bytes:
    host, port = running.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as sock:
        found = b""
        with contextlib.suppress(ConnectionError):
            sock.sendall(data)
        with contextlib.suppress(ConnectionError):
            while part := sock.recv(65_536):
                found += part
                if found.endswith(b"}"):
                    break
        return found


def post(running: Running, body: bytes, *more: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(running.address.removeprefix("http://"), timeout=60)
    connection.putrequest("POST", "/v1/chat/completions")
    connection.putheader("Authorization", f"Bearer {running.key}")
    for each in more:
        connection.putheader(*each.split(": ", 1))
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders()
    connection.send(body)
    answer = connection.getresponse()
    said = json.loads(answer.read())
    connection.close()
    return answer.status, said["error"]["code"]


CHAT = json.dumps({"model": "alone", "messages": [{"role": "user", "content": "Hi."}]}).encode()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "call-body-unreadable"),
        (b"[]", "call-body-unreadable"),
        (b'{"model": "alone", "messages": "\xff\xfe"}', "call-body-unreadable"),
        (b'{"model": "alone", "messages": [{"content": "\\ud800"}]}', "call-body-unreadable"),
        (b'{"a":' * 2_000 + b"1" + b"}" * 2_000, "call-body-too-deep"),
        (b'{"model": "alone", "messages": [{"content": ' + b"[" * 90 + b"]" * 90 + b"}]}", "call-body-too-deep"),
        (b'{"model": "alone", "messages": [1]}', "call-message-unreadable"),
        (b'{"model": "alone"}', "call-messages-missing"),
        (b'{"messages": [{"content": "x"}]}', "call-model-missing"),
    ],
)
def test_bodies_that_are_none_are_told_so(running: Running, body: bytes, code: str) -> None:
    assert post(running, body) == (422, code)


def test_what_somebody_known_sends_and_nobody_can_read_is_on_record(running: Running) -> None:
    assert post(running, b"[1, 2") == (422, "call-body-unreadable")
    running.app.telemetry.flush()
    listed = running.app.telemetry.calls.listed(Wanted(CASE, rule="unreadable", limit=1))
    assert [(each.ruling, each.outcome) for each in listed] == [("refused", "refused")]
    shown = running.app.telemetry.calls.show(listed[0].id)
    assert shown.intent is not None
    assert (shown.intent.rule, shown.intent.about) == ("unreadable", "call-body-unreadable")


def test_a_body_over_the_limit_is_not_waited_for(running: Running) -> None:
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {running.key}\r\n".encode()
    assert raw(running, head + b"Content-Length: 104857600\r\n\r\n").startswith(b"HTTP/1.1 413")
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    assert raw(running, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 40).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"".join(b"X-%d: 1\r\n" % each for each in range(200)), b"431"),
        (b"X: " + b"y" * 100_000 + b"\r\n", b"431"),
        (b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", b"400"),
        (b"Content-Length: 3\r\nContent-Length: 4\r\n", b"400"),
        (b"Transfer-Encoding: xchunked\r\n", b"400"),
        (b"Content-Length: +3\r\n", b"400"),
        (b"Bad Header: x\r\n", b"400"),
        (b"X: a\nY: b\r\n", b"400"),
    ],
)
def test_heads_that_flood_or_smuggle_are_refused(running: Running, head: bytes, status: bytes) -> None:
    running.first.requests.clear()
    told = raw(running, b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n")
    assert told.split(b" ")[1] == status, told[:200]
    assert running.first.requests == []


def test_a_header_that_says_who_asks_stands_there_once(running: Running) -> None:
    assert post(running, CHAT, "Authorization: Bearer rwg_other") == (422, "call-header-twice")


def test_what_follows_a_refusal_still_works(running: Running) -> None:
    connection = http.client.HTTPConnection(running.address.removeprefix("http://"), timeout=60)
    headers = {"Authorization": f"Bearer {running.key}", "Cookie": "a=b", "X-Forwarded-For": "10.0.0.1"}
    connection.request("POST", "/v1/chat/completions", CHAT, headers)
    assert connection.getresponse().status == 200
    connection.close()
    sent = running.first.requests.pop().headers
    assert "cookie" not in sent
    assert "x-forwarded-for" not in sent


def test_more_calls_than_it_makes_are_told_to_come_back_and_counted(running: Running) -> None:
    running.first.wait = 1.0
    connections = []
    for _ in range(8):
        connection = http.client.HTTPConnection(running.address.removeprefix("http://"), timeout=60)
        connection.request("POST", "/v1/chat/completions", CHAT, {"Authorization": f"Bearer {running.key}"})
        connections.append(connection)
    answers = [each.getresponse() for each in connections]
    assert sorted(each.status for each in answers) == [200] * 4 + [429] * 4
    assert all(each.getheader("Retry-After") for each in answers if each.status == 429)
    for each in connections:
        each.close()
    running.first.wait = 0.0
    running.first.requests.clear()
    running.app.telemetry.flush()
    windows = running.app.telemetry.windows.since(running.app.runtime.clock.now() - dt.timedelta(minutes=5))
    counted = total(window for _, window in windows)
    assert counted[f"{CASE}/-"].rules["overload"] == 4
