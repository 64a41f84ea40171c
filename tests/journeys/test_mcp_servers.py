"""The protocol's own reference servers, as a stock client meets them, before any gateway is in between."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mcp_types
import pytest
from mcp import Client

from tests.harness.mcp_servers.running import STARTED_BY, everything_over_http

CALLS: Mapping[str, tuple[str, Mapping[str, Any], str]] = {
    "everything": ("get-sum", {"a": 19, "b": 23}, "42"),
    "filesystem": ("write_file", {"path": "{folder}/note.txt", "content": "read me"}, "note.txt"),
    "memory": (
        "create_entities",
        {"entities": [{"name": "Halden", "entityType": "shop", "observations": ["sells tablets"]}]},
        "Halden",
    ),
    "git": ("git_log", {"repo_path": "{folder}"}, "Say hello"),
    "time": ("convert_time", {"source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"}, "21:00"),
}
"""By server: a tool, its arguments, and what stands in its answer."""


async def act(server: Any, tool: str, arguments: Mapping[str, Any]) -> tuple[set[str], mcp_types.CallToolResult]:
    async with Client(server, read_timeout_seconds=30) as client:
        tools = {each.name for each in (await client.list_tools()).tools}
        return tools, await client.call_tool(tool, dict(arguments))


def text(result: mcp_types.CallToolResult) -> str:
    return "".join(each.text for each in result.content if isinstance(each, mcp_types.TextContent))


@pytest.mark.parametrize("name", CALLS)
def test_a_reference_server_acts_over_stdio(name: str, tmp_path: Path) -> None:
    tool, arguments, said = CALLS[name]
    placed = {
        key: value.format(folder=tmp_path) if isinstance(value, str) else value for key, value in arguments.items()
    }

    tools, result = asyncio.run(act(STARTED_BY[name](tmp_path), tool, placed))

    assert tool in tools
    assert not result.is_error, text(result)
    assert said in text(result)
    if name == "filesystem":
        assert (tmp_path / "note.txt").read_text(encoding="utf-8") == "read me"


def test_a_reference_server_acts_over_streamable_http() -> None:
    with everything_over_http() as address:
        tools, result = asyncio.run(act(address, "echo", {"message": "over there"}))

    assert "echo" in tools
    assert "over there" in text(result)
