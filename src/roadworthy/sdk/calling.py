"""Requests: how one is made, when it is repeated, and what comes back."""

from __future__ import annotations

import asyncio
import time  # noqa: TID251 - a client on somebody else's machine has no Runtime to take its sleep from
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Generic, Protocol, TypeVar

import httpx

from roadworthy.sdk.errors import silent, told, unreadable
from roadworthy.sdk.wire import decode, encode

Result = TypeVar("Result")

PREFIX = "/api/v1alpha1"
MOST_TRIES = 3
LONGEST_WAIT_SECONDS = 30.0
"""A server that asks to wait longer is not waited for."""
_AGAIN: Final = frozenset({429, 502, 503, 504})
_LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})

Query = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call(Generic[Result]):
    """A request that can be sent.

    Carried out twice it must have the effect of once before it is repeated: that is so for what only reads, for what
    replaces a named version, and for what carries an idempotency key.
    """

    method: str
    path: str
    result: Any
    """The type of what comes back; `bytes` and `str` are taken as they are."""
    query: Query = field(default_factory=dict)
    body: Any = None
    content: bytes | None = None
    """A body that is sent as it is."""
    files: Mapping[str, tuple[str, bytes]] | None = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    once: bool = False
    """Whether the server recognises a repetition by a key."""
    reads: bool = False
    """Whether it changes nothing although it is sent as a change."""

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again where nobody knows what became of it."""
        return self.method == "GET" or self.once or self.reads


class Send(Protocol):
    """Sends a call and waits for what comes back."""

    def __call__(self, call: Call[Result]) -> Result:
        """Send it."""
        ...


class SendAsync(Protocol):
    """As `Send`, to be awaited."""

    async def __call__(self, call: Call[Result]) -> Result:
        """Send it."""
        ...


def prepared(call: Call[Any]) -> dict[str, Any]:
    """The request as httpx takes it."""
    headers = {name: value for name, value in call.headers.items() if value is not None}
    if call.once and "Idempotency-Key" not in headers:
        headers["Idempotency-Key"] = str(uuid.uuid4())  # noqa: TID251 - see `time`
    request: dict[str, Any] = {
        "method": call.method,
        "url": f"{PREFIX}{call.path}",
        "params": {name: encode(value) for name, value in call.query.items() if value is not None},
        "headers": headers,
    }
    if call.files is not None:
        request["files"] = dict(call.files)
        request["data"] = {name: value for name, value in (call.body or {}).items() if value is not None}
    elif call.content is not None:
        request["content"] = call.content
    elif call.body is not None:
        request["json"] = encode(call.body)
    return request


def read(call: Call[Result], response: httpx.Response) -> Result:
    """What an answer brings.

    Raises:
        ApiError: the request was not carried out.
    """
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        raise told(response.status_code, response.content)
    result: Any
    if call.result is bytes:
        result = response.content
    elif call.result is str:
        result = response.text
    else:
        try:
            result = decode(call.result, response.json())
        except (ValueError, TypeError, AttributeError) as error:
            raise unreadable(response.status_code) from error
    known: Result = result
    return known


def pause(call: Call[Any], tries: int, outcome: httpx.Response | httpx.TransportError) -> float | None:
    """Seconds to wait before another try; None where there is none."""
    if tries >= MOST_TRIES:
        return None
    usual = 0.2 * 2.0 ** (tries - 1)
    if isinstance(outcome, httpx.TransportError):
        never_sent = isinstance(outcome, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        return usual if never_sent or call.repeatable else None
    if outcome.status_code not in _AGAIN or not call.repeatable:
        return None
    asked = outcome.headers.get("retry-after", "")
    wait = float(asked) if asked.isascii() and asked.isdigit() else usual
    return wait if wait <= LONGEST_WAIT_SECONDS else None


def send(http: httpx.Client, call: Call[Result]) -> Result:
    """Send a call, again where that is safe and may help."""
    request, tries = prepared(call), 0
    while True:
        tries += 1
        try:
            response = http.request(**request)
        except httpx.TransportError as error:
            wait = pause(call, tries, error)
            if wait is None:
                raise silent(str(http.base_url), error) from error
        else:
            wait = pause(call, tries, response)
            if wait is None:
                return read(call, response)
        time.sleep(wait)


async def send_async(http: httpx.AsyncClient, call: Call[Result]) -> Result:
    """As `send`, without blocking the event loop."""
    request, tries = prepared(call), 0
    while True:
        tries += 1
        try:
            response = await http.request(**request)
        except httpx.TransportError as error:
            wait = pause(call, tries, error)
            if wait is None:
                raise silent(str(http.base_url), error) from error
        else:
            wait = pause(call, tries, response)
            if wait is None:
                return read(call, response)
        await asyncio.sleep(wait)


def settings_of(url: str, token: str, timeout: float) -> dict[str, Any]:
    """How httpx is set up: nothing follows a redirect with the token, and no proxy sees loopback."""
    return {
        "base_url": url.rstrip("/"),
        "headers": {"Authorization": f"Bearer {token}"},
        "timeout": httpx.Timeout(timeout, connect=min(timeout, 5.0)),
        "follow_redirects": False,
        "trust_env": (httpx.URL(url).host or "") not in _LOCAL,
    }
