"""A real MCP server to be probed, over streamable HTTP, with the faults such servers have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import ToolAnnotations
from starlette.responses import JSONResponse

from tests.harness.probed_systems import TOKEN, serving


@dataclass
class Desk:
    """A server with two reading tools and one that writes, but for its flaws."""

    token: str = TOKEN
    open_to_all: bool = False
    annotated: bool = True
    traces: bool = False
    writes: list[str] = field(default_factory=list)
    """Every call of a tool that writes."""
    record: list[str] = field(default_factory=list)
    """Correlation ids of calls."""
    address: str = ""


def desk_app(desk: Desk) -> Any:
    """The server behind a door."""
    server: MCPServer[Any] = MCPServer("desk")
    reading = ToolAnnotations(read_only_hint=True) if desk.annotated else None

    @server.tool(annotations=reading)
    def find_patient(patient: str, ctx: Context[Any, Any]) -> str:
        """Finds one."""
        headers = ctx.headers or {}
        desk.record.append(str(headers.get("x-correlation-id", "")))
        if patient != "p-1":
            message = (
                'Traceback (most recent call last):\n  File "app/get.py", line 3' if desk.traces else "no such one"
            )
            raise ValueError(message)
        return "found"

    @server.tool(annotations=reading)
    def trail(correlation: str) -> list[str]:
        """What was called."""
        return [each for each in desk.record if each == correlation]

    @server.tool(annotations=ToolAnnotations(read_only_hint=False, destructive_hint=True) if desk.annotated else None)
    def discharge(patient: str) -> str:
        """Writes."""
        desk.writes.append(patient)
        return "done"

    inner = server.streamable_http_app()

    async def door(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        shown = dict(scope.get("headers") or []).get(b"authorization", b"").decode()
        if scope["type"] == "http" and shown != f"Bearer {desk.token}" and not desk.open_to_all:
            await JSONResponse({"error": "who are you?"}, 401)(scope, receive, send)
            return
        await inner(scope, receive, send)

    return door


@contextmanager
def desk(**flaws: Any) -> Iterator[Desk]:
    """A desk that answers, with these flaws."""
    made = Desk(**flaws)
    with serving(desk_app(made)) as address:
        made.address = f"{address}/mcp"
        yield made
