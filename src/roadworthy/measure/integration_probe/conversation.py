"""Conversations with an MCP server: every message guarded, paced and bounded, whatever the library decides to send."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.to_thread
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from roadworthy import __version__
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.reaching.addresses import number_of
from roadworthy.foundation.reaching.transport import trusted
from roadworthy.measure.integration_probe.credentials import header_of
from roadworthy.measure.integration_probe.declared import Address
from roadworthy.measure.integration_probe.guard import Guard
from roadworthy.measure.integration_probe.trying import Bench
from roadworthy.measure.integration_probe.wire import CORRELATION, NoAnswer, Stopped, reason

_LONGEST_CONVERSATION = 180.0
"""Seconds; the limits of calls end one long before."""


@dataclass(slots=True)
class Heard:
    """What went over the line beneath the library."""

    statuses: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    """Bodies of answers, as far as they are read."""
    waited: float = 0.0
    """Seconds that calls waited for their turn."""


class Line(httpx2.AsyncBaseTransport):
    """The one way out.

    Args:
        bench: pace and limits.
        guard: what may be sent.
        heard: filled with what comes back.
    """

    def __init__(self, bench: Bench, guard: Guard, heard: Heard) -> None:
        self._bench = bench
        self._guard = guard
        self._heard = heard
        self._inner = httpx2.AsyncHTTPTransport(trust_env=False, verify=trusted())

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Let a request pass if it may, when it is its turn."""
        url, content = str(request.url), await request.aread()
        if request.method == "POST":
            self._guard.message(url, _message(content))
        else:
            self._guard.request(request.method, url)
        begun = self._bench.clock.monotonic()
        self._bench.pace.wait()
        self._heard.waited += self._bench.clock.monotonic() - begun
        response = await self._inner.handle_async_request(await self._aimed(request))
        self._heard.statuses.append(response.status_code)
        assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101 - an asynchronous transport gives no other
        response.stream = _Bounded(response.stream, self._bench.limits.answer_bytes, self._heard)
        return response

    async def _aimed(self, request: httpx2.Request) -> httpx2.Request:
        """The same request to a number that may be connected to; the name stays for `Host` and the certificate."""
        url = request.url
        host = url.raw_host.decode("ascii")
        port = url.port or (443 if url.scheme == "https" else 80)
        numbers = await anyio.to_thread.run_sync(self._bench.reach.numbers, host, port)
        if number_of(host) is not None:
            return request
        extensions = {"sni_hostname": host, **request.extensions}
        aim = url.copy_with(host=numbers[0])
        return httpx2.Request(
            request.method, aim, headers=request.headers, stream=request.stream, extensions=extensions
        )

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._inner.aclose()


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends in an error where it is over the limit."""

    def __init__(self, inner: httpx2.AsyncByteStream, most: int, heard: Heard) -> None:
        self._inner = inner
        self._most = most
        self._heard = heard

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._inner:
            size += len(chunk)
            if size > self._most:
                message = f"an answer is over {self._most:,} bytes"
                raise NoAnswer(message)
            self._heard.texts.append(chunk.decode("utf-8", "replace"))
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def _message(content: bytes) -> Mapping[str, Any]:
    """A message as it is sent; an unreadable one is none that the guard knows, and an answer of ours has no method."""
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    if isinstance(found, Mapping) and "method" not in found and ("result" in found or "error" in found):
        return {"method": "notifications/answer"}
    return found if isinstance(found, Mapping) else {}


Talk = Callable[[Client], Awaitable[None]]


def hold(bench: Bench, guard: Guard, where: Address, secret: Secret | None, talk: Talk, heard: Heard) -> None:
    """Hold one conversation from greeting to end.

    Args:
        bench: pace and limits.
        guard: what may be sent.
        where: the server.
        secret: the credential to show; None for none.
        talk: what is said between.
        heard: filled with what comes back.

    Raises:
        NoAnswer: the conversation did not come about, or broke.
        RoadworthyError: the guard, or what `talk` raised.
    """

    async def whole() -> None:
        headers = {"User-Agent": f"roadworthy-probe/{__version__}", CORRELATION: bench.mark}
        if secret is not None:
            name, value = header_of(secret)
            headers[name] = value
        patience = bench.limits.patience
        http = httpx2.AsyncClient(
            transport=Line(bench, guard, heard), headers=headers, timeout=httpx2.Timeout(patience, connect=5.0)
        )
        async with http:
            transport = streamable_http_client(
                where.base,
                http_client=http,
                terminate_on_close=False,  # ending a session is a DELETE, which a probe does not send
                max_sse_event_size=bench.limits.answer_bytes,
            )
            with anyio.fail_after(_LONGEST_CONVERSATION):
                async with Client(transport, read_timeout_seconds=patience, cache=None) as client:
                    await talk(client)

    try:
        anyio.run(whole)
    except Exception as error:  # a library of many tasks raises groups; they are told apart and nothing is lost
        raise _told(error, heard) from error


def _told(error: BaseException, heard: Heard) -> Exception:
    """Why a conversation broke: our own errors as they are, everything else as no answer in our own words."""
    singles = list(_flat(error))
    for each in singles:
        if isinstance(each, RoadworthyError | Stopped | NoAnswer):
            return each
    last = heard.statuses[-1] if heard.statuses else None
    if last is not None and last >= 400:  # noqa: PLR2004 - the first status of an error
        return NoAnswer(f"status {last}")
    if any(isinstance(each, MCPError) for each in singles):
        return NoAnswer("the server answers with an error of the protocol")
    return NoAnswer(reason(singles[0]) if singles else "the conversation broke")


def _flat(error: BaseException) -> list[BaseException]:
    """Every single error of a group, and what caused them."""
    if isinstance(error, BaseExceptionGroup):
        return [single for each in error.exceptions for single in _flat(each)]
    cause = error.__cause__ or error.__context__
    return [error, *(_flat(cause) if cause is not None else [])]
