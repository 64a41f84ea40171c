"""An allowed action beside its peers: `python -m bench.actions [--rounds N] [--seconds N] [--fastmcp PYTHON]`.

wrk and an nginx that answers every action with the same receipt share the first core; what is measured has the second
one to itself: the server of the official MCP SDK answering the same tool by itself, without anything behind it; the
proxy of FastMCP before that server, where a Python that has it is named; and the gateway as it ships, over plain HTTP
and over the Model Context Protocol: certificate, key, schema, a limit window charged in the transaction of the intent,
intent and outcome in the ledger and on the disk, and the system asked in between. Rounds are interleaved.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench._gateway_rig import CLIENTS_CORE, MEASURED_CORE, Load, Measured, drive, nginx_answering, started
from roadworthy.app import open_home
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.settings import Settings
from roadworthy.operate.admission.keys.model import Wanted
from tests.harness.issued import asked, term
from tests.harness.ports import free_port

CASE, ACTION = "benched", "bench.act"
PLENTY = 1_000_000_000
CLIENTS = 64
TIMES_SDK = 3
RECEIPT = '{"receipt":"r-1","status":"done"}'
ARGUMENTS = {"customer": "c-1001", "amount": 2000, "currency": "EUR", "reason": "The screen flickers."}
VERSION = "2025-11-25"
TEXT = {"type": "string"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"customer": TEXT, "amount": {"type": "integer", "minimum": 1}, "currency": TEXT, "reason": TEXT},
    "required": ["amount", "currency", "customer", "reason"],
}
DECLARED: Mapping[str, Mapping[str, Any]] = {
    "UseCase": {"title": "Measured", "stage": "production"},
    "Action": {
        "useCases": [CASE],
        "system": CASE,
        "http": {"method": "POST", "path": "/act"},
        "input": SCHEMA,
        "effect": "write",
        "tier": "medium",
        "reads": "trusted",
        "idempotency": {"by": "key"},
        "amount": {"path": "/amount", "unit": "minor", "currencyPath": "/currency"},
        "customer": "/customer",
        "limits": [{"amount": f"{PLENTY} EUR", "per": "day", "each": ["customer"]}],
    },
}
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


@dataclass(frozen=True)
class Contender:
    """Something that does an action."""

    name: str
    port: int
    pid: int
    path: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def governed(folder: Path, upstream: int) -> Iterator[list[Contender]]:
    """The gateway as one process on SQLite, over both ways of asking."""
    folder.mkdir(parents=True)
    gateway, pages = free_port(), free_port()
    settings = Settings(home=folder / "home", upstream_hosts="127.0.0.1")
    key = _prepared(settings, upstream)
    environment = {
        "ROADWORTHY_HOME": str(settings.home), "ROADWORTHY_UPSTREAM_HOSTS": "127.0.0.1",
        "ROADWORTHY_GATEWAY_PORT": str(gateway), "ROADWORTHY_PORT": str(pages),
    }  # fmt: skip
    command = [str(Path(sys.executable).with_name("roadworthy")), "serve"]
    shown = {"Authorization": f"Bearer {key}"}
    plain = json.dumps({"action": ACTION, "arguments": ARGUMENTS})
    with started(command, MEASURED_CORE, gateway, environment=environment) as pid:
        yield [
            Contender("Roadworthy, HTTP", gateway, pid, "/v1/actions", plain, shown),
            Contender("Roadworthy, MCP", gateway, pid, "/mcp", _call(ACTION), {**_MCP, **shown}),
        ]


def _prepared(settings: Settings, upstream: int) -> str:
    with open_home(settings) as (app, _):
        context = app.identity.local_user("bench").context("bench")
        system = declare(
            app.registry.get("System"), CASE, {"speaks": "http", "address": f"http://127.0.0.1:{upstream}"}
        )
        declared = [
            declare(app.registry.get(kind), ACTION if kind == "Action" else CASE, spec)
            for kind, spec in DECLARED.items()
        ]
        app.units.run(context, lambda tx: app.resources.put_all(tx, [*declared, system], None, "bench"))
        envelope = {"terms": {"actions": term({"limits": {ACTION: {"per day": PLENTY}}})}}
        app.units.run(context, lambda tx: app.operation.certificates.issue(tx, asked(CASE, envelope=envelope)))
        secret, _ = app.admitting.keys.new(context, Wanted("bench", CASE, stage="production"))
    return secret


_MCP = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": VERSION}


def _call(name: str) -> str:
    params = {"name": name, "arguments": ARGUMENTS}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})


@contextmanager
def peer(name: str, program: str, script: str, *more: str) -> Iterator[Contender]:
    """A server of the protocol, whose tool is called `act`."""
    port = free_port()
    with started([program, "-c", script, str(port), *more], MEASURED_CORE, port) as pid:
        yield Contender(name, port, pid, "/mcp", _call("act"), _MCP)


def measure(contenders: list[Contender], folder: Path, rounds: int, seconds: float) -> dict[str, list[Measured]]:
    """Every contender in every round."""
    found: dict[str, list[Measured]] = {each.name: [] for each in contenders}
    for number in range(rounds + 1):
        for each in contenders:
            load = Load(CLIENTS, seconds if number else 2.0)
            came = drive(folder, each.port, each.pid, load, path=each.path, headers=each.headers, body=each.body)
            if number:
                found[each.name].append(came)
    return found


def report(found: Mapping[str, list[Measured]]) -> None:
    """A table, and how far the goal is."""
    middle = {name: statistics.median(each.cpu_us for each in runs) for name, runs in found.items()}
    print(f"{'':24}{'CPU us an action':>18}{'actions/s':>12}{'p99 ms':>9}{'failed':>8}{'MB':>7}")
    for name, runs in found.items():
        rate, p99 = (statistics.median(getattr(each, what) for each in runs) for what in ("rate", "p99"))
        failed = sum(each.failed for each in runs)
        print(f"{name:24}{middle[name]:18.0f}{rate:12.0f}{p99:9.1f}{failed:8}{runs[-1].megabytes:7.0f}")
    sdk = middle["MCP SDK server"]
    for name in (each for each in middle if each.startswith("Roadworthy")):
        print(f"{name}: {middle[name] / sdk:.2f} of the SDK server's CPU (goal: at most {1 / TIMES_SDK:.2f})")


def main() -> None:
    """Measure, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--fastmcp", help="a Python in which FastMCP is installed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        folder = Path(made)
        upstream = stack.enter_context(nginx_answering(folder, RECEIPT, CLIENTS_CORE))
        contenders = stack.enter_context(governed(folder / "ours", upstream))
        sdk = stack.enter_context(peer("MCP SDK server", sys.executable, SDK))
        contenders.append(sdk)
        if given.fastmcp:
            address = f"http://127.0.0.1:{sdk.port}/mcp"
            contenders.append(stack.enter_context(peer("FastMCP proxy", given.fastmcp, FASTMCP, address)))
        report(measure(contenders, folder, given.rounds, given.seconds))


if __name__ == "__main__":
    main()
