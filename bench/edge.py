"""Three gateways on one PostgreSQL at the edge of a limit: `python -m bench.edge [--actions N] [--cap N]`.

N actions are asked for at the same time, spread over three processes, of which the limit lets fewer pass: how many were
done, and how many did what was asked of the system. Then a stop switch is set while clients ask every process again and
again: how long after its commit the last action was begun anywhere. Then an MCP client's `requestState` is sent to all
three at the same time: how many took it.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.harness.acting import ACTIONS, More
from tests.harness.acting_replicas import Replicas, acting_replicas
from tests.harness.stopped_postgres import stopped_server

REPLICAS = 3
ACTIONS_AT_ONCE = 500
CAP = 450
COMMENT = {"ticket": "t-3001", "text": "x"}
ASKING_SECONDS = 3.0
TRIES = 20
VERSION = "2026-07-28"


def declared(cap: int) -> More:
    """A comment that may be written so often a day, another without a limit, and one that a person decides about."""
    of = ACTIONS["tickets.comment"]
    return More(actions={
        "tickets.note": {**of, "limits": [{"count": cap, "per": "day"}]},
        "tickets.write": of,
        "tickets.ask": {**of, "hold": {"always": True}},
    })  # fmt: skip


async def at_once(made: Replicas, count: int) -> Counter[str]:
    """So many at the same time, spread over the processes; how many came to what."""
    headers = {"Authorization": f"Bearer {made.made.key}"}
    limits = httpx.Limits(max_connections=count)
    async with httpx.AsyncClient(trust_env=False, timeout=120, limits=limits, headers=headers) as client:

        async def one(number: int) -> str:
            address = made.addresses[number % len(made.addresses)]
            body = {"action": "tickets.note", "arguments": {**COMMENT, "text": f"note {number}"}}
            said = (await client.post(f"{address}/v1/actions", json=body)).json()
            return said["rule"] if said["state"] == "refused" else str(said["state"])

        return Counter(await asyncio.gather(*(one(number) for number in range(count))))


def edge(made: Replicas, count: int, cap: int) -> None:
    """At the edge."""
    began = time.perf_counter()
    came = asyncio.run(at_once(made, count))
    took = time.perf_counter() - began
    effects = len(made.made.systems["ticketing"].did("commentTicket"))
    with psycopg.connect(made.url) as connection:
        used = connection.execute("SELECT max(used) FROM action_windows").fetchone()
    print(f"{count} at once on {REPLICAS} processes, of which {cap} may pass: {dict(came)} in {took:.1f} s")
    print(
        f"done by the system: {effects}, counted by the limit: {used and used[0]}, overshoot: {max(0, effects - cap)}"
    )


def stop(made: Replicas) -> None:
    """How long after a stop was set the last action was begun anywhere, by the database's clock."""
    over, answers = threading.Event(), list[int]()

    def asks(address: str) -> None:
        with httpx.Client(trust_env=False, timeout=60, headers={"Authorization": f"Bearer {made.made.key}"}) as client:
            while not over.is_set():
                said = client.post(f"{address}/v1/actions", json={"action": "tickets.write", "arguments": COMMENT})
                answers.append(said.status_code)

    threads = [threading.Thread(target=asks, args=(each,)) for each in made.addresses for _ in range(2)]
    for each in threads:
        each.start()
    time.sleep(1.0)
    pulled, began = dt.datetime.now(dt.UTC), time.perf_counter()
    said = made.run("stop", "set", "action:tickets.write", "--reason", "It is measured.")
    took = time.perf_counter() - began
    assert said.returncode == 0, said.stderr
    time.sleep(ASKING_SECONDS)
    over.set()
    for each in threads:
        each.join()
    with psycopg.connect(made.url) as connection:
        row = connection.execute("SELECT set_at FROM stop_switches WHERE scope = 'action:tickets.write'").fetchone()
        assert row is not None
        last = connection.execute(
            "SELECT max(asked_at), count(*) FROM agent_actions WHERE action = 'tickets.write' AND state = 'done'"
        ).fetchone()
        assert last is not None
    late = (dt.datetime.fromisoformat(last[0]) - dt.datetime.fromisoformat(row[0])).total_seconds()
    refused = sum(code == 403 for code in answers)
    effect = (dt.datetime.fromisoformat(row[0]) - pulled).total_seconds()
    print(f"a stop under load: `stop set` took {took:.2f} s, of which {effect:.2f} s until the stop was set")
    print(f"(loads of the machine: {os.getloadavg()[0]:.1f}); {last[1]} actions were done before and {refused} refused")
    print(f"after; the last one that was done was asked for {late:+.3f} s from the stop (goal: at most +1)")


def prove(made: Replicas) -> None:
    """The self-test of stops, as its schedule has it, against these processes."""
    said = made.run("stop", "prove")
    print(f"`roadworthy stop prove` ended with {said.returncode}: {' '.join((said.stdout + said.stderr).split())}")


def states(made: Replicas, tries: int) -> None:
    """How many of the processes take what one of them gave a client to carry, asked at the same time."""
    taken = Counter[int]()
    for number in range(tries):
        given = {**COMMENT, "text": f"ask {number}"}
        params = _call(given)
        first = _mcp(made, made.addresses[number % REPLICAS], params)["result"]
        again = {**params, "requestState": first["requestState"],
                 "inputResponses": {"decision": {"action": "decline"}}}  # fmt: skip
        with ThreadPoolExecutor(REPLICAS) as pool:
            came = list(pool.map(lambda each, again=again: _mcp(made, each, again), made.addresses))
        taken[sum("result" in each for each in came)] += 1
    print(
        f"a `requestState` sent to {REPLICAS} processes at once, {tries} times: taken by {dict(taken)} (process: times)"
    )


def _call(given: dict[str, Any]) -> dict[str, Any]:
    meta = {
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}}},
    }
    return {"name": "tickets.ask", "arguments": given, "_meta": meta}


def _mcp(made: Replicas, address: str, params: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    headers = {
        "Authorization": f"Bearer {made.made.key}", "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": VERSION, "Mcp-Method": "tools/call", "Mcp-Name": "tickets.ask",
    }  # fmt: skip
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    with httpx.Client(trust_env=False, timeout=60) as client:
        return json.loads(client.post(f"{address}/mcp", json=body, headers=headers).text)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--actions", type=int, default=ACTIONS_AT_ONCE)
    parser.add_argument("--cap", type=int, default=CAP)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        stopped_server() as server,
        acting_replicas(Path(folder), server.url, REPLICAS, declared(given.cap)) as made,
    ):
        edge(made, given.actions, given.cap)
        stop(made)
        prove(made)
        states(made, TRIES)


if __name__ == "__main__":
    main()
