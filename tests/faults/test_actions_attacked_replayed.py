"""What was used once is sent again, to one gateway and to two that share a database, one by one and at once."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import sqlalchemy as sa

from roadworthy.app import open_home
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.migrate import migrate_postgres
from roadworthy.interfaces.gateway.serving import GatewayServer
from roadworthy.operate.actions.tables import action_windows, agent_runs
from tests.harness import postgres
from tests.harness.acting import Shop, shop
from tests.harness.saying import KEY, VARIABLE, Saying, asks, raw, saying
from tests.harness.speaking_mcp import Plain
from tests.harness.upstream import wait_for

CAN_ASK: dict[str, Any] = {"elicitation": {"form": {}, "url": {}}}
AT_ONCE = 16
REFUSED = "`requestState` is not good for this request"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
pytestmark = pytest.mark.postgres


@dataclass
class Two:
    """Two gateways of one deployment, and the system that they ask."""

    first: Shop
    second: str
    """Address of the other one."""
    other: Saying

    def plain(self, place: int) -> Plain:
        """A client of one of them."""
        address = (self.first.running.address, self.second)[place % 2]
        return Plain(f"{address}/mcp", self.first.key)

    def shop(self, place: int) -> Shop:
        """One of them."""
        if place % 2 == 0:
            return self.first
        return replace(self.first, running=replace(self.first.running, address=self.second))


@pytest.fixture(scope="module")
def two(postgres_server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    os.environ[VARIABLE] = KEY
    home: Path = tmp_path_factory.mktemp("replayed") / "home"
    with ExitStack() as stack:
        other = stack.enter_context(saying())
        url = stack.enter_context(postgres.database(postgres_server, "template0"))
        migrate_postgres(url)
        limited = asks(limits=[{"count": 1_000, "per": "30d", "window": "sliding"}])
        held = asks(hold={"always": True})
        declared = other.declared(**{"other.now": asks(), "other.held": held, "other.limited": limited})
        first = stack.enter_context(shop(home, more=declared, database=url))
        settings = first.running.app.settings
        app, _ = stack.enter_context(open_home(Settings(**settings.model_dump())))
        app.start()
        server = GatewayServer(app)
        made = Two(first, server.start(), other)
        stack.callback(server.close)
        headers = {"Authorization": f"Bearer {first.key}"}
        wait_for(lambda: httpx.get(f"{made.second}/v1/actions", headers=headers, trust_env=False).status_code == 200)
        yield made


def at_once(work: Any) -> Counter[str]:
    """What becomes of the same thing, sent from several places at once to both."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(work, range(AT_ONCE)))


def test_a_state_is_taken_once_by_whichever_gateway(two: Two) -> None:
    two.other.says(b"{}")
    plain = two.plain(0)
    said = plain.call("other.held", {"n": 1}, capabilities=CAN_ASK).json()["result"]
    held = said["_meta"]["dev.roadworthy/action"]
    two.first.decide(held["request"], yes=True)
    assert two.first.ended(held["id"])["state"] == "done"

    def again(place: int) -> str:
        client = two.plain(place)
        params = {"requestState": said["requestState"]}
        body = client.call("other.held", {"n": 1}, capabilities=CAN_ASK, params=params).json()
        client.close()
        return "taken" if "result" in body else str(body["error"]["message"])

    assert at_once(again) == {"taken": 1, REFUSED: AT_ONCE - 1}
    assert again(0) == again(1) == REFUSED
    plain.close()
    assert len(two.other.heard) == 1


def test_a_key_does_one_thing_once_at_whichever_gateway_and_nothing_else(two: Two) -> None:
    two.other.says(b"{}")

    def again(place: int) -> str:
        answer = raw(two.shop(place), '{"n":2}', "other.now", **{"Idempotency-Key": "the-same"})
        return str(answer.json()["id"])

    assert len(at_once(again)) == 1
    assert len(two.other.heard) == 1

    def changed(place: int) -> str:
        text = json.dumps({"n": 3 + place})
        return str(raw(two.shop(place), text, "other.now", **{"Idempotency-Key": "the-same"}).json()["code"])

    assert at_once(changed) == {"action-key-reused": AT_ONCE}
    other_action = raw(two.shop(1), '{"n":2}', "other.held", **{"Idempotency-Key": "the-same"})
    assert other_action.json()["code"] == "action-key-reused"
    assert len(two.other.heard) == 1


@contextmanager
def windows_held(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Until the end of the block nobody takes room from a window; with a connection to look at who waits."""
    with psycopg.connect(url) as holds:
        assert holds.execute("SELECT used FROM action_windows FOR UPDATE").fetchall()
        with psycopg.connect(url, autocommit=True) as looks:
            yield looks


def test_a_key_that_comes_to_both_at_the_same_moment_is_done_once(two: Two) -> None:
    """Both have looked for the key and found nothing when they wait for room in the same window."""
    two.other.says(b"{}")
    assert raw(two.shop(0), '{"n":0}', "other.limited").json()["state"] == "done"
    store = two.first.running.app.store
    runs = sa.select(sa.func.count()).select_from(agent_runs)
    with store.read() as connection:
        before = connection.execute(runs).scalar_one()

    def ask(place: int) -> httpx.Response:
        return raw(two.shop(place), '{"n":1}', "other.limited", **{"Idempotency-Key": "at-once"})

    url = two.first.running.app.settings.database
    with ThreadPoolExecutor(2) as pool:
        with windows_held(url.replace("postgresql+psycopg://", "postgresql://")) as looks:
            asked = [pool.submit(ask, place) for place in range(2)]
            wait_for(lambda: looks.execute(WAITING).fetchone() == (2,))
        told = [each.result() for each in asked]
    assert {each.status_code for each in told} <= {200, 202}, [each.text for each in told]
    assert len({each.json()["id"] for each in told}) == 1, "each gateway made an action of its own"
    assert sorted(each.json().get("repeated", False) for each in told) == [False, True]
    assert two.first.ended(told[0].json()["id"])["state"] == "done"
    assert [each.body for each in two.other.heard] == [b'{"n":0}', b'{"n":1}']
    with store.read() as connection:
        assert connection.execute(sa.select(action_windows.c.used)).scalars().all() == [2]
        assert connection.execute(runs).scalar_one() == before + 1, "the one that came too late left a run behind"


def test_an_approval_is_carried_out_once_whoever_says_yes_how_often(two: Two) -> None:
    two.other.says(b"{}")
    held = raw(two.shop(1), '{"n":4}', "other.held").json()

    def again(_place: int) -> str:
        try:
            two.first.decide(held["request"], yes=True)
        except RoadworthyError as error:
            return error.code
        return "yes"

    came = at_once(again)
    assert came["yes"] == 1, came
    assert two.first.ended(held["id"])["state"] == "done"
    assert again(0) != "yes"
    assert [each.body for each in two.other.heard] == [b'{"n":4}']


def test_what_was_withdrawn_is_not_done_by_a_yes_that_comes_at_the_same_moment_and_told(two: Two) -> None:
    """Either the yes or the withdrawal wins; where the withdrawal does, nothing is ever done."""
    two.other.says(b"{}")
    plain = two.plain(1)
    said = plain.call("other.held", {"n": 5}, capabilities=CAN_ASK).json()["result"]
    held = said["_meta"]["dev.roadworthy/action"]
    params = {"requestState": said["requestState"], "inputResponses": {"decision": {"action": "decline"}}}

    def either(place: int) -> str:
        if place % 2:
            client = two.plain(place)
            client.call("other.held", {"n": 5}, capabilities=CAN_ASK, params=params)
            client.close()
            return "withdrawn"
        try:
            two.first.decide(held["request"], yes=True)
        except RoadworthyError as error:
            return error.code
        return "yes"

    came = at_once(either)
    state = two.first.ended(held["id"])["state"]
    assert (state, len(two.other.heard)) in {("done", 1), ("cancelled", 0)}, came
    assert came["yes"] <= 1
    plain.close()


def test_a_session_goes_to_any_gateway_and_to_no_other_agent(two: Two) -> None:
    greeting = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
    }  # fmt: skip
    first, second = two.plain(0), two.plain(1)
    session = first.post(greeting, {}).headers["mcp-session-id"]
    headers = {"MCP-Protocol-Version": "2025-11-25", "Mcp-Session-Id": session}
    listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    assert second.post(listing, headers).status_code == 200
    assert second.post(listing, {**headers, "Authorization": f"Bearer {two.first.running.key}"}).status_code == 404
    for each in (first, second):
        each.close()


def test_what_no_database_keeps_is_refused_held_and_done_like_anything_else(two: Two) -> None:
    """A character of nothing, which PostgreSQL takes in no text."""
    refused = raw(two.first, '{"a\\u0000b":1,"order":"o-5001"}', "orders.get")
    assert (refused.status_code, refused.json()["code"]) == (403, "action-arguments-refused"), refused.text
    assert two.first.recorded(refused.json()["id"]) == ["action.refused"]
    two.other.says(b'{"id":"a\\u0000b","at":"\\u0000","text":"\\ud800"}')
    done = raw(two.first, '{"text":"\\u0000"}', "other.now").json()
    assert done["state"] == "done", done
    held = raw(two.first, '{"text":"\\u0000","\\u0000":[]}', "other.held").json()
    assert held["state"] == "held", held
    two.first.decide(held["request"], yes=True)
    assert two.first.ended(held["id"])["state"] == "done"
    assert [each.body for each in two.other.heard] == [b'{"text":"\\u0000"}', b'{"\\u0000":[],"text":"\\u0000"}']
    for name in ("run", "agent", "action"):
        body = {"action": "other.now", "arguments": {}, name: "x\u0000"}
        headers = {"Authorization": f"Bearer {two.first.key}"}
        address = f"{two.first.running.address}/v1/actions"
        assert httpx.post(address, json=body, headers=headers, trust_env=False).status_code == 422
    population = {"action": "other.now", "arguments": {}, "population": {"region\u0000": "\u0000"}}
    address, headers = f"{two.first.running.address}/v1/actions", {"Authorization": f"Bearer {two.first.key}"}
    said = httpx.post(address, json=population, headers=headers, trust_env=False)
    assert said.status_code < 500, said.text
