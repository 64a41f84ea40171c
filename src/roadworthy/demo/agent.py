"""The demo's support agent: scripted, with a stock client of the Model Context Protocol.

`python -m roadworthy.demo.agent ERRAND` asks the gateway of the demo in `.demo` for one action after the other, says
what came of each, and stops where it is told no. It names its run, as any client can, so that a rollback knows what
belongs together. With `--waits` it can ask its user, as clients of 2026-07-28 can: it says where a person decides, and
the same call brings what came of it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2
import mcp_types
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.client.streamable_http import streamable_http_client

from roadworthy.demo.systems.running import KEYS_OF_AGENT
from roadworthy.foundation.runtime import SystemRandomness

GATEWAY: Final = "http://127.0.0.1:8471"
RUN: Final = "Roadworthy-Run"
_ITSELF: Final = mcp_types.Implementation(name="support-agent", version="1")
_ANA: Final = {"payment": "p-7001", "customer": "c-1001", "currency": "EUR"}
_CLARA: Final = {"payment": "p-7006", "customer": "c-1003", "currency": "EUR"}
_LETTER: Final = {
    "to": "clara.fontaine@customers.example",
    "subject": "Your order o-5006",
    "text": "We have cancelled it, and paid back what you paid.",
}
_TICKET: Final = {"customer": "c-1003", "subject": "Cancel o-5006", "text": "She called: no longer needed."}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the agent asks for."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Came:
    """What came of it."""

    step: Step
    done: bool
    text: str
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Errand:
    """What the agent is sent to do."""

    title: str
    steps: tuple[Step, ...]


def _refund(of: Mapping[str, str], amount: int, reason: str) -> Step:
    return Step("refund", {**of, "amount": amount, "reason": reason})


ERRANDS: Final[Mapping[str, Errand]] = {
    "small": Errand(
        "Bruno Keller got the grinder in the wrong colour: 20 EUR back",
        (
            Step("get-order", {"order": "o-5003"}),
            Step("get-payment", {"payment": "p-7003"}),
            _refund({"payment": "p-7003", "customer": "c-1002", "currency": "EUR"}, 2_000, "The wrong colour."),
        ),
    ),
    "large": Errand(
        "Dario Conti's espresso machine leaks: 200 EUR back",
        (_refund({"payment": "p-7007", "customer": "c-1004", "currency": "EUR"}, 20_000, "It leaks."),),
    ),
    "pieces": Errand(
        "Ana Novak's tablet, 49 EUR at a time",
        tuple(_refund(_ANA, 4_900, "The screen flickers.") for _ in range(10)),
    ),
    "ticket": Errand(
        "Read what Ana Novak wrote, and pay 5 EUR back",
        (Step("get-ticket", {"ticket": "t-3001"}), _refund(_ANA, 500, "As the ticket asks.")),
    ),
    "cancels": Errand(
        "Clara Fontaine wants order o-5006 cancelled, with everything that goes with it",
        (
            Step("cancel-order", {"order": "o-5006", "reason": "no longer needed"}),
            Step("create-ticket", _TICKET),
            _refund(_CLARA, 5_000, "First part."),
            Step("send-mail", _LETTER),
            _refund(_CLARA, 6_000, "Second part."),
        ),
    ),
}
"""By the word that starts each."""


async def go(client: Client, errand: Errand) -> AsyncIterator[Came]:
    """Ask for one step after the other, until one is not done."""
    for step in errand.steps:
        result = await client.call_tool(step.tool, dict(step.arguments))
        came = _came(step, result)
        yield came
        if not came.done:
            return


def _came(step: Step, result: mcp_types.CallToolResult) -> Came:
    text = " ".join(each.text for each in result.content if isinstance(each, mcp_types.TextContent))
    found = result.structured_content
    said = found if isinstance(found, dict) else {}
    about = (result.meta or {}).get("dev.roadworthy/action", {})
    waits = isinstance(about, dict) and about.get("state", "done") != "done"
    return Came(step, not result.is_error and not waits, text, said)


@asynccontextmanager
async def connected(
    gateway: str, key: str, run: str, asks: Callable[[str, str], None] | None = None
) -> AsyncIterator[Client]:
    """A client of the gateway whose actions are of one run.

    Args:
        gateway: its address, without a path.
        key: of the gateway.
        run: what the agent calls the run.
        asks: shows the user what waits for a person, and at which address; None where the agent can show nothing.
    """

    async def ask(context: ClientRequestContext, params: mcp_types.ElicitRequestParams) -> mcp_types.ElicitResult:
        del context
        assert asks is not None  # noqa: S101 - the client is given this only then
        asks(params.message, getattr(params, "url", ""))
        return mcp_types.ElicitResult(action="accept")

    headers = {"Authorization": f"Bearer {key}", RUN: run}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60.0, trust_env=False) as http,
        Client(
            streamable_http_client(f"{gateway.rstrip('/')}/mcp", http_client=http),
            client_info=_ITSELF,
            elicitation_callback=None if asks is None else ask,
        ) as client,
    ):
        yield client


async def _main(gateway: str, key: str, errand: Errand, run: str, *, waits: bool) -> bool:
    _say(f"{errand.title} (run {run})")
    done, shown = True, set[str]()

    def ask(words: str, address: str) -> None:
        if address not in shown:
            _say(f"    {words}\n    {address}")
        shown.add(address)

    async with connected(gateway, key, run, ask if waits else None) as client:
        async for came in go(client, errand):
            done = came.done
            _say(f"  {came.step.tool} {json.dumps(came.step.arguments, ensure_ascii=False)}")
            _say(f"    {'done' if came.done else 'not done'}: {came.text}")
    return done


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _run() -> int:
    parser = argparse.ArgumentParser(prog="python -m roadworthy.demo.agent", description=__doc__)
    parser.add_argument("errand", choices=sorted(ERRANDS))
    parser.add_argument("--gateway", default=GATEWAY, help="address of the gateway, as the demo prints it")
    parser.add_argument("--home", type=Path, default=Path(".demo"), help="where the demo keeps the agent's key")
    parser.add_argument("--run", help="what the agent calls its run; a new name if not said")
    parser.add_argument("--waits", action="store_true", help="wait where a person decides, for up to three minutes")
    said = parser.parse_args()
    key = json.loads((said.home / KEYS_OF_AGENT).read_text("utf-8"))["pilot"]
    run = said.run or f"{said.errand}-{SystemRandomness().bytes(3).hex()}"
    gateway = said.gateway.removesuffix("/v1")
    return 0 if asyncio.run(_main(gateway, key, ERRANDS[said.errand], run, waits=said.waits)) else 1


if __name__ == "__main__":
    sys.exit(_run())
