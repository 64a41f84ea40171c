"""The tools as an MCP server on the official SDK: `python -m tests.harness.retail.server FOLDER` speaks over stdio."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import mcp_types
from mcp.client.stdio import StdioServerParameters
from mcp.server import Server
from mcp.server.stdio import stdio_server

from tests.harness.probed_systems import serving
from tests.harness.retail.database import Database
from tests.harness.retail.tools import READS, Refusal, Retail

ROOT = Path(__file__).parents[3]


def described(folder: Path) -> list[mcp_types.Tool]:
    """The tools as `tool_schemas.json` describes them, with what they do to the database beside it."""
    schemas = json.loads((folder / "tool_schemas.json").read_text(encoding="utf-8"))
    return [
        mcp_types.Tool(
            name=each["function"]["name"],
            description=each["function"]["description"],
            input_schema=each["function"]["parameters"],
            annotations=mcp_types.ToolAnnotations(
                read_only_hint=each["function"]["name"] in READS,
                destructive_hint=each["function"]["name"] not in READS,
                open_world_hint=False,
            ),
        )
        for each in schemas
    ]


def server(folder: Path, retail: Retail) -> Server[Any]:
    """The server, over one shop.

    Args:
        folder: of the benchmark's retail part.
        retail: what its tools act on.
    """
    tools = described(folder)
    validators = {each.name: jsonschema.Draft202012Validator(each.input_schema) for each in tools}

    async def listed(_context: Any, _params: Any) -> mcp_types.ListToolsResult:
        return mcp_types.ListToolsResult(tools=tools)

    async def called(_context: Any, params: mcp_types.CallToolRequestParams) -> mcp_types.CallToolResult:
        arguments = params.arguments or {}
        if params.name in validators and (fault := next(validators[params.name].iter_errors(arguments), None)):
            return _refused(f"{fault.json_path}: {fault.message}")
        try:
            found = retail.call(params.name, arguments)
        except Refusal as refusal:
            return _refused(str(refusal))
        structured = found if isinstance(found, dict) else {"result": found}
        said = found if isinstance(found, str) else json.dumps(found)
        return mcp_types.CallToolResult(content=[_text(said)], structured_content=structured)

    return Server("tau-bench-retail", version="1", on_list_tools=listed, on_call_tool=called)


def _refused(why: str) -> mcp_types.CallToolResult:
    return mcp_types.CallToolResult(content=[_text(why)], is_error=True)


def _text(said: str) -> mcp_types.TextContent:
    return mcp_types.TextContent(type="text", text=said)


@contextmanager
def over_http(folder: Path, database: Database) -> Iterator[str]:
    """The address of the server over streamable HTTP; what it does is done to the database."""
    with serving(server(folder, Retail(database)).streamable_http_app()) as address:
        yield f"{address}/mcp"


def over_stdio(folder: Path) -> StdioServerParameters:
    """How a client starts it as a process, with a database of its own."""
    return StdioServerParameters(
        command=sys.executable, args=["-m", "tests.harness.retail.server", str(folder)], cwd=str(ROOT)
    )


async def _speak(folder: Path) -> None:
    made = server(folder, Retail(Database.load(folder)))
    async with stdio_server() as (read, write):
        await made.run(read, write, made.create_initialization_options())


if __name__ == "__main__":
    asyncio.run(_speak(Path(sys.argv[1])))
