"""What a system may do wrong, for each way in which it is made sure that an action is done once: what it comes to.

The systems are the demo's, over HTTP, and servers of the Model Context Protocol, over HTTP and as processes.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from roadworthy.app import open_home
from roadworthy.foundation.settings import Settings
from roadworthy.operate.actions.model import State
from roadworthy.operate.actions.runner import MOST_OF_ONE
from roadworthy.operate.actions.store import Listed
from roadworthy.operate.actions.tables import agent_actions
from tests.harness.acting import ACTIONS, CASE, REFUND, More, Shop, prepared, shop
from tests.harness.mcp_servers.faulty import SCHEMA, Faulty, faulty_over_http
from tests.harness.upstream import wait_for

QUICK: dict[str, Any] = {"timeout": "2s"}
"""Of what is waited for in vain; everything else has as long as a busy machine needs."""
TWICE = {"attempts": 2}
SMALL = {**REFUND, "amount": 100}
ADDRESS = {"name": "Clara Fontaine", "street": "Rue Haute 2", "city": "Lyon", "postcode": "69001", "country": "FR"}
BY: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "key": ("payments.refund", SMALL, "payments", "refund"),
    "probe": ("orders.readdress", {"order": "o-5006", "address": ADDRESS}, "orders", "changeAddress"),
    "none": ("mail.send", {"to": "ana.novak@customers.example", "subject": "Hello", "text": "x"}, "mail", "sendMail"),
}
Came = tuple[str, int]
"""State and effects."""
ONCE: Came = ("done", 1)
HTTP: dict[str, tuple[dict[str, Any], dict[str, Came]]] = {
    "answers after the timeout": (
        {"fault": "late", "seconds": 2.5}, {"key": ONCE, "probe": ONCE, "none": ("dead-letter", 1)},
    ),
    "does it twice": ({"fault": "twice"}, {"key": ("done", 2), "probe": ("done", 2), "none": ("done", 2)}),
    "does it and hangs up": ({"fault": "half"}, {"key": ONCE, "probe": ONCE, "none": ("dead-letter", 1)}),
    "hangs up in its answer": ({"fault": "torn"}, {"key": ONCE, "probe": ONCE, "none": ("dead-letter", 1)}),
    "answers with a page": ({"fault": "media"}, {"key": ONCE, "probe": ONCE, "none": ("dead-letter", 1)}),
    "never answers": ({"fault": "never"}, {"key": ONCE, "probe": ("failed", 0), "none": ("dead-letter", 0)}),
    "is asked too often": (
        {"fault": "status", "status": 429}, {"key": ONCE, "probe": ONCE, "none": ONCE},
    ),
    "says when to come back": (
        {"fault": "status", "status": 429, "retryAfter": "1"}, {"key": ONCE, "probe": ONCE, "none": ONCE},
    ),
    "says to come back much later": (
        {"fault": "status", "status": 429, "retryAfter": "60"},
        {"key": ("failed", 0), "probe": ("failed", 0), "none": ("failed", 0)},
    ),
    "is away for longer": (
        {"fault": "status", "status": 503, "times": -1},
        {"key": ("failed", 0), "probe": ("failed", 0), "none": ("failed", 0)},
    ),
    "fails and fails": (
        {"fault": "status", "status": 500, "times": -1},
        {"key": ("dead-letter", 0), "probe": ("failed", 0), "none": ("dead-letter", 0)},
    ),
}  # fmt: skip
"""What the system does wrong, and what becomes of the action and of its effect."""

TOOLS: dict[str, dict[str, tuple[str, int]]] = {
    "good": {"key": ("done", 1), "probe": ("done", 1), "none": ("done", 1)},
    "bad": {"key": ("failed", 1), "probe": ("failed", 1), "none": ("failed", 1)},
    "busy": {"key": ("failed", 1), "probe": ("failed", 1), "none": ("failed", 1)},
    "dies": {"key": ("dead-letter", 2), "probe": ("done", 1), "none": ("dead-letter", 1)},
    "half": {"key": ("dead-letter", 2), "probe": ("done", 1), "none": ("dead-letter", 1)},
    "not-json": {"key": ("dead-letter", 2), "probe": ("done", 1), "none": ("dead-letter", 1)},
}
"""By tool: the state, and how often it was called. A probe is another tool, which says that it was done."""
LOCAL: dict[str, dict[str, str]] = {
    "good": {"key": "done", "probe": "done", "none": "done"},
    "chatter": {"key": "done", "probe": "done", "none": "done"},
    "dies": {"key": "dead-letter", "probe": "done", "none": "dead-letter"},
}
"""The same of a process, without how often: one that died is started anew and counts for itself."""
COMMAND = [sys.executable, "-m", "tests.harness.mcp_servers.faulty"]


def tools(system: str, names: Any) -> dict[str, dict[str, Any]]:
    """An action for each tool and each way of making sure."""
    idempotency: dict[str, Any] = {
        "key": {"by": "key", "argument": "reference"},
        "probe": {"by": "probe", "probe": {"action": f"{system}.look", "arguments": {"n": "$.arguments/n"}}},
        "none": None,
    }
    common = {"useCases": [CASE], "system": system, "input": SCHEMA, "tier": "low", "reads": "trusted", **TWICE}
    found = {
        f"{system}.{name}-{by}": {**common, "tool": name, "effect": "write", "idempotency": said}
        for name in names for by, said in idempotency.items()
    }  # fmt: skip
    return {**found, f"{system}.look": {**common, "tool": "good", "effect": "read"}}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, Faulty]]:
    with ExitStack() as stack:
        server = stack.enter_context(faulty_over_http())
        more = More(
            systems={
                "far": {"speaks": "mcp", "address": server.address},
                "near": {"speaks": "mcp-stdio", "command": "near"},
            },
            actions={
                **{name: {**ACTIONS[name], **TWICE, "onFailure": "stay"} for name, *_rest in BY.values()},
                **{f"{name}-soon": {**ACTIONS[name], **QUICK, "onFailure": "stay"} for name, *_rest in BY.values()},
                **tools("far", TOOLS), **tools("near", LOCAL),
            },
        )  # fmt: skip
        home = tmp_path_factory.mktemp("matrix") / "home"
        made = stack.enter_context(shop(home, more=more, action_commands=f"near={' '.join(COMMAND)}"))
        yield made, server


@pytest.fixture
def there(running: tuple[Shop, Faulty]) -> Shop:
    running[0].heal()
    return running[0]


@pytest.mark.parametrize("wrong", HTTP)
def test_over_http_each_fault_comes_to_what_it_proves(there: Shop, wrong: str) -> None:
    fault, expected = HTTP[wrong]

    def one(by: str) -> Came:
        action, given, name, operation = BY[by]
        system = there.systems[name]
        before = len(system.did(operation))
        system.fails(fault["fault"], operation=operation, **{k: v for k, v in fault.items() if k != "fault"})
        waits = fault["fault"] in {"late", "never"}
        said = there.do(f"{action}-soon" if waits else action, given).json()
        if wrong == "answers after the timeout":
            wait_for(lambda: len(system.did(operation)) > before)
        return str(said["state"]), len(system.did(operation)) - before

    with ThreadPoolExecutor(len(BY)) as pool:
        assert dict(zip(BY, pool.map(one, BY), strict=True)) == expected


@pytest.mark.parametrize("name", TOOLS)
def test_over_mcp_each_fault_comes_to_what_it_proves(running: tuple[Shop, Faulty], there: Shop, name: str) -> None:
    server, came = running[1], {}
    for by in BY:
        there.heal()
        server.calls.clear()
        said = there.do(f"far.{name}-{by}", {"n": 1}).json()
        probes = int(by == "probe" and TOOLS[name][by][0] == "done" and name != "good")
        came[by] = (said["state"], len(server.calls) - probes)
    assert came == TOOLS[name]


@pytest.mark.parametrize("name", LOCAL)
def test_a_process_that_does_wrong_comes_to_the_same(there: Shop, name: str) -> None:
    came = {}
    for by in BY:
        there.heal()
        came[by] = there.do(f"near.{name}-{by}", {"n": 1}).json()["state"]
    assert came == LOCAL[name]


def test_a_system_that_fails_and_fails_is_left_alone_and_asked_again_by_one(there: Shop) -> None:
    system, asked = there.systems["mail"], BY["none"][1]
    system.fails("status", status=500, times=5)
    for _ in range(5):
        assert there.do("mail.send", asked).json()["state"] == "dead-letter"
    before, reached = len(system.did("sendMail")), there.running.app.acting.systems.get("mail")
    assert reached is not None
    assert reached.breaker.open_until > 0
    reached.breaker.open_until = float("inf")  # however slow this machine is
    alone = there.do("mail.send", asked).json()
    assert (alone["state"], "breaker-open" in alone["message"]) == ("failed", True), alone
    assert len(system.did("sendMail")) == before
    reached.breaker.open_until = 1e-9
    assert there.do("mail.send", asked).json()["state"] == "done"
    assert reached.breaker.open_until == 0
    assert len(system.did("sendMail")) == before + 1


def test_what_a_slow_system_has_too_many_of_keeps_no_other_waiting(tmp_path: Path) -> None:
    with prepared(tmp_path / "home") as made, open_home(Settings(home=made.home)) as (app, _):
        app.gateway.start()
        runner, many = app.acting.runner, 3 * MOST_OF_ONE
        rows = [_row(number, "payments") for number in range(many)] + [_row(many, "mail")]
        app.store.write(lambda connection: connection.execute(agent_actions.insert(), rows))
        first = runner.take(2 * MOST_OF_ONE)
        assert {each.action.system for each in first} == {"payments"}
        assert len(first) == MOST_OF_ONE, "one system may have all places"
        second = runner.take(MOST_OF_ONE, {"payments": 0})
        assert [each.action.system for each in second] == ["mail"]
        queued = app.acting.letters.listed(Listed(state=State.QUEUED.value, limit=1_000))
        assert len(queued) == many - MOST_OF_ONE, "what was left stays as it is"


def _row(number: int, system: str) -> dict[str, Any]:
    then = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=number)
    return {
        "id": f"id-{number:04}", "use_case": CASE, "stage": "pilot", "run": f"run-{number}", "place": 1,
        "action": f"{system}.x", "system": system, "effect": "write", "tier": "low", "key": "k", "state": "queued",
        "asked_at": then, "due_at": then, "arguments": "sha256:0", "definition": "sha256:0", "rule": "", "about": "",
        "enforcement": "enforced", "charges": "[]", "fence": 0, "tries": 0, "tainted": False,
    }  # fmt: skip
