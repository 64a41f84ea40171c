"""Clients of a Roadworthy server, for programs that block and for programs that await."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import httpx

from roadworthy.sdk.calling import Call, Result, send, send_async, settings_of
from roadworthy.sdk.groups import AsyncGroups, Groups

TIMEOUT_SECONDS = 60.0


class Client(Groups):
    """The API of a server, by its parts: `client.evidence.submit(...)`, `client.tickets.listed()`.

    Nothing is sent anywhere but to this server. Requests are repeated only where that has no second effect.

    Args:
        url: address of the server, such as `https://roadworthy.example.org`.
        token: from `roadworthy token new`.
        timeout: seconds that an answer may take.
        transport: another way to the server than a socket, for tests.
    """

    def __init__(
        self, url: str, token: str, *, timeout: float = TIMEOUT_SECONDS, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._http = httpx.Client(**settings_of(url, token, timeout), transport=transport)
        super().__init__(self.send)

    def send(self, call: Call[Result]) -> Result:
        """Send a call.

        Raises:
            ApiError: the server did not carry it out, or does not answer.
        """
        return send(self._http, call)

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(AsyncGroups):
    """As `Client`, to be awaited.

    Args:
        url: address of the server.
        token: from `roadworthy token new`.
        timeout: seconds that an answer may take.
        transport: another way to the server than a socket, for tests.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float = TIMEOUT_SECONDS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(**settings_of(url, token, timeout), transport=transport)
        super().__init__(self.send)

    async def send(self, call: Call[Result]) -> Result:
        """Send a call.

        Raises:
            ApiError: the server did not carry it out, or does not answer.
        """
        return await send_async(self._http, call)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
