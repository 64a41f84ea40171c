"""tau-bench's retail shop: its tasks against our tools, and these as an MCP server, with no gateway between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mcp_types
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from tests.harness.agent_framework import drive, script
from tests.harness.retail.database import Database, folder
from tests.harness.retail.replay import Broken, Passed, broken, expected, outcomes, refusal, table
from tests.harness.retail.server import over_http, over_stdio
from tests.harness.retail.tools import NAMES, READS, Refusal, Retail

ONLY_A_GATEWAY_CAN = {"another customer's account", "another customer's order"}
"""What the tools do for anybody: they are not told for whom."""


@pytest.fixture(scope="module")
def retail() -> Path:
    return folder()


@pytest.fixture(scope="module")
def database(retail: Path) -> Database:
    return Database.load(retail)


@pytest.mark.parametrize(
    ("split", "tasks", "writes", "refused"),
    [("dev", 20, Passed(25, 25), 0), ("test", 115, Passed(178, 174), 20), ("train", 500, Passed(768, 748), 0)],
)
def test_the_tools_do_what_the_tasks_expect(
    retail: Path, database: Database, split: str, tasks: int, writes: Passed, refused: int
) -> None:
    found = expected(retail, split)
    done = [each for task in found for each in outcomes(database, task.calls)]

    assert len(found) == tasks
    assert table([("writes", each.refused is None) for each in done if each.call.writes]) == {"writes": writes}
    assert sum(each.refused is not None for each in done if not each.call.writes) == refused
    why = {each.refused for each in done if each.call.writes and each.refused}
    assert why <= {
        "the gift card does not cover it",
        "the order is pending, not delivered",
        "a refund goes to the original payment method or to a gift card",
    }


def test_the_tools_refuse_every_broken_call_but_those_about_somebody_else(retail: Path, database: Database) -> None:
    def done(each: Broken) -> bool:
        tools = Retail(database.copy())
        for call in each.before:
            refusal(tools, call)
        return refusal(tools, each.call) is None

    found = table([(each.why, done(each)) for task in expected(retail, "test") for each in broken(database, task)])

    assert sum(each.asked for each in found.values()) > 2_500
    assert {why for why, each in found.items() if each.done} == ONLY_A_GATEWAY_CAN
    assert found["another customer's account"] == Passed(11, 11)


def test_a_database_stays_as_it_was_where_only_a_copy_is_acted_on(retail: Path, database: Database) -> None:
    task = expected(retail, "dev")[0]
    order = task.calls[0].arguments["order_id"]
    copy = database.copy()

    Retail(copy).call("cancel_pending_order", task.calls[0].arguments)

    assert copy.orders[order]["status"] == "cancelled"
    assert database.orders[order]["status"] == "pending"


def test_sums_are_exact_and_nothing_else_is_run(database: Database) -> None:
    tools = Retail(database)

    assert tools.call("calculate", {"expression": "0.1 + 0.2"}) == "0.3"
    assert tools.call("calculate", {"expression": "(3 - 5) * -2.5 / 4"}) == "1.25"
    for bad in ("2 ** 99", "__import__", "1/0", "(" * 300, "1" * 500, "", "()"):
        with pytest.raises(Refusal):
            tools.call("calculate", {"expression": bad})


@pytest.fixture
def reached(request: pytest.FixtureRequest, retail: Path, database: Database) -> Iterator[str | StdioServerParameters]:
    if request.param == "stdio":
        yield over_stdio(retail)
        return
    with over_http(retail, database.copy()) as address:
        yield address


@pytest.mark.parametrize("reached", ["http", "stdio"], indirect=True)
@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
def test_a_stock_client_does_a_task_over_both_transports_and_versions(
    reached: str | StdioServerParameters, mode: str, retail: Path
) -> None:
    task = expected(retail, "test")[0]

    async def act() -> tuple[list[mcp_types.Tool], list[Any]]:
        async with Client(reached, mode=mode) as client:
            tools = (await client.list_tools()).tools
            calls = [*task.calls, task.calls[-1]]
            return tools, [await client.call_tool(each.name, dict(each.arguments)) for each in calls]

    tools, results = asyncio.run(act())
    assert {each.name for each in tools} == NAMES
    assert {each.name for each in tools if each.annotations and each.annotations.read_only_hint} == READS
    *done, again = results
    assert [each.is_error for each in done] == [False] * len(done)
    assert done[-1].structured_content["status"] == "exchange requested"
    assert again.is_error
    assert again.content[0].text == "the order is exchange requested, not delivered"


def test_a_call_of_another_shape_is_refused_by_the_server(retail: Path, database: Database) -> None:
    async def act(address: str) -> Any:
        async with Client(address) as client:
            return await client.call_tool("cancel_pending_order", {"order_id": 7, "reason": "no longer needed"})

    with over_http(retail, database.copy()) as address:
        found = asyncio.run(act(address))
    assert found.is_error
    assert found.content[0].text.startswith("$.order_id")


def test_an_agent_framework_does_a_task_and_is_told_what_was_refused(retail: Path, database: Database) -> None:
    task = expected(retail, "test")[0]
    steps = [(each.name, each.arguments) for each in task.calls]

    with over_http(retail, database.copy()) as address:
        ended = drive(address, script(*steps, steps[-1]))

    assert [each.tool for each in ended.returned] == [name for name, _ in [*steps, steps[-1]]]
    assert [each.failed for each in ended.returned] == [False] * len(steps) + [True]
    assert "exchange requested, not delivered" in ended.returned[-1].text
    assert ended.said == "That is all."
