"""A gateway is killed between queueing and answering: nothing is lost, and nothing that has effects is done twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from tests.harness.replicas import Deployment, deployment
from tests.harness.upstream import ANSWER, wait_for
from tests.journeys.home import Home, Starter

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    starter = Starter(tmp_path_factory.mktemp("streams"))
    folder = tmp_path_factory.mktemp("deployment") / "work"
    folder.mkdir()
    with deployment(Home(folder, starter), 2) as made:
        yield made
    starter.close()


def ask(deployed: Deployment, method: str, path: str, replica: int, body: Any = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {deployed.key}", "Prefer": "respond-async"}
    address = f"http://127.0.0.1:{deployed.replicas[replica].port}{path}"
    return httpx.request(method, address, headers=headers, json=body, trust_env=False, timeout=60)


def queue(deployed: Deployment, **more: Any) -> str:
    body = {"model": "gpt", "messages": [{"role": "user", "content": "It hurts."}], **more}
    taken = ask(deployed, "POST", "/v1/chat/completions", 0, body)
    assert taken.status_code == 202, taken.text
    return taken.headers["Roadworthy-Call"]


def rows(deployed: Deployment, calls: list[str]) -> dict[str, tuple[str, str | None, str]]:
    """State, why it was given up, and runs of calls."""
    with psycopg.connect(deployed.database.url) as connection:
        found = connection.execute("SELECT id, state, why, runs FROM later_calls WHERE id = ANY(%s)", (calls,))
        return {row[0]: row[1:] for row in found}


def leases_run_out(deployed: Deployment) -> None:
    """As if the time of a lease had passed."""
    with psycopg.connect(deployed.database.url) as connection:
        connection.execute("UPDATE later_calls SET due_at = queued_at WHERE state = 'running'")


def test_killed_between_queueing_and_answering(deployed: Deployment) -> None:
    deployed.upstream.wait = 60.0
    plain = [queue(deployed) for _ in range(6)]
    hosted = [queue(deployed, web_search_options={}) for _ in range(2)]
    wait_for(lambda: len(deployed.upstream.requests) == 8)
    for replica in deployed.replicas:
        replica.kill()
    deployed.upstream.wait = 0.0
    assert {state for state, _, _ in rows(deployed, [*plain, *hosted]).values()} == {"running"}
    leases_run_out(deployed)
    deployed.replicas[1].start()

    found = wait_for(lambda: _over(deployed, [*plain, *hosted]))
    for each in plain:
        assert found[each][0] == "answered"
        assert "gateway-gone" in found[each][2]
        told = ask(deployed, "GET", f"/v1/calls/{each}", 1)
        assert told.json()["choices"][0]["message"]["content"] == ANSWER
    for each in hosted:
        assert found[each][:2] == ("dead-letter", "in-doubt")
        assert ask(deployed, "GET", f"/v1/calls/{each}", 1).status_code == 424
    asked = [each.body for each in deployed.upstream.requests]
    assert sum("web_search_options" in each for each in asked) == 2, "each once, and not again"
    letters = deployed.home.run("call", "dead-letters", "-o", "name", code=0).out.split()
    assert sorted(letters) == sorted(hosted)

    deployed.home.run("call", "discard", hosted[0], "--reason", "It was done by hand.", code=0)
    again = deployed.home.run("call", "replay", hosted[1], "--reason", "Nothing had happened.", code=0).out.split()[0]
    assert deployed.home.run("call", "replay", hosted[1], "--reason", "I too.", code=0).out.split()[0] == again
    assert wait_for(lambda: _over(deployed, [again]))[again][0] == "answered"
    assert deployed.home.run("call", "dead-letters", "-o", "name", code=0).out == ""
    deployed.home.run("call", "replay", "--all", "--use-case", "triage", "--reason", "None is left.", code=0)


def _over(deployed: Deployment, calls: list[str]) -> dict[str, tuple[str, str | None, str]]:
    found = rows(deployed, calls)
    return found if all(state not in {"queued", "running"} for state, _, _ in found.values()) else {}
