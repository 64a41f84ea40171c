"""A system of somebody else's that says whatever a test wants, and keeps what it was asked, byte for byte."""

from __future__ import annotations

import http.server
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.harness.acting import More, Shop, action
from tests.harness.loopback import ANYWHERE, running

KEY = "sk-of-the-system-5b1e93"
VARIABLE = "TEST_SAYING_KEY"


@dataclass(frozen=True)
class Heard:
    """What it was asked."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Saying:
    """What it says, and what it heard."""

    status: int = 200
    body: bytes | Callable[[Heard], bytes] = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    heard: list[Heard] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def says(self, body: bytes | Callable[[Heard], bytes], status: int = 200, **headers: str) -> None:
        """Say this from now on, and forget what was heard."""
        self.status, self.body = status, body
        self.headers = {"Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        self.heard.clear()

    def declared(self, **actions: Mapping[str, Any]) -> More:
        """It as the system `other`, with actions; its key is in the environment."""
        system = {"speaks": "http", "address": self.address, "secret": f"env:{VARIABLE}"}
        return More({"other": system}, actions, secrets=f"127.0.0.1:{self.port}=env:{VARIABLE}")


def asks(effect: str = "write", path: str = "/do", **more: Any) -> dict[str, Any]:
    """An action that posts its arguments, whatever they are, to it."""
    schema = more.pop("input", {"type": "object", "additionalProperties": True})
    return action("other", "POST", path, effect, input=schema, **{"idempotency": {"by": "key"}, "attempts": 1, **more})


@contextmanager
def saying() -> Iterator[Saying]:
    """It, until the end of the block."""
    made = Saying()

    class Says(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            heard = Heard(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            made.heard.append(heard)
            said = made.body(heard) if callable(made.body) else made.body
            try:
                self.send_response(made.status)
                for name, value in made.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
            except ConnectionError:
                self.close_connection = True  # whoever asked has read enough

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_said: object) -> None:
            """Nothing: tests read what was heard."""

    with running(http.server.ThreadingHTTPServer(ANYWHERE, Says)) as server:
        made.port = server.server_port
        yield made


def raw(
    there: Shop, text: str, action: str, key: str | None = None, run: str | None = None, **headers: str
) -> httpx.Response:
    """Ask for an action with arguments as they are written."""
    named = "" if run is None else f',"run":{json.dumps(run)}'
    body = f'{{"action":"{action}","arguments":{text}{named}}}'.encode("utf-8", "surrogatepass")
    shown = {"Authorization": f"Bearer {key or there.key}", "Content-Type": "application/json", **headers}
    address = f"{there.running.address}/v1/actions"
    return httpx.post(address, content=body, headers=shown, trust_env=False, timeout=30)
