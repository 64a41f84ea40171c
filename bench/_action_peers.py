"""What an action is measured against: the official SDK's server, and gateways of the protocol that a registry has.

Gateways are no dependency of ours; each is named by where it was installed. One that speaks HTTP to what is behind it
stands before the SDK's server, which is not counted as its own. One that starts its server as a process stands before
a program of a few lines that answers at once, whose CPU is counted with it: some 20 µs an action.
"""

from __future__ import annotations

import http.client
import json
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from bench._gateway_rig import MEASURED_CORE, started
from tests.harness.ports import free_port

VERSION = "2025-11-25"
HEADERS: Final[Mapping[str, str]] = {
    "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": VERSION,
}  # fmt: skip
ARGUMENTS = {"customer": "c-1001", "amount": 2000, "currency": "EUR", "reason": "The screen flickers."}
SDK = """
import sys
from mcp.server import MCPServer
server = MCPServer("peer")
@server.tool(name="act")
def act(customer: str, amount: int, currency: str, reason: str) -> dict[str, str]:
    return {"receipt": "r-1", "status": "done"}
server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]), stateless_http=True, json_response=True)
"""
FASTMCP = """
import sys
from fastmcp.server import create_proxy
create_proxy(sys.argv[2]).run(transport="http", host="127.0.0.1", port=int(sys.argv[1]), stateless_http=True)
"""
BEHIND = r"""
import json, sys
tool = {"name": "act", "inputSchema": {"type": "object"}}
said = {"content": [{"type": "text", "text": "{}"}], "structuredContent": {"receipt": "r-1", "status": "done"}}
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    method, hello = asked["method"], {"capabilities": {"tools": {}}, "serverInfo": {"name": "act", "version": "1"}}
    hello["protocolVersion"] = asked.get("params", {}).get("protocolVersion", "2025-11-25")
    answers = {"initialize": hello, "tools/list": {"tools": [tool]}, "tools/call": said, "ping": {}}
    found = {"result": answers[method]} if method in answers else {"error": {"code": -32601, "message": "no"}}
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], **found}), flush=True)
"""


@dataclass(frozen=True)
class Contender:
    """Something that does an action."""

    name: str
    port: int
    pid: int
    path: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


def call_of(tool: str) -> str:
    """The message that calls a tool."""
    params = {"name": tool, "arguments": ARGUMENTS}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})


@contextmanager
def sdk_server() -> Iterator[Contender]:
    """The official SDK's server, answering the tool by itself."""
    with _listening("MCP SDK server", lambda port: [sys.executable, "-c", SDK, str(port)]) as made:
        yield made


@contextmanager
def fastmcp(python: str, sdk: Contender) -> Iterator[Contender]:
    """The proxy of FastMCP before the SDK's server, by a Python in which it is installed."""
    behind = f"http://127.0.0.1:{sdk.port}/mcp"
    with _listening("FastMCP proxy", lambda port: [python, "-c", FASTMCP, str(port), behind]) as made:
        yield made


@contextmanager
def mcp_proxy(program: str, _sdk: Contender) -> Iterator[Contender]:
    """`mcp-proxy` of PyPI before a process, by its own program."""

    def command(port: int) -> list[str]:
        return [program, "--stateless", "--port", str(port), "--", sys.executable, "-c", BEHIND]

    with _listening("mcp-proxy (PyPI)", command) as made:
        yield made


@contextmanager
def mcp_proxy_js(program: str, _sdk: Contender) -> Iterator[Contender]:
    """`mcp-proxy` of npm before a process, by its own program."""

    def command(port: int) -> list[str]:
        options = ["--host", "127.0.0.1", "--port", str(port), "--server", "stream", "--stateless", "--no-eventStore"]
        return ["node", program, *options, "--", sys.executable, "-c", BEHIND]

    with _listening("mcp-proxy (npm)", command) as made:
        yield made


@contextmanager
def supergateway(program: str, _sdk: Contender) -> Iterator[Contender]:
    """`supergateway` of npm before a process that all clients share in one session, by its own program."""

    def command(port: int) -> list[str]:
        behind = shlex.join([sys.executable, "-c", BEHIND])
        options = ["--outputTransport", "streamableHttp", "--stateful", "--logLevel", "none", "--port", str(port)]
        return ["node", program, "--stdio", behind, *options]

    with _listening("supergateway (npm)", command) as made:
        yield replace(made, headers={**made.headers, "Mcp-Session-Id": _session(made)})


PEERS: Final[Mapping[str, Callable[[str, Contender], AbstractContextManager[Contender]]]] = {
    "fastmcp": fastmcp,
    "mcp-proxy": mcp_proxy,
    "mcp-proxy-js": mcp_proxy_js,
    "supergateway": supergateway,
}
"""By the word that chooses each; given its program and the SDK's server."""


@contextmanager
def _listening(name: str, command: Callable[[int], Sequence[str]]) -> Iterator[Contender]:
    port = free_port()
    with started(command(port), MEASURED_CORE, port) as pid:
        yield Contender(name, port, pid, "/mcp", call_of("act"), HEADERS)


def _session(of: Contender) -> str:
    """A session of a server that answers nobody without one."""
    client = {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
    hello = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": client}
    session = _posted(of, hello, {})
    _posted(of, {"jsonrpc": "2.0", "method": "notifications/initialized"}, {"Mcp-Session-Id": session})
    return session


def _posted(of: Contender, message: Mapping[str, object], more: Mapping[str, str]) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", of.port, timeout=10)
    connection.request("POST", of.path, json.dumps(message), {"Content-Type": "application/json", **HEADERS, **more})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.headers.get("Mcp-Session-Id", "")
