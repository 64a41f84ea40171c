"""An allowed action beside its peers: `python -m bench.actions [--rounds N] [--seconds N] [--peer KIND=PROGRAM]…`.

wrk and an nginx that answers every action with the same receipt share the first core; what is measured has the second
one to itself: the server of the official MCP SDK answering the same tool by itself, without anything behind it; other
gateways of the protocol, where they are named; and the gateway as it ships, over plain HTTP and over the protocol:
certificate, key, schema, a limit window charged in the transaction of the intent, intent and outcome in the ledger and
on the disk, and the system asked in between. Rounds are interleaved.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench._action_peers import ARGUMENTS, HEADERS, PEERS, Contender, call_of, sdk_server
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
            Contender("Roadworthy, MCP", gateway, pid, "/mcp", call_of(ACTION), {**HEADERS, **shown}),
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
    parser.add_argument("--fastmcp", help="as `--peer fastmcp=PYTHON`")
    parser.add_argument(
        "--peer", action="append", default=[], metavar="KIND=PROGRAM", help=f"another gateway: {', '.join(PEERS)}"
    )
    given = parser.parse_args()
    named = dict(each.split("=", 1) for each in given.peer) | ({"fastmcp": given.fastmcp} if given.fastmcp else {})
    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        folder = Path(made)
        upstream = stack.enter_context(nginx_answering(folder, RECEIPT, CLIENTS_CORE))
        contenders = stack.enter_context(governed(folder / "ours", upstream))
        sdk = stack.enter_context(sdk_server())
        contenders.append(sdk)
        for kind, program in named.items():
            contenders.append(stack.enter_context(PEERS[kind](program, sdk)))
        report(measure(contenders, folder, given.rounds, given.seconds))


if __name__ == "__main__":
    main()
