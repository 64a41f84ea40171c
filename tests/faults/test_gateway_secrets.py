"""What is secret stays where it belongs: canaries in every place of a request, through every way in which it can end.

Searched are everything that is written down: logs at the level `debug`, spans at a collector that reads the protocol,
metrics, and every byte below the home, which is what a backup holds: database, journal, segments, ledger.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import io
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import structlog

from roadworthy.foundation import logs
from roadworthy.operate.admission.keys.model import Wanted
from roadworthy.operate.admission.kinds import Endpoint
from roadworthy.operate.calls.upstreams.declared import Upstream as Declaration
from tests.harness.gateway import CASE, PATIENT, QUICK, SECRET, Running, gateway
from tests.harness.upstream import Case

CHAT, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/responses", "/v1/messages"


def canary(name: str) -> str:
    """A text that stands nowhere else."""
    return f"canary7q{name.replace('-', '')}x9z"


def _chat(text: str = "Hi.", **more: Any) -> dict[str, Any]:
    return {"model": "leaks", "messages": [{"role": "user", "content": text}], **more}


Sent = tuple[str, dict[str, str], bytes]
"""Address, headers, body."""


def _headers(**changed: str) -> Callable[[str, str], Sent]:
    def sent(key: str, secret: str) -> Sent:
        said = {"Authorization": f"Bearer {key}"}
        said |= {name.replace("_", "-"): value.replace("$", secret) for name, value in changed.items()}
        return CHAT, said, json.dumps(_chat()).encode()

    return sent


def _body(make: Callable[[str], Any], path: str = CHAT) -> Callable[[str, str], Sent]:
    def sent(key: str, secret: str) -> Sent:
        made = make(secret)
        body = made if isinstance(made, bytes) else json.dumps(made).encode()
        return path, {"Authorization": f"Bearer {key}"}, body

    return sent


def _path(form: str) -> Callable[[str, str], Sent]:
    return lambda key, secret: (
        form.replace("$", secret), {"Authorization": f"Bearer {key}"}, json.dumps(_chat()).encode(),
    )  # fmt: skip


def _said(role: str, **more: Any) -> Callable[[str], Any]:
    asked = {"role": "user", "content": "Hi."}
    return lambda secret: _chat(messages=[{"role": role, "content": secret, **more}, asked])


PLACES: Mapping[str, Callable[[str, str], Sent]] = {
    "bearer-unknown": _headers(Authorization="Bearer rwg_00000000000a_$"),
    "bearer-foreign": _headers(Authorization="Bearer $"),
    "bearer-token": _headers(Authorization="Bearer eyJhbGciOiJub25lIn0.$.$"),
    "basic": _headers(Authorization="Basic $"),
    "x-api-key": _headers(Authorization="", x_api_key="rwg_$"),
    "api-key": _headers(Authorization="", api_key="$"),
    "user-token": _headers(Roadworthy_User_Token="eyJhbGciOiJub25lIn0.$.sig"),
    "user-token-unfit": _headers(Roadworthy_User_Token="$"),
    "cookie": _headers(Cookie="session=$"),
    "other-header": _headers(X_Internal="$"),
    "idempotency-key": _headers(Idempotency_Key="$"),
    "tracestate": _headers(traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate="a=$"),
    "traceparent-unfit": _headers(traceparent="$"),
    "query": _path(f"{CHAT}?key=$"),
    "password-in-path": _path("/v1/https://user:$@host/"),
    "unknown-path": _path("/v1/$"),
    "user-text": _body(_chat),
    "system-text": _body(_said("system")),
    "tool-text": _body(_said("tool", tool_call_id="t")),
    "masked-mail": _body(lambda secret: _chat(f"Write to {secret}@halden.example now.")),
    "blocked-password": _body(lambda secret: _chat(f"password: {secret}")),
    "tool-definition": _body(
        lambda secret: _chat(tools=[{"type": "function", "function": {"name": "f", "description": secret}}])
    ),
    "unknown-field": _body(lambda secret: _chat(future={"deep": [secret]})),
    "field-name": _body(lambda secret: {**_chat(), secret: 1}),
    "unparsable": _body(lambda secret: b'{"model": "leaks", "messages": "' + secret.encode()),
    "not-utf8": _body(lambda secret: b'{"model": "leaks", "x": "\xff' + secret.encode() + b'"}'),
    "too-deep": _body(lambda secret: b'{"a":' * 90 + b'"' + secret.encode() + b'"' + b"}" * 90),
    "too-large": _body(lambda secret: (secret * 70_000).encode()),
    "not-a-message": _body(lambda secret: {"model": "leaks", "messages": [secret]}),
    "responses-input": _body(lambda secret: {"model": "leaks", "input": secret}, RESPONSES),
    "decide-text": _body(lambda secret: {"model": "leaks", "texts": [{"role": "user", "text": secret}]}, "/v1/decide"),
    "decide-unfit": _body(lambda secret: {"model": "leaks", secret: 1}, "/v1/decide"),
    "outcome-unfit": _body(lambda secret: {"call": "x", "outcome": "answered", "usage": secret}, "/v1/outcome"),
}
"""Where a secret may stand in what a client sends."""
ENDS = ("", "400", "401", "500", "reset", "truncated", "bad-json", "html", "stalls", "echo")
"""How the upstream answers; the last repeats what it was asked, in an error."""
HASTY = {**QUICK, "idle": "100ms", "firstToken": "100ms"}


@dataclass
class Collector:
    """Takes what OTLP over HTTP brings."""

    address: str = ""
    bodies: list[bytes] = field(default_factory=list)


@contextlib.contextmanager
def collector() -> Iterator[Collector]:
    made = Collector()

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.bodies.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_said: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Takes)
    made.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Tried:
    """What was written down, and what clients were told."""

    sinks: Mapping[str, bytes]
    told: dict[tuple[str, str], bytes]
    key: str


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    home = tmp_path_factory.mktemp("secrets") / "home"
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger().addHandler(handler)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    with contextlib.redirect_stderr(written), collector() as spans:
        logs.configure("debug", "json")
        with gateway(home, gateway_megabytes=1, otlp_endpoint=spans.address) as running:
            told = _sent(running)
            running.app.telemetry.flush()
            metrics = _asked(running, "GET", "/metrics", {}, b"")[1]
            key = running.key
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(level)
        structlog.reset_defaults()
    kept = b"\n".join(each.read_bytes() for each in sorted(home.rglob("*")) if each.is_file())
    sinks = {"logs": written.getvalue().encode(), "spans": b"\n".join(spans.bodies), "metrics": metrics, "home": kept}
    return Tried(sinks, told, key)


def _sent(running: Running) -> dict[tuple[str, str], bytes]:
    told: dict[tuple[str, str], bytes] = {}
    context = running.app.identity.local_user("keeper").context("tests")
    keys = {}
    for end in ENDS:
        name = f"leaks-{end or 'well'}"
        running.first.cases[name] = Case(end)
        running.declare_quietly(
            Declaration,
            **{name: {"adapter": "openai", "address": f"{running.first.address}/case/{name}/v1",
                      "secret": "env:TEST_UPSTREAM_SECRET"}},
        )  # fmt: skip
        spec = {
            "useCase": CASE, "surfaces": ["chat-completions", "responses", "decide"], "retries": {"attempts": 0},
            "timeouts": HASTY if end == "stalls" else PATIENT,
            "models": [{"name": "leaks", "targets": [{"upstream": name, "model": "real"}]}],
            "guards": {"patterns": [{"name": "email", "request": "mask"}]},
        }  # fmt: skip
        running.declare_quietly(Endpoint, **{name: spec})
        keys[end], _ = running.app.admitting.keys.new(context, Wanted(name, CASE, endpoints=(name,)))
    running.app.admitting.reloading.look()
    for end in ENDS:
        for place, make in PLACES.items():
            path, headers, body = make(keys[end], canary(place))
            running.first.cases[f"leaks-{end or 'well'}"].pause = 0
            for reached in running.app.gateway.fleet.all():
                reached.breaker.well()
            told[place, end] = _asked(running, "POST", path, headers, body)[1]
    return told


def _asked(running: Running, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(running.address.removeprefix("http://"), timeout=60)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except ConnectionError:  # the body was not read to its end
        return 0, b""
    finally:
        connection.close()


def test_there_are_thirty_of_them_and_the_sinks_were_written_to(tried: Tried) -> None:
    assert len(PLACES) >= 30
    assert len(tried.told) == len(PLACES) * len(ENDS)
    assert all(len(sink) > 500 for sink in tried.sinks.values())
    assert b"leaks-well" in tried.sinks["spans"]
    assert b"leaks-well" in tried.sinks["home"]


@pytest.mark.parametrize("place", PLACES)
def test_nothing_of_a_request_is_written_down(tried: Tried, place: str) -> None:
    found = {name: _around(sink, canary(place).encode()) for name, sink in tried.sinks.items()}
    assert {name: around for name, around in found.items() if around} == {}


def test_keys_and_secrets_are_in_no_sink_and_told_to_nobody(tried: Tried) -> None:
    for secret in (SECRET, tried.key, tried.key.split("_", 2)[2]):
        found = {name: _around(sink, secret.encode()) for name, sink in tried.sinks.items()}
        assert {name: around for name, around in found.items() if around} == {}
        assert [cell for cell, told in tried.told.items() if secret.encode() in told] == []


def _around(sink: bytes, what: bytes) -> bytes:
    at = sink.find(what)
    return sink[max(0, at - 120) : at + 120] if at >= 0 else b""
