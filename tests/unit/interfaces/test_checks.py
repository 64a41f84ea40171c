"""How a deployment stands: every finding with its remedy, seen by whoever looks after it and nobody else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from roadworthy.foundation.notify.tables import deliveries, messages
from roadworthy.foundation.workflow.tables import consumers, dead_letters, machine_runs
from tests.harness.governed import govern, rights
from tests.unit.interfaces.conftest import ADDRESS, Deployment, deployed
from tests.unit.interfaces.test_decisions import program

ROOT = "/api/v1alpha1"


@pytest.fixture
def governed(tmp_path: Path) -> Iterator[Deployment]:
    with deployed(tmp_path / "home") as deployment:
        govern(deployment.app)
        yield deployment


def found(client: httpx.Client, name: str = "") -> list[tuple[str, str, str]]:
    """State, message and remedy of the checks of a name."""
    answer = client.get("/health/checks")
    assert answer.status_code == 200, answer.text
    return [
        (each["state"], each["message"], each["remedy"]) for each in answer.json()["checks"] if each["name"] == name
    ]


def write(deployment: Deployment, *statements: sa.Executable) -> None:
    def work(connection: sa.Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    deployment.app.store.write(work)


def test_a_fresh_deployment_says_that_nothing_is_asked(deployment: Deployment, owner: httpx.Client) -> None:
    assert owner.get("/health/checks").json()["state"] == "warn"
    ((state, message, remedy),) = found(owner, "rights")
    assert (state, "nothing is asked" in message, "rights genesis" in remedy) == ("warn", True, True)
    assert [each["name"] for each in owner.get("/health/checks").json()["checks"] if each["state"] != "ok"] == [
        "rights",
        "witnesses",
    ]
    assert deployment.client().get(f"{ADDRESS}{ROOT}/health/checks").status_code == 401
    assert program(deployment, "read").get("/health/checks").status_code == 200  # whatever watches it
    assert program(deployment, "evidence:submit", "use-cases:write").get("/health/checks").status_code == 403


def test_rights_and_roles_that_lead_to_nobody_are_named(deployment: Deployment, owner: httpx.Client) -> None:
    text = rights().replace(
        '"people": {', '"groups": {"ghosts": ["viewer"]}, "people": {"gone@example.org": ["viewer"], '
    )
    govern(deployment.app, text)
    assert any("does not know: `ghosts`" in message for _, message, _ in found(owner, "roles"))
    assert any("`gone@example.org`" in message for _, message, _ in found(owner, "roles"))
    states = {state for state, *_ in found(owner, "rights")}
    assert states <= {"ok", "warn"}


def test_what_waits_and_cannot_go_on_is_named(governed: Deployment) -> None:
    lee = governed.owner()
    lee.base_url = httpx.URL(ADDRESS + ROOT)
    now = governed.app.runtime.clock.now()
    run = {"id": "r", "machine": "decision-request", "version": 99, "state": "new", "data": "{}", "moves": 0}
    letter = {
        "kind": "consumer",
        "key": "k",
        "owner": "platform-administrator",
        "reason": "x",
        "attempts": 6,
        "data": "{}",
    }
    days = dt.timedelta(days=3)
    cursor = {"name": "news", "position": 3, "fence": 0, "attempts": 2, "last_error": "storage-busy", "moved_at": now}
    write(
        governed,
        machine_runs.insert().values(**run, created_at=now, moved_at=now),
        dead_letters.insert().values(**letter, since=now - days),
        consumers.insert().values(**cursor),
    )
    ((state, message, _),) = found(lee, "workflow")
    assert (state, "version 99" in message) == ("fail", True)
    assert lee.get("/health/checks").json()["state"] == "fail"
    ((_, letters, remedy),) = found(lee, "dead letters")
    assert ("for 3 days" in letters, remedy) == (True, "roadworthy dead-letters list")
    assert any("failed 2 times" in message and "storage-busy" in message for _, message, _ in found(lee, "consumers"))


def test_tokens_that_end_are_told_in_time(deployment: Deployment, owner: httpx.Client) -> None:
    owner.post("/tokens", json={"name": "staff", "may": ["directory:write"], "days": 7})
    owner.post("/tokens", json={"name": "ci", "may": ["read"], "days": 7})
    owner.post("/tokens", json={"name": "long", "may": ["read"], "days": 90})
    staff, ci = found(owner, "tokens")
    assert "staff directory's token `staff` ends" in staff[1]
    assert ci[1].endswith(": ci")
    owner.post("/tokens", json={"name": "staff-next", "may": ["directory:write"], "days": 90})
    assert len(found(owner, "tokens")) == 1


def test_a_channel_that_takes_nothing_is_told(deployment: Deployment, owner: httpx.Client) -> None:
    now = deployment.app.runtime.clock.now()
    rows = []
    for number, (at, error) in enumerate(
        [(now - dt.timedelta(days=3), "long ago"), (now - dt.timedelta(hours=2), "first"), (now, "timed out")]
    ):
        message = {"id": f"m{number}", "topic": "t", "subject": "s", "lines": "[]", "path": "/", "facts": "{}"}
        rows.append(messages.insert().values(**message, urgent=False, created_at=at))
        delivery = {"id": f"d{number}", "message_id": f"m{number}", "channel": "mail", "state": "failed", "attempts": 1}
        rows.append(deliveries.insert().values(**delivery, created_at=at, due_at=at, last_error=error))
    write(deployment, *rows)
    ((_, said, remedy),) = found(owner, "channels")
    assert said == "channel `mail` did not take 2 of a day's messages: timed out"
    assert remedy == "roadworthy notifications test mail"
