"""Servers of the Model Context Protocol with faults that no real one has on purpose, over HTTP and as a process.

As a process: `python -m tests.harness.mcp_servers.faulty`. Tools are named after what goes wrong when they are called.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR
from typing import Any, ClassVar, Final

SCHEMA: Final = {"type": "object", "properties": {"n": {"type": "integer", "x-mcp-header": "N"}}}
GOOD: Final = {"content": [{"type": "text", "text": "good"}]}
GIANT: Final = "x" * 2_000_000


def tool(name: str, description: str = "") -> dict[str, Any]:
    """A tool as a list has it."""
    return {"name": name, "description": description, "inputSchema": SCHEMA}


@dataclass
class Faulty:
    """What a server does."""

    modern: bool = True
    description: str = "as it was"
    address: str = ""
    calls: list[str] = field(default_factory=list)
    """Names of tools that were called, each time."""
    headers: list[dict[str, str]] = field(default_factory=list)
    sessions: int = 0
    greeted: set[str] = field(default_factory=set)
    endless: bool = False
    """Whether the list of tools has no end."""

    def listed(self, cursor: Any) -> dict[str, Any]:
        """A page of tools."""
        said: dict[str, Any] = {
            "tools": [tool(f"page-{cursor or 0}", self.description), tool("good", self.description)]
        }
        if self.endless or cursor is None:
            said["nextCursor"] = "on" if self.endless else "1"
        return said


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    faulty: ClassVar[Faulty]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's
        """Nothing: tests read answers."""

    def do_POST(self) -> None:
        faulty = self.faulty
        said = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
        method, params = said.get("method"), said.get("params", {})
        faulty.headers.append({name.lower(): value for name, value in self.headers.items()})
        if "id" not in said:
            self._answer(202, b"")
        elif method == "server/discover" and faulty.modern:
            self._result(said, {"supportedVersions": ["2026-07-28"], "capabilities": {}, "resultType": "complete",
                                "ttlMs": 0, "cacheScope": "private"})  # fmt: skip
        elif method == "server/discover":
            self._answer(400, b"Bad Request: no session")
        elif method == "initialize":
            faulty.sessions += 1
            faulty.greeted.add(f"s-{faulty.sessions}")
            result = {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "x", "version": "1"}}
            self._result(said, result, {"Mcp-Session-Id": f"s-{faulty.sessions}"})
        elif not faulty.modern and self.headers.get("Mcp-Session-Id") not in faulty.greeted:
            self._answer(
                404, b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no session"}}', "application/json"
            )
        elif method == "tools/list":
            self._result(said, faulty.listed(params.get("cursor")))
        else:
            faulty.calls.append(params["name"])
            getattr(self, f"_{params['name'].replace('-', '_')}")(said)

    # ------------------------------------------------------------ tools

    def _good(self, said: dict[str, Any]) -> None:
        self._result(said, GOOD)

    def _bad(self, said: dict[str, Any]) -> None:
        self._result(said, {**GOOD, "isError": True})

    def _giant(self, said: dict[str, Any]) -> None:
        self._result(said, {"content": [{"type": "text", "text": GIANT}]})

    def _flood(self, _said: dict[str, Any]) -> None:
        self._head(200, "text/event-stream", {"Connection": "close"})
        try:
            for _ in range(400):
                self.wfile.write(b"data: " + b"x" * 65_536 + b"\n")
        except OSError:
            return

    def _dies(self, _said: dict[str, Any]) -> None:
        self.connection.shutdown(SHUT_RDWR)
        self.close_connection = True

    def _half(self, _said: dict[str, Any]) -> None:
        self._head(200, "application/json", {"Content-Length": "100", "Connection": "close"})
        self.wfile.write(b'{"jsonrpc": "2.0"')
        self.close_connection = True

    def _half_stream(self, _said: dict[str, Any]) -> None:
        self._head(200, "text/event-stream", {"Connection": "close"})
        self.wfile.write(b'data: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\n\n')
        self.close_connection = True

    def _stream(self, said: dict[str, Any]) -> None:
        self._head(200, "text/event-stream", {"Connection": "close"})
        body = json.dumps({"jsonrpc": "2.0", "id": said["id"], "result": GOOD}, indent=1)
        lines = "".join(f"data: {line}\n" for line in body.splitlines())
        for part in (": comment\r\n\r\n", "id: 1\r\ndata:\r\n\r\n",
                     'data: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n',
                     f"event: message\n{lines}\n"):  # fmt: skip
            self.wfile.write(part.encode())
            self.wfile.flush()
        self.close_connection = True

    def _other_id(self, said: dict[str, Any]) -> None:
        self._result({**said, "id": 424242}, GOOD)

    def _html(self, _said: dict[str, Any]) -> None:
        self._answer(200, b"<html>", "text/html")

    def _not_json(self, _said: dict[str, Any]) -> None:
        self._answer(200, b"{]", "application/json")

    def _elsewhere(self, _said: dict[str, Any]) -> None:
        self._answer(307, b"", headers={"Location": "http://127.0.0.1:9/mcp"})

    def _sick(self, _said: dict[str, Any]) -> None:
        self._answer(500, b"oops")

    def _busy(self, _said: dict[str, Any]) -> None:
        self._answer(503, b"", headers={"Retry-After": "7"})

    def _wants_input(self, said: dict[str, Any]) -> None:
        self._result(said, {"resultType": "input_required", "requestState": "s"})

    def _task(self, said: dict[str, Any]) -> None:
        self._result(said, {"resultType": "task", "taskId": "t", "status": "working"})

    def _no_such(self, said: dict[str, Any]) -> None:
        self._error(said, -32602, "Unknown tool")

    def _confused(self, said: dict[str, Any]) -> None:
        self._error(said, -32603, "Internal error")

    # ------------------------------------------------------------ answers

    def _result(self, said: dict[str, Any], result: Any, headers: dict[str, str] | None = None) -> None:
        body = json.dumps({"jsonrpc": "2.0", "id": said["id"], "result": result}).encode()
        self._answer(200, body, "application/json", headers)

    def _error(self, said: dict[str, Any], code: int, message: str) -> None:
        body = json.dumps({"jsonrpc": "2.0", "id": said["id"], "error": {"code": code, "message": message}})
        self._answer(200, body.encode(), "application/json")

    def _answer(
        self, status: int, body: bytes, media: str = "text/plain", headers: dict[str, str] | None = None
    ) -> None:
        self._head(status, media, {"Content-Length": str(len(body)), **(headers or {})})
        self.wfile.write(body)

    def _head(self, status: int, media: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": media, **headers}.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def faulty_over_http(**options: Any) -> Iterator[Faulty]:
    """One over HTTP, on loopback until the end of the block."""
    made = Faulty(**options)
    handler = type("Handler", (_Handler,), {"faulty": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    made.address = f"http://127.0.0.1:{server.server_address[1]}/mcp"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main() -> None:
    """Be a process that is greeted, and whose tools end it in their own ways."""
    for line in sys.stdin:
        said = json.loads(line)
        method, id_ = said.get("method"), said.get("id")
        if method == "server/discover":
            _say({"id": id_, "error": {"code": -32601, "message": "what?"}})
        elif method == "initialize":
            server = {"name": "x", "version": "1"}
            _say({"id": id_, "result": {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": server}})
        elif method == "tools/call" and (result := _called(said["params"]["name"])) is not None:
            _say({"id": id_, "result": result})


def _called(name: str) -> Any:
    """What a tool comes to; None where nothing is said."""
    match name:
        case "dies":
            os._exit(3)
        case "flood":
            sys.stdout.write("x" * 9_000_000 + "\n")
            sys.stdout.flush()
        case "chatter":
            print("this is no message")  # noqa: T201 - the fault
            print("secrets do not belong here: token=abc", file=sys.stderr)  # noqa: T201 - as servers do
        case "environment":
            return {"content": [{"type": "text", "text": json.dumps(dict(os.environ))}]}
        case "silent":
            return None
    return GOOD


def _say(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **said}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
