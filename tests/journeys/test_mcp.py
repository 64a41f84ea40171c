"""Agents act over the Model Context Protocol: the official client, both revisions, and what a hostile one would try."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from roadworthy.operate.actions.store import find
from tests.harness.acting import Shop, shop
from tests.harness.speaking_mcp import MODERN, REFUND, TASKS, Plain, client, meta

CAN_ASK: dict[str, Any] = {"elicitation": {"form": {}, "url": {}}}
WAYS = ["auto", MODERN, "legacy"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shop(tmp_path_factory.mktemp("mcp") / "home") as made:
        yield made


@pytest.fixture
def there(running: Shop) -> Shop:
    running.heal()
    return running


@pytest.fixture
def plain(there: Shop) -> Iterator[Plain]:
    made = Plain(f"{there.running.address}/mcp", there.key)
    yield made
    made.close()


def refunds(there: Shop) -> list[int]:
    return [each["amount"] for each in there.systems["payments"].did("refund")]


def agent_of(there: Shop, id_: str) -> str | None:
    """What the agent of an action called itself."""
    with there.running.app.store.read() as connection:
        kept = find(connection, id_)
    assert kept is not None
    return kept.action.agent


def big(**changed: Any) -> dict[str, Any]:
    """A refund that is held."""
    return {**REFUND, "customer": "c-1004", "payment": "p-7007", "amount": 10100, **changed}


def held(plain: Plain, **changed: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A call that is held, with what was said; the client can ask its user."""
    arguments = big(**changed)
    said = plain.call("payments.refund", arguments, capabilities=CAN_ASK).json()["result"]
    assert said["resultType"] == "input_required", said
    return arguments, said


# ---------------------------------------------------------------- the official client


@pytest.mark.parametrize("mode", WAYS)
def test_the_official_client_finds_tools_and_calls_them(there: Shop, mode: str) -> None:
    async def drive() -> None:
        async with client(f"{there.running.address}/mcp", there.key, mode=mode) as made:
            tools = {each.name: each for each in (await made.list_tools()).tools}
            assert tools.keys() >= {"payments.refund", "orders.get", "mail.send", "roadworthy_action_status"}
            hints = {name: tools[name].annotations for name in ("orders.get", "mail.send", "payments.refund")}
            assert hints["orders.get"] is not None
            assert hints["orders.get"].read_only_hint
            assert hints["mail.send"] is not None
            assert hints["mail.send"].destructive_hint
            assert hints["payments.refund"] is not None
            assert hints["payments.refund"].idempotent_hint
            done = await made.call_tool("payments.refund", {**REFUND, "amount": 100})
            assert not done.is_error
            assert done.structured_content["amount"] == 100
            no = await made.call_tool("payments.refund", {**REFUND, "amount": -5})
            assert no.is_error
            assert isinstance(no.content[0], types.TextContent)
            assert "Rule: schema" in no.content[0].text
            assert no.meta is not None
            assert no.meta["dev.roadworthy/action"]["code"] == "action-arguments-refused"

    before = refunds(there)
    asyncio.run(drive())
    assert refunds(there) == [*before, 100]


def test_a_system_can_be_seen_alone(there: Shop) -> None:
    async def drive() -> list[str]:
        async with client(f"{there.running.address}/mcp/mail", there.key) as made:
            return [each.name for each in (await made.list_tools()).tools]

    assert asyncio.run(drive()) == ["mail.send", "roadworthy_action_status"]


def test_an_agent_says_who_it_is_and_in_which_run(there: Shop, plain: Plain) -> None:
    extra = {"dev.roadworthy/run": "errand-7", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    said = plain.call("orders.get", {"order": "o-5001"}, extra=extra).json()["result"]
    action = said["_meta"]["dev.roadworthy/action"]
    shown = there.get("/v1/agent-runs/errand-7").json()
    assert [each["id"] for each in shown["actions"]] == [action["id"]]
    assert agent_of(there, action["id"]) == "tests/1"


def test_what_was_asked_for_under_a_key_is_done_once(there: Shop, plain: Plain) -> None:
    before = refunds(there)
    extra = {"dev.roadworthy/idempotency-key": "mcp-once"}
    said = [plain.call("payments.refund", {**REFUND, "amount": 200}, extra=extra).json()["result"] for _ in range(2)]
    ids = {each["_meta"]["dev.roadworthy/action"]["id"] for each in said}
    assert len(ids) == 1
    assert refunds(there) == [*before, 200]


def test_a_dry_run_says_what_would_become_of_it(there: Shop, plain: Plain) -> None:
    before = refunds(there)
    extra = {"dev.roadworthy/dry-run": True}
    said = plain.call("payments.refund", big(), extra=extra).json()["result"]
    assert said["structuredContent"]["state"] == "held"
    assert "a person would decide" in said["content"][0]["text"]
    assert refunds(there) == before


# ---------------------------------------------------------------- held


def test_a_client_that_can_do_nothing_gets_a_handle_and_the_tool_to_ask_with(there: Shop, plain: Plain) -> None:
    before = refunds(there)
    said = plain.call("payments.refund", big()).json()["result"]
    action = said["structuredContent"]
    assert (action["state"], said["isError"]) == ("held", False)
    assert action["id"] in said["content"][0]["text"]
    assert "Ask `roadworthy_action_status`" in action["remedy"]
    there.decide(action["request"], yes=True)
    there.ended(action["id"])
    status = plain.call("roadworthy_action_status", {"id": action["id"]}).json()["result"]
    assert status["structuredContent"]["amount"] == 10100
    assert refunds(there) == [*before, 10100]


def test_a_client_that_asks_its_user_hears_the_result_of_what_people_let_pass(there: Shop) -> None:
    before, seen = refunds(there), list[Any]()

    async def ask(_context: Any, params: Any) -> types.ElicitResult:
        seen.append(params)
        await asyncio.to_thread(there.decide, str(params.url).rpartition("/")[2], yes=True)
        return types.ElicitResult(action="accept")

    async def drive() -> types.CallToolResult:
        async with client(f"{there.running.address}/mcp", there.key, elicitation_callback=ask) as made:
            found = await made.call_tool("payments.refund", big(amount=10101))
            assert isinstance(found, types.CallToolResult)
            return found

    said = asyncio.run(drive())
    assert said.structured_content is not None
    assert said.structured_content["amount"] == 10101
    assert refunds(there) == [*before, 10101]
    assert [each.mode for each in seen] == ["url"]
    assert "101.01 EUR is above 100 EUR" in seen[0].message


@pytest.mark.parametrize("answer", ["decline", "cancel"])
def test_what_a_user_does_not_want_to_wait_for_can_not_be_let_pass_any_more(
    there: Shop, plain: Plain, answer: str
) -> None:
    before = refunds(there)
    arguments, said = held(plain)
    params = {"requestState": said["requestState"], "inputResponses": {"decision": {"action": answer}}}
    after = plain.call("payments.refund", arguments, capabilities=CAN_ASK, params=params).json()["result"]
    assert after["isError"]
    action = after["_meta"]["dev.roadworthy/action"]
    assert action["state"] == "cancelled"
    with pytest.raises(Exception, match=r"withdrawn|over"):
        there.decide(said["_meta"]["dev.roadworthy/action"]["request"], yes=True)
    assert refunds(there) == before


def test_a_client_that_knows_tasks_gets_one(there: Shop, plain: Plain) -> None:
    before = refunds(there)
    made = plain.call("payments.refund", big(amount=10102), capabilities=TASKS).json()["result"]
    assert (made["resultType"], made["status"]) == ("task", "working")
    ask = {"taskId": made["taskId"]}
    first = plain.ask("tasks/get", ask, capabilities=TASKS).json()["result"]
    assert (first["resultType"], first["status"], first["createdAt"]) == ("complete", "working", made["createdAt"])
    there.decide(made["_meta"]["dev.roadworthy/action"]["request"], yes=True)
    there.ended(made["taskId"])
    last = plain.ask("tasks/get", ask, capabilities=TASKS).json()["result"]
    assert last["status"] == "completed"
    assert last["result"]["structuredContent"]["amount"] == 10102
    assert refunds(there) == [*before, 10102]


def test_a_task_can_be_cancelled_while_people_decide(there: Shop, plain: Plain) -> None:
    made = plain.call("payments.refund", big(), capabilities=TASKS).json()["result"]
    ask = {"taskId": made["taskId"]}
    assert plain.ask("tasks/cancel", ask, capabilities=TASKS).json()["result"]["resultType"] == "complete"
    assert plain.ask("tasks/get", ask, capabilities=TASKS).json()["result"]["status"] == "cancelled"
    no = plain.ask("tasks/get", ask)
    assert (no.status_code, no.json()["error"]["code"]) == (400, -32021)
    unknown = plain.ask("tasks/get", {"taskId": "nothing"}, capabilities=TASKS)
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (400, -32602)


# ---------------------------------------------------------------- what a client brings back


def again(plain: Plain, arguments: Any, state: str, **more: Any) -> dict[str, Any]:
    params = {"requestState": state}
    said: dict[str, Any] = plain.call("payments.refund", arguments, capabilities=CAN_ASK, params=params, **more).json()
    return said


REFUSED = "`requestState` is not good for this request"


def test_a_state_is_taken_once(there: Shop, plain: Plain) -> None:
    arguments, said = held(plain)
    there.decide(said["_meta"]["dev.roadworthy/action"]["request"], yes=False)
    assert again(plain, arguments, said["requestState"])["result"]["isError"]
    assert again(plain, arguments, said["requestState"])["error"] == {"code": -32602, "message": REFUSED}


CHANGES: list[dict[str, Any]] = [
    {"amount": 10101}, {"payment": "p-7008"}, {"customer": "c-1005"}, {"currency": "eur"}, {"reason": "Screen"},
    {"reason": "scre\u0065\u0301n"}, {"reason": "screen "}, {"amount": "10100"}, {"more": 1}, {"amount": 10100.0},
]  # fmt: skip


def test_a_state_does_not_fit_other_arguments(there: Shop, plain: Plain) -> None:
    before = refunds(there)
    arguments, said = held(plain)
    for change in CHANGES:
        answer = again(plain, {**arguments, **change}, said["requestState"])
        assert answer["error"] == {"code": -32602, "message": REFUSED}, change
    there.decide(said["_meta"]["dev.roadworthy/action"]["request"], yes=False)
    assert again(plain, arguments, said["requestState"])["result"]["isError"]
    assert refunds(there) == before


def test_the_order_of_names_says_nothing_and_a_name_that_stands_twice_is_no_message(there: Shop, plain: Plain) -> None:
    arguments, said = held(plain)
    there.decide(said["_meta"]["dev.roadworthy/action"]["request"], yes=False)
    turned = dict(reversed(arguments.items()))
    assert again(plain, turned, said["requestState"])["result"]["isError"]
    body = json.dumps({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "payments.refund", "arguments": arguments, "_meta": meta()},
    }).replace('"amount": 10100', '"amount": 1, "amount": 10100')  # fmt: skip
    headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call", "Mcp-Name": "payments.refund"}
    twice = plain.post(body.encode(), headers)
    assert (twice.status_code, twice.json()["error"]["code"]) == (400, -32700)


def test_a_state_is_for_whoever_was_given_it_and_as_it_was_given(there: Shop, plain: Plain) -> None:
    arguments, said = held(plain)
    state = said["requestState"]
    other = Plain(plain.address, there.running.key)
    assert again(other, arguments, state)["error"]["message"] == REFUSED
    other.close()
    for place in range(0, len(state), max(1, len(state) // 16)):
        changed = state[:place] + ("A" if state[place] != "A" else "B") + state[place + 1 :]
        assert again(plain, arguments, changed)["error"]["message"] == REFUSED
    for changed in (state + "=", state[:-1], "", "AAAA", state.replace("_", "/") + " "):
        assert "error" in again(plain, arguments, changed)
    there.decide(said["_meta"]["dev.roadworthy/action"]["request"], yes=False)
    assert again(plain, arguments, state)["result"]["isError"]


# ---------------------------------------------------------------- headers, revisions, bodies


@pytest.mark.parametrize(
    "headers",
    [
        {"Mcp-Name": "orders.get"}, {"Mcp-Name": None}, {"Mcp-Method": "tools/list"}, {"Mcp-Method": None},
        {"MCP-Protocol-Version": "2025-11-25"}, {"MCP-Protocol-Version": None},
        {"Mcp-Name": "=?base64?b3JkZXJzLmdldA==?="}, {"Mcp-Name": "=?base64?cGF5bWVudHMucmVmdW5k?"},
        {"Mcp-Name": "PAYMENTS.REFUND"}, {"Mcp-Method": "Tools/Call"},
    ],
)  # fmt: skip
def test_headers_say_what_the_body_says(there: Shop, plain: Plain, headers: dict[str, str | None]) -> None:
    before = refunds(there)
    answer = plain.call("payments.refund", {**REFUND, "amount": 300}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32020)
    assert refunds(there) == before


def test_a_name_may_be_written_in_base64(there: Shop, plain: Plain) -> None:
    answer = plain.call("orders.get", {"order": "o-5001"}, headers={"Mcp-Name": "=?base64?b3JkZXJzLmdldA==?="})
    assert answer.status_code == 200, answer.text


def test_unknown_revisions_and_methods_are_told_as_such(plain: Plain) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    later = {**body, "params": {"_meta": {**meta(), "io.modelcontextprotocol/protocolVersion": "2099-01-01"}}}
    answer = plain.post(later, {"MCP-Protocol-Version": "2099-01-01", "Mcp-Method": "tools/list"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32022)
    assert MODERN in answer.json()["error"]["data"]["supported"]
    older = plain.post(body, {"MCP-Protocol-Version": "1.0"})
    assert older.json()["error"]["code"] == -32022
    unknown = plain.ask("completion/complete")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, -32601)
    bare = plain.post({**body, "params": {"_meta": {}}}, {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/list"})
    assert (bare.status_code, bare.json()["error"]["code"]) == (400, -32602)


@pytest.mark.parametrize(
    "body", [[], [{"jsonrpc": "2.0", "id": 1, "method": "ping"}], b"{", b"null", b'{"a":1,"a":1}', b"\xff"]
)
def test_what_is_no_message_is_refused(plain: Plain, body: Any) -> None:
    answer = plain.post(body, {"MCP-Protocol-Version": "2025-11-25"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in {-32700, -32600}
    assert answer.json()["id"] is None


def test_only_posts_of_json_from_this_machine_s_pages_are_taken(there: Shop, plain: Plain) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    older = {"MCP-Protocol-Version": "2025-11-25"}
    assert plain.post(body, {**older, "Origin": "http://evil.example"}).status_code == 403
    assert plain.post(body, {**older, "Origin": "http://localhost.evil.example"}).status_code == 403
    assert plain.post(body, {**older, "Origin": "null"}).status_code == 403
    assert plain.post(body, {**older, "Origin": "http://localhost:6274"}).status_code == 200
    assert plain.post(body, {**older, "Content-Type": "text/plain"}).status_code == 415
    assert plain.post(body, {**older, "Accept": "text/html"}).status_code == 406
    for method in ("GET", "DELETE", "PUT"):
        answer = there._http.request(method, plain.address)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert plain.post(note, older).status_code == 202


def test_whoever_is_not_known_learns_where_tokens_are_made(there: Shop, plain: Plain) -> None:
    answer = plain.ask("tools/list", headers={"Authorization": None})
    assert answer.status_code == 401
    where = answer.headers["www-authenticate"].removeprefix('Bearer resource_metadata="').removesuffix('"')
    assert where == f"{there.running.address}/.well-known/oauth-protected-resource/mcp"
    document = there._http.get(where).json()
    assert document["resource"] == f"{there.running.address}/mcp"
    assert document["bearer_methods_supported"] == ["header"]
    wrong = plain.call("orders.get", {"order": "o-5001"}, headers={"Authorization": "Bearer rw_nobody"})
    assert wrong.status_code == 401
    assert 'error="invalid_token"' in wrong.headers["www-authenticate"]


def test_a_session_of_an_older_client_is_one_run_and_for_its_key_alone(there: Shop, plain: Plain) -> None:
    greeting = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "old", "version": "3"}}
    hello = plain.post({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": greeting}, {})
    session = {"Mcp-Session-Id": hello.headers["mcp-session-id"], "MCP-Protocol-Version": "2025-11-25"}
    assert hello.json()["result"]["protocolVersion"] == "2025-11-25"
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call",
            "params": {"name": "orders.get", "arguments": {"order": "o-5001"}}}  # fmt: skip
    actions = [plain.post(call, session).json()["result"]["_meta"]["dev.roadworthy/action"] for _ in range(2)]
    assert len({each["run"] for each in actions}) == 1
    assert agent_of(there, actions[0]["id"]) == "old/3"
    other = Plain(plain.address, there.running.key)
    assert other.post(call, session).status_code == 404
    other.close()
    assert plain.post(call, {**session, "Mcp-Session-Id": "nonsense"}).status_code == 404
    named = plain.post(call, {**session, "Mcp-Name": "mail.send"})
    assert named.json()["error"]["code"] == -32020


# ---------------------------------------------------------------- a program in between


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_that_only_starts_programs_goes_through_the_bridge(there: Shop, mode: str) -> None:
    program = StdioServerParameters(
        command=str(Path(sys.executable).with_name("roadworthy")),
        args=["mcp", "connect", "--gateway", there.running.address, "--run", f"bridged-{mode}"],
        env={**os.environ, "GATEWAY_KEY": there.key},
    )

    async def drive() -> list[Any]:
        async with Client(stdio_client(program), mode=mode) as made:
            tools = await made.list_tools()
            found = await asyncio.gather(*(made.call_tool("orders.get", {"order": "o-5001"}) for _ in range(3)))
            return [len(tools.tools), *found]

    count, *found = asyncio.run(drive())
    assert count == len(there.get("/v1/actions").json()["data"]) + 1
    assert [each.structured_content["order"] for each in found] == ["o-5001"] * 3
    assert len(there.get(f"/v1/agent-runs/bridged-{mode}").json()["actions"]) == 3
