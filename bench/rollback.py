"""Taking an agent run of 20 steps back: `python -m bench.rollback [--steps N] [--rounds N]`.

A gateway on SQLite as it ships, and an nginx that answers every step with the same receipt. A run of N actions is done
over HTTP and taken back by hand. Told are the time from the word to the entry that says that it is taken back, how much
of it the system had the question, what is left as our own, and the CPU of the process, clients and polling included.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from bench._gateway_rig import CLIENTS_CORE, nginx_answering
from roadworthy.app import App, open_home
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.settings import Settings
from roadworthy.interfaces.gateway.serving import GatewayServer
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.model import RunState
from roadworthy.operate.actions.systems.http import HttpSystems
from roadworthy.operate.admission.keys.model import Wanted
from tests.harness.upstream import wait_for

CASE, ACT, UNDO = "benched", "bench.act", "bench.undo"
STEPS: Final = 20
ROUNDS: Final = 5
GOAL_SECONDS: Final = 2.0
_TEXT = {"type": "string"}
_COMMON: dict[str, Any] = {
    "useCases": [CASE], "system": CASE, "effect": "write", "tier": "medium", "reads": "trusted",
    "idempotency": {"by": "key"},
}  # fmt: skip
DECLARED: dict[str, dict[str, Any]] = {
    ACT: {
        **_COMMON, "http": {"method": "POST", "path": "/act"},
        "input": {"type": "object", "properties": {"customer": _TEXT}, "required": ["customer"]},
        "compensation": {"action": UNDO, "arguments": {"receipt": "$.result/receipt"}},
    },
    UNDO: {
        **_COMMON, "http": {"method": "POST", "path": "/undo"},
        "input": {"type": "object", "properties": {"receipt": _TEXT}, "required": ["receipt"]},
    },
}  # fmt: skip


@dataclass
class Asked:
    """How long the system had a question, all together."""

    seconds: float = 0.0
    count: int = 0


@dataclass
class Times:
    """Of each round, in seconds."""

    whole: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def measured() -> Asked:
    """Measure every question to the system from now on."""
    asked, act = Asked(), HttpSystems.act

    async def timed(self: HttpSystems, *given: Any) -> Any:  # noqa: ANN401 - as the true one has them
        began = time.perf_counter()
        came = await act(self, *given)
        asked.seconds += time.perf_counter() - began
        asked.count += 1
        return came

    HttpSystems.act = timed  # type: ignore[method-assign,assignment]  # in this process alone
    return asked


def declared(app: App, upstream: int) -> str:
    """Declare everything; the key of an agent."""
    context = app.identity.local_user("bench").context("bench")
    said = [
        ("UseCase", CASE, {"title": "Measured", "stage": "pilot"}),
        ("System", CASE, {"speaks": "http", "address": f"http://127.0.0.1:{upstream}"}),
        *(("Action", name, spec) for name, spec in DECLARED.items()),
    ]
    made = [declare(app.registry.get(kind), name, spec) for kind, name, spec in said]
    app.units.run(context, lambda tx: app.resources.put_all(tx, made, None, "bench"))
    key, _ = app.admitting.keys.new(context, Wanted("bench", CASE, stage="pilot"))
    return key


def taken_back(app: App, client: httpx.Client, name: str, steps: int, asked: Asked) -> tuple[float, float, float]:
    """Do a run and take it back: seconds in all, seconds of the system, and CPU."""
    for number in range(steps):
        body = {"action": ACT, "arguments": {"customer": f"c-{number}"}, "run": name}
        said = client.post("/v1/actions", json=body).json()
        assert said["state"] == "done", said
    run = client.get(f"/v1/agent-runs/{name}").json()["id"]
    acting, context = app.acting, app.identity.local_user("bench").context("bench")
    before, count, began, cpu = asked.seconds, asked.count, time.perf_counter(), time.process_time()
    acting.rollbacks.begin(context, run, "It is measured.")
    acting.runner.wake()
    while (state := _state(app, run)) is RunState.ROLLING_BACK:
        time.sleep(0.02)
    took = time.perf_counter() - began, asked.seconds - before, time.process_time() - cpu
    assert state is RunState.ROLLED_BACK, state
    assert asked.count - count == steps
    return took


def _state(app: App, run: str) -> RunState:
    with app.store.read() as connection:
        found = rows.find_run(connection, run)
    assert found is not None
    return found.state


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    found = Times()
    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        folder = Path(made)
        upstream = stack.enter_context(nginx_answering(folder, '{"receipt":"r-1"}', CLIENTS_CORE))
        settings = Settings(home=folder / "home", upstream_hosts="127.0.0.1", gateway_port=0)
        app, _ = stack.enter_context(open_home(settings))
        key = declared(app, upstream)
        app.start()
        server = GatewayServer(app)
        address = server.start()
        stack.callback(server.close)
        headers = {"Authorization": f"Bearer {key}"}
        client = stack.enter_context(httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=60))
        wait_for(lambda: client.get("/v1/actions").status_code == 200)
        asked = measured()
        for number in range(given.rounds):
            whole, theirs, cpu = taken_back(app, client, f"run-{number}", given.steps, asked)
            found.whole.append(whole)
            found.ours.append(whole - theirs)
            found.cpu.append(cpu)
    for name, values in (
        ("in all", found.whole),
        ("without the system", found.ours),
        ("CPU of the process", found.cpu),
    ):
        print(f"{name:20} median {statistics.median(values):6.3f} s, from {min(values):.3f} to {max(values):.3f}")
    print(f"{given.steps} steps, {given.rounds} rounds; goal: {GOAL_SECONDS:g} s of our own time for 20")


if __name__ == "__main__":
    main()
