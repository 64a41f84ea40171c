"""The official client of the Model Context Protocol, and plain messages beside it, at a gateway."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

MODERN: Final = "2026-07-28"
TASKS: Final[Mapping[str, Any]] = {"extensions": {"io.modelcontextprotocol/tasks": {}}}
REFUND: Final = {"payment": "p-7001", "customer": "c-1001", "amount": 2000, "currency": "EUR", "reason": "screen"}


@asynccontextmanager
async def client(address: str, key: str, **options: Any) -> AsyncIterator[Client]:
    """The official client; its options are those of `mcp.Client`."""
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=60) as http,
        Client(streamable_http_client(address, http_client=http), **options) as made,
    ):
        yield made


def meta(capabilities: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """What goes with every request of 2026-07-28."""
    return {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": capabilities or {},
        **more,
    }


class Plain:
    """Speaks with a gateway message by message, with headers as they are given.

    Args:
        address: of `/mcp`.
        key: of a gateway.
    """

    def __init__(self, address: str, key: str) -> None:
        self.address = address
        self._key = key
        self._http = httpx.Client(trust_env=False, timeout=60)

    def post(self, body: Mapping[str, Any] | list[Any] | bytes, headers: Mapping[str, str | None]) -> httpx.Response:
        """One body, with headers; of those that are None, nothing is sent."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        usual = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
                 "Authorization": f"Bearer {self._key}"}  # fmt: skip
        said = {name: value for name, value in {**usual, **headers}.items() if value is not None}
        return self._http.post(self.address, content=content, headers=said)

    def ask(
        self, method: str, params: Mapping[str, Any] | None = None, *, capabilities: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None, extra: Mapping[str, Any] | None = None,
    ) -> httpx.Response:  # fmt: skip
        """A request of 2026-07-28; `headers` take the place of those that belong to it, `extra` stands in `_meta`."""
        said = {**(params or {}), "_meta": meta(capabilities, **(extra or {}))}
        name = said.get("name", said.get("uri", said.get("taskId")))
        belongs = {"MCP-Protocol-Version": MODERN, "Mcp-Method": method, "Mcp-Name": name}
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": said}
        return self.post(body, {**belongs, **(headers or {})})

    def call(self, tool: str, arguments: Mapping[str, Any], **more: Any) -> httpx.Response:
        """Call a tool; other parameters as `params`, the rest as for `ask`."""
        params = {"name": tool, "arguments": arguments, **more.pop("params", {})}
        return self.ask("tools/call", params, **more)

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()
