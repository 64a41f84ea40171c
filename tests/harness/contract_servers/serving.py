"""A real HTTP server for as long as a test runs, and the ways in which it can misbehave."""

from __future__ import annotations

import base64
import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.harness.loopback import ANYWHERE, running

Json = Any


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Json


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    status: int
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """Sent as it is, where the point is that it is no JSON."""
    seconds: float = 0.0
    """How long the server thinks before it answers."""
    drips: bool = False
    """One byte at a time, a little later each."""


Fault = Callable[[Asked], Answer | None]


class System:
    """Base of the contract servers: authentication, a record of requests, and faults that are queued for later ones.

    Args:
        credentials: `user:secret` for Basic, or a token for Bearer.
    """

    def __init__(self, credentials: str = "robot:letmein") -> None:
        self.credentials = credentials
        self.asked: list[Asked] = []
        self.faults: deque[Fault] = deque()
        self.lose_answers = 0
        """So many of the coming changes are carried out, and the connection breaks before the answer."""
        self.address = ""

    def changes(self, method: str = "POST") -> list[Asked]:
        """The requests with this method, in order."""
        return [each for each in self.asked if each.method == method]

    def fail(self, *answers: Answer) -> None:
        """Answer the coming requests so, one each."""
        self.faults.extend((lambda _asked, answer=answer: answer) for answer in answers)  # type: ignore[misc]  # the default binds the loop's value

    def signed_in(self, headers: Mapping[str, str]) -> bool:
        """Whether the request shows the right credentials."""
        basic = base64.b64encode(self.credentials.encode()).decode()
        return headers.get("authorization") in {f"Basic {basic}", f"Bearer {self.credentials}"}

    def answer(self, asked: Asked) -> Answer:
        """What the published API answers."""
        raise NotImplementedError

    def refusal(self) -> Answer:
        """What is answered to whoever is not signed in."""
        raise NotImplementedError


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    """Else the body waits until the client has acknowledged the headers, which takes it 40 ms."""
    system: System

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        content = self.rfile.read(int(self.headers.get("content-length") or 0))
        asked = Asked(
            self.command,
            parts.path,
            {name: values[-1] for name, values in parse_qs(parts.query).items()},
            {name.lower(): value for name, value in self.headers.items()},
            json.loads(content) if content else None,
        )
        self.system.asked.append(asked)
        fault = self.system.faults.popleft()(asked) if self.system.faults else None
        if fault is not None:
            self._send(fault)
            return
        if not self.system.signed_in(asked.headers):
            self._send(self.system.refusal())
            return
        answer = self.system.answer(asked)
        if self.command != "GET" and answer.status == 201 and self.system.lose_answers:
            self.system.lose_answers -= 1
            self.close_connection = True
            self.connection.close()
            return
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        time.sleep(answer.seconds)
        content = (
            answer.raw if answer.raw is not None else b"" if answer.body is None else json.dumps(answer.body).encode()
        )
        try:
            self.send_response(answer.status)
            self.send_header("content-type", "application/json" if answer.raw is None else "text/html")
            self.send_header("content-length", str(len(content)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if answer.drips:
                for byte in content:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(0.02)
            else:
                self.wfile.write(content)
        except OSError:
            self.close_connection = True  # the client has had enough


@contextmanager
def serving(system: System) -> Iterator[System]:
    """Serve a system on a free port of this machine."""
    handler = type("Handler", (_Handler,), {"system": system})
    with running(ThreadingHTTPServer(ANYWHERE, handler)) as server:
        system.address = f"http://127.0.0.1:{server.server_address[1]}"
        yield system
