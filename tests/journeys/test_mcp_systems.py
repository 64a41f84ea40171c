"""Real servers of the Model Context Protocol behind the gateway, over HTTP and as its processes."""

from __future__ import annotations

import asyncio
import base64
import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import mcp_types as types
import pytest
from mcp.client.stdio import StdioServerParameters

from roadworthy.operate.actions.catalogue.pins import pin_of
from roadworthy.operate.actions.declared import Action, System
from roadworthy.operate.admission.keys.model import Wanted
from tests.harness.gateway import CASE, Running, gateway
from tests.harness.mcp_servers import running as servers
from tests.harness.speaking_mcp import Plain, client
from tests.harness.upstream import wait_for

NAMES = ("everything", "filesystem", "git", "memory", "time")
HTTP, PROCESS = "everything-http", "everything"
WAYS = (HTTP, PROCESS)
"""The server that offers everything, over HTTP and as a process."""
OFFERS = {
    "image": "get-tiny-image", "embedded": "get-resource-reference", "links": "get-resource-links",
    "structured": "get-structured-content", "marked": "get-annotated-message", "long": "trigger-long-running-operation",
    "research": "simulate-research-query", "elicits": "trigger-elicitation-request",
    "samples": "trigger-sampling-request", "logs": "toggle-simulated-logging",
}  # fmt: skip
"""By what is seen through it, a tool of that server."""


def command(program: StdioServerParameters) -> str:
    """A program as the setting `action_commands` names it."""
    variables = [f"{name}={value}" for name, value in (program.env or {}).items()]
    return shlex.join([*variables, program.command, *program.args])


def tool(system: str, name: str, effect: str = "read", **more: Any) -> dict[str, Any]:
    """An action that is a tool, as an import would declare it."""
    schema = more.pop("input", {"type": "object", "additionalProperties": True})
    return {
        "useCases": [CASE], "system": system, "tool": name, "effect": effect, "tier": "low", "input": schema, **more,
    }  # fmt: skip


ANYTHING = {"type": "object", "additionalProperties": True}
URI = {"type": "object", "properties": {"uri": {"type": "string", "pattern": "^demo://"}}, "required": ["uri"]}
ACTIONS = {
    "echo": tool(HTTP, "echo"),
    "sum": tool(HTTP, "get-sum"),
    "things": tool(HTTP, "resources/list"),
    "thing": tool(HTTP, "resources/read", input=URI),
    "prompts": tool(HTTP, "prompts/list"),
    "prompt": tool(HTTP, "prompts/get"),
    **{f"{name}-{way}": tool(way, found) for name, found in OFFERS.items() for way in WAYS},
    "now": tool("time", "get_current_time"),
    "write": tool("filesystem", "write_file", "write"),
    "read": tool("filesystem", "read_text_file"),
    "remember": tool("memory", "create_entities", "write"),
    "recall": tool("memory", "read_graph"),
    "log": tool("git", "git_log"),
}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str, Path]]:
    """A gateway with every reference server behind it, an agent's key, and the folder in which they work."""
    servers.need_npm()
    folder = tmp_path_factory.mktemp("mcp-systems")
    places = {name: folder / name for name in NAMES}
    for place in places.values():
        place.mkdir()
    commands = "; ".join(f"{name}={command(servers.STARTED_BY[name](places[name]))}" for name in NAMES)
    with ExitStack() as stack:
        address = stack.enter_context(servers.everything_over_http())
        running = stack.enter_context(gateway(folder / "home", action_commands=commands))
        processes = {name: {"speaks": "mcp-stdio", "command": name} for name in NAMES}
        running.declare_quietly(System, **{HTTP: {"speaks": "mcp", "address": address}}, **processes)
        running.declare(Action, **ACTIONS)
        context = running.app.identity.local_user("keeper").context("tests")
        key, _ = running.app.admitting.keys.new(context, Wanted("agent", CASE, stage="pilot"))
        plain = Plain(f"{running.address}/mcp", key)
        wait_for(lambda: plain.ask("tools/list").status_code == 200)
        plain.close()
        yield running, key, folder


def called(there: tuple[Running, str, Path], *calls: tuple[str, dict[str, Any]], mode: str = "auto") -> list[Any]:
    """What the official client gets for calls, one after the other."""
    running, key, _folder = there

    async def drive() -> list[Any]:
        async with client(f"{running.address}/mcp", key, mode=mode) as made:
            return [await made.call_tool(name, arguments) for name, arguments in calls]

    return asyncio.run(drive())


def text(result: Any) -> str:
    assert not result.is_error, result
    return "".join(each.text for each in result.content if isinstance(each, types.TextContent))


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_tools_of_every_reference_server_answer_through_the_gateway(
    there: tuple[Running, str, Path], mode: str
) -> None:
    folder = there[2]
    file = folder / "filesystem" / f"{mode}.txt"
    entity = {"name": f"Ana-{mode}", "entityType": "person", "observations": ["reads every diff"]}
    echo, total, now, wrote, read, _remembered, recalled, log = called(
        there,
        ("echo", {"message": "hello"}),
        ("sum", {"a": 2, "b": 40}),
        ("now", {"timezone": "Europe/Berlin"}),
        ("write", {"path": str(file), "content": "written through the gateway"}),
        ("read", {"path": str(file)}),
        ("remember", {"entities": [entity]}),
        ("recall", {}),
        ("log", {"repo_path": str(folder / "git")}),
        mode=mode,
    )
    assert "hello" in text(echo)
    assert "42" in text(total)
    assert now.structured_content["timezone"] == "Europe/Berlin"
    assert not wrote.is_error
    assert file.read_text("utf-8") == "written through the gateway"
    assert "written through the gateway" in text(read)
    assert f"Ana-{mode}" in text(recalled)
    assert "Say hello" in text(log)


def test_what_a_server_says_no_to_is_told_and_nothing_was_done(there: tuple[Running, str, Path]) -> None:
    no, outside = called(
        there, ("now", {"timezone": "Nowhere/Nothing"}), ("write", {"path": "/etc/roadworthy", "content": "x"})
    )
    assert no.is_error
    assert "Nowhere/Nothing" in "".join(each.text for each in no.content)
    assert outside.is_error
    assert outside.meta["dev.roadworthy/action"]["state"] == "failed"


def test_resources_and_prompts_go_through_the_same_decision(there: tuple[Running, str, Path]) -> None:
    running, key, _folder = there

    async def drive() -> tuple[Any, ...]:
        async with client(f"{running.address}/mcp", key) as made:
            resources = (await made.list_resources()).resources
            read = await made.read_resource(str(resources[0].uri))
            prompts = (await made.list_prompts()).prompts
            prompt = await made.get_prompt("simple-prompt")
            names = [each.name for each in (await made.list_tools()).tools]
            return resources, read, prompts, prompt, names

    resources, read, prompts, prompt, names = asyncio.run(drive())
    assert resources
    assert read.contents
    assert "simple-prompt" in {each.name for each in prompts}
    assert prompt.messages
    assert not set(names) & {"things", "thing", "prompts", "prompt"}
    plain = Plain(f"{running.address}/mcp", key)
    closed = plain.ask("resources/read", {"uri": "file:///etc/passwd"})
    assert closed.json()["error"]["code"] == -32602
    plain.close()


def test_a_real_tool_that_is_another_than_was_approved_is_refused_until_it_is_approved_again(
    there: tuple[Running, str, Path],
) -> None:
    running, _key, folder = there
    tools = asyncio.run(_tools(folder))
    found = next(each for each in tools if each["name"] == "get_current_time")
    pin = pin_of(found).model_dump(by_alias=True)
    running.declare(Action, now=tool("time", "get_current_time", pin=pin))
    assert not called(there, ("now", {"timezone": "Europe/Berlin"}))[0].is_error
    stale = {**pin, "annotations": f"sha256:{'0' * 64}"}
    running.declare(Action, now=tool("time", "get_current_time", pin=stale))
    no = called(there, ("now", {"timezone": "Europe/Berlin"}))[0]
    assert no.is_error
    assert no.meta["dev.roadworthy/action"]["code"] == "action-changed"
    assert "annotations" in no.content[0].text
    running.declare(Action, now=tool("time", "get_current_time", pin=pin))
    assert not called(there, ("now", {"timezone": "Europe/Berlin"}))[0].is_error


@pytest.mark.parametrize("way", WAYS)
def test_images_resources_links_and_structure_arrive_as_the_server_sent_them(
    there: tuple[Running, str, Path], way: str
) -> None:
    image, embedded, links, structured, marked = called(
        there,
        (f"image-{way}", {}),
        (f"embedded-{way}", {"resourceType": "Text", "resourceId": 1}),
        (f"links-{way}", {"count": 2}),
        (f"structured-{way}", {"location": "Chicago"}),
        (f"marked-{way}", {"messageType": "error", "includeImage": True}),
    )
    (picture,) = [each for each in image.content if each.type == "image"]
    assert base64.b64decode(picture.data).startswith(b"\x89PNG")
    assert picture.mime_type == "image/png"
    (inside,) = [each for each in embedded.content if each.type == "resource"]
    assert inside.resource.text
    assert str(inside.resource.uri).startswith("demo://")
    assert len([each for each in links.content if each.type == "resource_link"]) == 2
    assert set(structured.structured_content) == {"temperature", "conditions", "humidity"}
    assert marked.content[0].annotations.priority == 1.0


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_reports_progress_and_logs_while_it_works_is_heard_to_its_end(
    there: tuple[Running, str, Path], way: str
) -> None:
    logging, long = called(there, (f"logs-{way}", {}), (f"long-{way}", {"duration": 0.2, "steps": 4}))
    assert "logging" in text(logging)
    assert "completed" in text(long)


@pytest.mark.parametrize("way", WAYS)
def test_what_would_ask_the_user_or_the_model_of_a_client_is_told_that_there_is_none(
    there: tuple[Running, str, Path], way: str
) -> None:
    """The server offers such tools to nobody who does not say that it can be asked; called all the same, it says so."""
    elicits, samples, research = called(
        there, (f"elicits-{way}", {}), (f"samples-{way}", {"prompt": "Hello"}),
        (f"research-{way}", {"topic": "refunds", "ambiguous": True}),
    )  # fmt: skip
    for no, why in ((elicits, "not found"), (samples, "not found"), (research, "requires task augmentation")):
        assert no.is_error
        assert why in "".join(each.text for each in no.content)
        assert no.meta["dev.roadworthy/action"]["state"] == "failed"


@pytest.mark.parametrize("way", WAYS)
def test_what_a_client_does_not_wait_for_is_finished_and_on_record(there: tuple[Running, str, Path], way: str) -> None:
    running, key, _folder = there
    run = f"left-{way}"

    def stands(http: httpx.Client) -> str | None:
        said = http.get(f"{running.address}/v1/agent-runs/{run}", headers={"Authorization": f"Bearer {key}"})
        return said.json()["actions"][0]["state"] if said.status_code == 200 else None

    async def leave() -> None:
        async with client(f"{running.address}/mcp", key) as made:
            arguments = {"duration": 0.5, "steps": 2}
            named: Any = {"dev.roadworthy/run": run}
            asked = asyncio.create_task(made.call_tool(f"long-{way}", arguments, meta=named))
            await asyncio.to_thread(wait_for, lambda: stands(http))
            asked.cancel()
            await asyncio.wait([asked])
            assert asked.cancelled()

    with httpx.Client(trust_env=False, timeout=30) as http:
        asyncio.run(leave())
        assert wait_for(lambda: stands(http) == "done")


async def _tools(folder: Path) -> list[Any]:
    """What the server says of its tools, read by the adapter itself as an import does."""
    from roadworthy.foundation.logs import Secret
    from roadworthy.operate.actions.systems.fleet import ReachedSystem
    from roadworthy.operate.actions.systems.stdio import StdioSystems

    program = servers.time(folder)
    systems = StdioSystems({"time": [program.command, *program.args]})
    spec = System.model_validate({"speaks": "mcp-stdio", "command": "time"})
    try:
        return list(await systems.tools(ReachedSystem("time", spec, Secret(""), None)))
    finally:
        await systems.stop(1.0)


def test_processes_end_with_their_gateway(tmp_path: Path) -> None:
    commands = f"time={command(servers.time(tmp_path))}"
    with gateway(tmp_path / "home", action_commands=commands) as running:
        running.declare_quietly(System, time={"speaks": "mcp-stdio", "command": "time"})
        running.declare(Action, now=tool("time", "get_current_time"))
        plain = Plain(f"{running.address}/mcp", running.key)
        wait_for(lambda: plain.ask("tools/list").status_code == 200)
        said = plain.call("now", {"timezone": "Europe/Berlin"}).json()["result"]
        assert said["structuredContent"]["timezone"] == "Europe/Berlin"
        plain.close()
        process = running.app.acting.processes.processes()["time"]
        assert process is not None
        assert Path(f"/proc/{process}").exists()
    assert not Path(f"/proc/{process}").exists()
