"""MCP servers that learn for whom they are asked: over HTTP by a header that is checked, as a process by `_meta`.

Run as a program it is the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jwt
from mcp.server.mcpserver import Context, MCPServer
from starlette.responses import JSONResponse

from tests.harness.probed_systems import serving
from tests.harness.resource_server import ResourceServer

USER_TOKEN = "dev.roadworthy/user-token"


def _app(believes: ResourceServer) -> Any:
    server: MCPServer[Any] = MCPServer("named")

    @server.tool()
    def who(ctx: Context[Any, Any]) -> str:
        """For whom it was asked."""
        shown = (ctx.headers or {}).get("authorization", "")
        return str(believes.believed({"authorization": shown})["sub"])

    inner = server.streamable_http_app()

    async def door(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] == "http":
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            believes.headers.append(headers)
            try:
                believes.seen.append(believes.believed(headers))
            except jwt.PyJWTError as error:
                believes.faults.append(str(error))
                await JSONResponse({"error": "who are you?"}, 401)(scope, receive, send)
                return
        await inner(scope, receive, send)

    return door


@contextmanager
def named(believes: ResourceServer) -> Iterator[str]:
    """A server over HTTP until the end of the block; where it takes messages."""
    with serving(_app(believes)) as address:
        yield f"{address}/mcp"


def main() -> None:
    """Speak over standard input and output."""
    server: MCPServer[Any] = MCPServer("named")

    @server.tool()
    def who(ctx: Context[Any, Any]) -> str:
        """The token that stood beside the call."""
        return str(dict(ctx.request_context.meta or {}).get(USER_TOKEN))

    server.run("stdio")


if __name__ == "__main__":
    main()
