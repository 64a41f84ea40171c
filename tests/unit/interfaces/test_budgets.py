"""Budgets as people and programs meet them: declared, used, foreseen, told, reconciled."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from typer.testing import CliRunner

from roadworthy.foundation.ledger.store import Filter
from roadworthy.interfaces.cli.main import app as commands
from roadworthy.operate.admission.limits.model import Over, Reserved, Short
from roadworthy.operate.admission.limits.service import Limits
from tests.unit.interfaces.conftest import Deployment, deployed
from tests.unit.interfaces.test_decisions import api

ANA = "ana@example.org"
PATIENCE = 5.0
Found = TypeVar("Found")
TRIAGE = {"use-case": "triage", "stage": "production"}


def declared(deployment: Deployment, kind: str, name: str, spec: Mapping[str, object]) -> None:
    made = api(deployment, ANA).put(f"/resources/{kind}/{name}", json={"spec": spec}, headers={"If-None-Match": "*"})
    assert made.status_code == httpx.codes.OK, made.text


def called(limits: Limits, times: int) -> None:
    """So many calls, settled."""
    for _ in range(times):
        now = dt.datetime.now(dt.UTC)
        answer = limits.reserve(TRIAGE, {"calls": 1}, now)
        if isinstance(answer, Short):
            limits.refill(answer).result(timeout=60)
            answer = limits.reserve(TRIAGE, {"calls": 1}, now)
        assert isinstance(answer, Reserved), answer
        limits.settle(answer, {"calls": 1})


def waited(look: Callable[[], Found], until: Callable[[Found], bool]) -> Found:
    """What is seen once the limits' own thread did its turn."""
    deadline = time.monotonic() + PATIENCE
    while not until(found := look()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployed(tmp_path_factory.mktemp("budgets") / "home") as deployment:
        declared(deployment, "UseCase", "triage", {"title": "Claims triage"})
        yearly = {"title": "Calls of the year", "useCases": ["triage"], "limits": [{"calls": 10, "per": "year"}]}
        declared(deployment, "Budget", "yearly", yearly)
        declared(
            deployment,
            "Budget",
            "people",
            {"useCases": ["other"], "each": ["user"], "limits": [{"money": "5 EUR", "per": "day"}]},
        )
        yield deployment


def test_a_budget_is_declared_used_told_about_and_shown_everywhere(made: Deployment) -> None:
    admitting = made.app.admitting
    admitting.reloading.look()
    called(admitting.limits, 9)
    admitting.limits.turn()

    gauge = waited(lambda: api(made, ANA).get("/budgets/yearly").json()["gauges"][0], lambda found: found["used"] == 9)
    assert (gauge["shown"], gauge["used"], gauge["percent"]) == ("10 calls per year", 9, 90)
    page = made.browser().get("/budgets")
    assert "10 calls per year" in page.text
    assert "90 %" in page.text
    one = made.browser().get("/budgets/yearly")
    assert "Calls of the year" in one.text
    reached = waited(lambda: made.app.ledger.entries(Filter(what="limit.reached")).entries, bool)
    assert [each.entry.facts["percent"] for each in reached] == [80]


def test_what_is_over_is_refused_and_nothing_is_in_doubt_where_nobody_died(made: Deployment) -> None:
    limits = made.app.admitting.limits
    over = limits.reserve(TRIAGE, {"calls": 11}, dt.datetime.now(dt.UTC))
    assert isinstance(over, Over)
    answer = api(made, ANA).post("/budgets/yearly/reconcile", json={"used": 1, "reason": "counted by hand"})
    assert answer.status_code == httpx.codes.NOT_FOUND
    assert answer.json()["code"] == "budget-nothing-in-doubt"
    assert api(made, ANA).get("/budgets/nothing-is-called-this").status_code == httpx.codes.NOT_FOUND


def test_the_command_line_says_how_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with deployed(tmp_path / "home") as deployment:
        declared(deployment, "Budget", "yearly", {"limits": [{"calls": 10, "per": "year"}]})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROADWORTHY_HOME", str(tmp_path / "home"))

    listed = CliRunner().invoke(commands, ["budget", "list", "--output", "name"])
    assert listed.stdout.split() == ["yearly"], listed.output
    for command in (["budget", "list"], ["budget", "show", "yearly"], ["budget", "forecast", "yearly"]):
        shown = CliRunner().invoke(commands, command)
        assert shown.exit_code == 0, shown.output
        assert "10 calls per year" in shown.stdout
