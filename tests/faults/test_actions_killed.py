"""A gateway is killed at every turn of an action: nothing without intent, nothing twice, every doubt listed."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from roadworthy.app import open_home
from roadworthy.foundation.ledger.store import Filter
from roadworthy.foundation.settings import Settings
from roadworthy.operate.actions.model import AgentAction, RunState, State
from roadworthy.operate.actions.runs.rollback import Step, StepKind
from roadworthy.operate.actions.store import Listed
from tests.harness.acting import ACTIONS, REFUND, Prepared, prepared

HOUR = 3_600
ENDS = {State.DONE, State.FAILED, State.DEAD, State.REFUSED}
ADDRESS = {"name": "Clara Fontaine", "street": "Rue Haute 2", "city": "Lyon", "postcode": "69001", "country": "FR"}
CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "a key": ("payments.refund", {**REFUND, "amount": 100}, "refund"),
    "a probe": ("orders.readdress", {"order": "o-5006", "address": ADDRESS}, "changeAddress"),
    "nothing": ("mail.send", {"to": "ana.novak@customers.example", "subject": "Hello", "text": "x"}, "sendMail"),
}
"""By what makes sure that it is done once: the action, its arguments, what its system calls it."""
LEAST_TURNS = 6
"""Decided and intended, asked of the system, and the outcome kept: each has a turn before and one after."""


@dataclass
class Gateways:
    """A process that makes gateways, and what they share."""

    made: Prepared
    process: subprocess.Popen[str]
    ahead: int = 0

    def be(self, wanted: dict[str, Any] | None, at: int = -1) -> dict[str, Any]:
        """Let one live, until it dies or nothing is open any more."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        said = {
            "home": str(self.made.home), "settings": self.made.settings, "environment": self.made.environment,
            "wanted": wanted, "at": at, "ahead": self.ahead,
        }  # fmt: skip
        self.process.stdin.write(json.dumps(said) + "\n")
        self.process.stdin.flush()
        came: dict[str, Any] = json.loads(self.process.stdout.readline())
        return came


@pytest.fixture(scope="module")
def gateways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateways]:
    command = [sys.executable, "-m", "tests.harness.killed_gateway"]
    with prepared(tmp_path_factory.mktemp("killed") / "home") as made:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        try:
            yield Gateways(made, process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(10)
            assert process.stdout is not None
            process.stdout.close()


@pytest.mark.parametrize("by", CASES)
def test_killed_at_every_turn_nothing_is_done_twice_and_every_doubt_is_listed(gateways: Gateways, by: str) -> None:
    action, arguments, operation = CASES[by]
    system = gateways.made.systems[ACTIONS[action]["system"]]
    wanted = {"action": action, "arguments": arguments, "key": gateways.made.key}
    for at in itertools.count(1):
        before = len(system.did(operation))
        known = {each.id for each in _actions(gateways)}
        life = gateways.be(wanted, at)
        if life["died"] == 0:
            assert life["turns"] < at, "it outlived the turn before which it had to die"
            assert len(system.did(operation)) == before + 1
            break
        assert life["died"] == -9
        gateways.ahead += HOUR
        assert gateways.be(None)["died"] == 0, f"after turn {at} something stayed open"
        effects = len(system.did(operation)) - before
        new = [each for each in _actions(gateways) if each.id not in known]
        assert effects <= 1, f"killed at turn {at}, it was done {effects} times"
        assert len(new) <= 1
        if effects:
            assert new, f"killed at turn {at}, it was done and nobody knows"
        for each in new:
            assert each.state in ENDS
            assert "action.intended" in _recorded(gateways, each.id)
            if each.state is State.DONE:
                assert effects == 1
            if each.state is State.FAILED:
                assert effects == 0
    assert at > LEAST_TURNS


STEPS: dict[str, tuple[str, dict[str, Any], str]] = {
    "a key": ("payments.refund", {**REFUND, "amount": 100}, "voidRefund"),
    "nothing": ("orders.cancel", {"order": "o-5002", "reference": "c-1", "reason": "other"}, "reopenOrder"),
}
"""By what makes sure that a step is done once: what is taken back, and what its system calls taking it back."""


@pytest.mark.campaign
@pytest.mark.parametrize("of", [["a key"], ["nothing"], ["nothing", "a key", "a key"]], ids="-".join)
def test_killed_at_every_turn_of_a_rollback_each_step_is_done_once_or_listed(gateways: Gateways, of: list[str]) -> None:
    for at in itertools.count(1):
        run = f"{'-'.join(of)}-{at}".replace(" ", "-")
        before = [{"action": STEPS[each][0], "arguments": STEPS[each][1]} for each in of]
        counts = _effects(gateways)
        life = gateways.be({"run": run, "before": before, "key": gateways.made.key}, at)
        assert life["died"] in {0, -9}
        gateways.ahead += HOUR
        assert gateways.be(None)["died"] == 0, f"after turn {at} something stayed open"
        state, steps = _steps(gateways, run)
        assert [each.action.state for each in steps] == [State.DONE] * len(of)
        for name, (_action, _arguments, operation) in STEPS.items():
            done = _effects(gateways)[operation] - counts[operation]
            assert done <= of.count(name), f"killed at turn {at}, `{operation}` was done {done} times"
        if state is RunState.OPEN:
            assert _effects(gateways) == counts, f"killed at turn {at}, a step was done of what was never begun"
        elif state is RunState.ROLLED_BACK:
            assert all(_effects(gateways)[STEPS[name][2]] - counts[STEPS[name][2]] == of.count(name) for name in of)
        else:
            assert state is RunState.PARTLY
            left = [each for each in steps if each.kind is not StepKind.TAKEN_BACK]
            assert all(each.state is State.DEAD for each in left), "what nobody knows is no dead letter"
            assert {each.action.action for each in left} == {STEPS["nothing"][0]}, "a key was of no use"
        _restored(gateways)
        if life["died"] == 0:
            assert state is RunState.ROLLED_BACK
            break
    assert at > LEAST_TURNS


def _effects(gateways: Gateways) -> dict[str, int]:
    systems = {operation: ACTIONS[action]["system"] for action, _given, operation in STEPS.values()}
    return {operation: len(gateways.made.systems[name].did(operation)) for operation, name in systems.items()}


def _steps(gateways: Gateways, name: str) -> tuple[RunState, list[Step]]:
    with open_home(Settings(home=gateways.made.home)) as (app, _):
        app.admitting.reloading.look()
        (run,) = [each for each in app.acting.rollbacks.runs(limit=1_000) if each.name == name]
        found, steps = app.acting.rollbacks.preview(run.id)
        return found.state, steps


def _restored(gateways: Gateways) -> None:
    """Have the order be as it was, where a step that took it back was killed before it was sent."""
    orders = gateways.made.systems["orders"]
    if orders.ask("GET", "/orders/o-5002").json()["status"] == "cancelled":
        orders.ask("POST", "/orders/o-5002/reopen", {"reference": "restored"}).raise_for_status()


def _actions(gateways: Gateways) -> list[AgentAction]:
    with open_home(Settings(home=gateways.made.home)) as (app, _):
        return app.acting.letters.listed(Listed(limit=1_000))


def _recorded(gateways: Gateways, id_: str) -> list[str]:
    with open_home(Settings(home=gateways.made.home)) as (app, _):
        app.ledger.settle()
        return [each.entry.what for each in app.ledger.entries(Filter(resource=f"AgentAction/{id_}")).entries]
