"""The application as a transport: the command line's way while no server runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack

import httpx
from starlette.types import ASGIApp

from roadworthy.app import open_home
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.interfaces.api.server import create
from roadworthy.interfaces.client import new_secret


class _Read(httpx.AsyncByteStream):
    """A body that is read piece by piece as it is sent."""

    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._stream:
            yield piece


class InProcess(httpx.BaseTransport):
    """Answers requests by the application in this process, without a socket."""

    def __init__(self, application: ASGIApp) -> None:
        self._inner = httpx.ASGITransport(app=application, raise_app_exceptions=False)
        self._runner = asyncio.Runner()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Serve one request to its end."""
        return self._runner.run(self._answer(request))

    def close(self) -> None:
        """End the event loop."""
        self._runner.close()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        if not isinstance(request.stream, httpx.AsyncByteStream):
            assert isinstance(request.stream, httpx.SyncByteStream)  # noqa: S101 - a body is one or the other
            request.stream = _Read(request.stream)
        response = await self._inner.handle_async_request(request)
        return httpx.Response(response.status_code, headers=response.headers, content=await response.aread())


def open_transport(settings: Settings, runtime: Runtime, stack: ExitStack) -> tuple[httpx.BaseTransport, Secret]:
    """The application of a home that this process owns until the stack is closed, and its secret.

    Raises:
        Conflict: another process owns the home.
        Unavailable: the database cannot be opened.
    """
    app, _ = stack.enter_context(open_home(settings, runtime))
    secret = new_secret(runtime)
    transport = InProcess(create(app, secret, pages=False))
    stack.callback(transport.close)
    return transport, secret
