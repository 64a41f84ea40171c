"""A bridge for clients that only start a program and speak MCP with it: lines go to a gateway, its answers come back.

Standard output carries messages of the protocol and nothing else. Nothing is decided here; the gateway does that.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

import httpx
import msgspec

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.logs import Secret
from roadworthy.operate.actions.systems.speech import (
    HEADERS_DIFFER,
    LEGACY,
    NAMED_BY,
    UNREADABLE,
    VERSION_KEY,
    parameter_headers,
    shown,
)

LONGEST_LINE: Final = 4_194_304
"""Bytes of one message."""
_CONNECT_SECONDS: Final = 10.0
_ANSWER_SECONDS: Final = 300.0
_GONE: Final = -32603
_NOT_FOUND = 404
_CANCELS, _GREETS, _LISTS, _CALLS = "notifications/cancelled", "initialize", "tools/list", "tools/call"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True)
class Way:
    """To a gateway."""

    address: str
    """Of `/mcp`, or of one system below it."""
    key: Secret
    user_token: Secret | None = None
    run: str | None = None
    """Name of the agent run that every action belongs to which names none."""


@dataclass(slots=True)
class _Agreed:
    """What was agreed with a gateway that greets."""

    session: str = ""
    version: str = LEGACY
    greeting: bytes = b""
    schemas: dict[str, Any] = field(default_factory=dict)
    """Of tools, by name: some repeat arguments in headers."""

    @property
    def headers(self) -> dict[str, str]:
        """What goes with everything but the greeting."""
        return {"MCP-Protocol-Version": self.version} | ({"Mcp-Session-Id": self.session} if self.session else {})


class Bridge:
    """Carries messages both ways.

    Args:
        way: to the gateway.
        client: makes requests.
        say: writes a line to whoever started us.
    """

    def __init__(self, way: Way, client: httpx.AsyncClient, say: Callable[[bytes], None]) -> None:
        self._way = way
        self._client = client
        self._say = say
        self._agreed = _Agreed()
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def run(self, lines: asyncio.StreamReader) -> None:
        """Carry until no more lines come, and until the last answer went back."""
        while line := await lines.readline():
            if line.strip():
                self._took(line.strip())
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    def _took(self, line: bytes) -> None:
        try:
            message = _decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self._fail(None, UNREADABLE, "the line is no JSON object")
            return
        if message.get("method") == _CANCELS:
            self._cancel(message)
            return
        name = repr(message.get("id"))
        task = asyncio.ensure_future(self._carried(message, line))
        self._under_way[name] = task
        task.add_done_callback(lambda _task: self._under_way.pop(name, None))

    def _cancel(self, message: Mapping[str, Any]) -> None:
        """Let go of a request; a gateway takes that for the client being gone."""
        params = message.get("params")
        task = self._under_way.get(repr(params.get("requestId"))) if isinstance(params, Mapping) else None
        if task is not None:
            task.cancel()

    async def _carried(self, message: Mapping[str, Any], line: bytes) -> None:
        id_ = message.get("id")
        try:
            answer = await self._asked(message, line)
        except httpx.HTTPError as error:
            if id_ is not None:
                self._fail(id_, _GONE, f"the gateway does not answer ({type(error).__name__})")
            return
        if id_ is None:
            return
        try:
            said = _decode(answer.content)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self._fail(id_, _GONE, f"the gateway answered with status {answer.status_code} and no message")
            return
        self._learn(message, said, answer)
        if said.get("id") == id_ and b"\n" not in answer.content:
            self._say(answer.content)
        else:
            self._say(_encode({**said, "jsonrpc": "2.0", "id": id_}))

    async def _asked(self, message: Mapping[str, Any], line: bytes) -> httpx.Response:
        answer = await self._posted(message, line)
        if answer.status_code == _NOT_FOUND and self._agreed.session and self._agreed.greeting:
            await self._greeted_again()
            return await self._posted(message, line)
        if message.get("method") == _CALLS and answer.status_code >= 400 and _code(answer) == HEADERS_DIFFER:  # noqa: PLR2004 - the first status of a no
            await self._read_schemas(message)
            return await self._posted(message, line)
        return answer

    async def _posted(self, message: Mapping[str, Any], line: bytes) -> httpx.Response:
        return await self._client.post(self._way.address, content=line, headers=self._headers(message))

    def _headers(self, message: Mapping[str, Any]) -> dict[str, str]:
        way, method = self._way, str(message.get("method", ""))
        params = message.get("params")
        params = params if isinstance(params, Mapping) else {}
        meta = params.get("_meta")
        version = meta.get(VERSION_KEY) if isinstance(meta, Mapping) else None
        said = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
                "Authorization": f"Bearer {way.key.reveal()}"}  # fmt: skip
        if way.user_token is not None:
            said["Roadworthy-User-Token"] = way.user_token.reveal()
        if way.run is not None:
            said["Roadworthy-Run"] = way.run
        if not isinstance(version, str):
            return said | ({} if method == _GREETS else self._agreed.headers)
        named = params.get(NAMED_BY.get(method, "taskId"))
        name = {"Mcp-Name": shown(named)} if isinstance(named, str) else {}
        arguments = params.get("arguments")
        schema = self._agreed.schemas.get(named) if method == _CALLS and isinstance(named, str) else None
        repeats = parameter_headers(schema, arguments) if isinstance(arguments, Mapping) and schema else {}
        return {**said, "MCP-Protocol-Version": version, "Mcp-Method": method, **name, **repeats}

    # ------------------------------------------------------------ what is agreed

    def _learn(self, message: Mapping[str, Any], said: Mapping[str, Any], answer: httpx.Response) -> None:
        result = said.get("result")
        if not isinstance(result, Mapping):
            return
        if message.get("method") == _GREETS:
            self._agreed.session = answer.headers.get("mcp-session-id", "")
            self._agreed.version = str(result.get("protocolVersion", LEGACY))
            self._agreed.greeting = answer.request.content
        elif message.get("method") == _LISTS:
            self._know(result)

    def _know(self, result: Mapping[str, Any]) -> None:
        for each in result.get("tools", ()):
            if isinstance(each, Mapping):
                self._agreed.schemas[str(each.get("name"))] = each.get("inputSchema")

    async def _greeted_again(self) -> None:
        """The gateway knows nothing of the session any more; the client need not learn of that."""
        message = _decode(self._agreed.greeting)
        answer = await self._posted(message, self._agreed.greeting)
        self._agreed.session = answer.headers.get("mcp-session-id", "")

    async def _read_schemas(self, message: Mapping[str, Any]) -> None:
        """Learn which arguments of tools headers repeat."""
        params = {"_meta": message["params"]["_meta"]}
        asks = {"jsonrpc": "2.0", "id": "schemas", "method": _LISTS, "params": params}
        answer = await self._posted(asks, _encode(asks))
        try:
            result = _decode(answer.content).get("result")
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return
        if isinstance(result, Mapping):
            self._know(result)

    def _fail(self, id_: object, code: int, why: str) -> None:
        self._say(_encode({"jsonrpc": "2.0", "id": id_, "error": {"code": code, "message": why}}))


def _code(answer: httpx.Response) -> object:
    try:
        error = _decode(answer.content).get("error")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return error.get("code") if isinstance(error, Mapping) else None


async def carry(way: Way, source: BinaryIO, sink: BinaryIO) -> None:
    """Be a bridge until the source ends.

    Args:
        way: to the gateway.
        source: of lines; a pipe, a terminal or a socket.
        sink: of lines.
    """
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=LONGEST_LINE)
    try:
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), source)
    except ValueError as error:
        raise InvalidInput(
            "mcp-input-unfit",
            "standard input is a file, and no pipe",
            remedy="have an MCP client start this command, or write `cat FILE | roadworthy mcp connect …`",
        ) from error

    def say(line: bytes) -> None:
        sink.write(line + b"\n")
        sink.flush()

    timeout = httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS)
    try:
        async with httpx.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False) as client:
            await Bridge(way, client, say).run(lines)
    except ValueError:
        sys.stderr.write(f"a line has more than {LONGEST_LINE} bytes\n")
    finally:
        transport.close()
