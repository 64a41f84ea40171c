"""What is said to an MCP server and what it answers, whatever carries it.

Source: Model Context Protocol, revisions 2026-07-28 and 2025-11-25.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import msgspec

from roadworthy import __version__

MODERN: Final = "2026-07-28"
"""Each request says by itself who speaks which version."""
LEGACY: Final = "2025-11-25"
"""The newest in which a server is greeted first."""
GREETED: Final = frozenset({LEGACY, "2025-06-18", "2025-03-26", "2024-11-05"})
VERSION_KEY: Final = "io.modelcontextprotocol/protocolVersion"
CLIENT_KEY: Final = "io.modelcontextprotocol/clientInfo"
CAPABILITIES_KEY: Final = "io.modelcontextprotocol/clientCapabilities"
IDEMPOTENCY_KEY: Final = "dev.roadworthy/idempotency-key"
USER_KEY: Final = "dev.roadworthy/user-token"
"""In `_meta`, to a process: the token for the user and this server, which over HTTP stands in a header."""
CALL: Final = "tools/call"
READ: Final = "resources/read"
PROMPT: Final = "prompts/get"
NAMED_BY: Final = {CALL: "name", PROMPT: "name", READ: "uri"}
"""By method, the parameter that the header `Mcp-Name` repeats."""
BESIDE: Final[Mapping[str, frozenset[str]]] = {
    "resources/list": frozenset({"cursor"}),
    "resources/templates/list": frozenset({"cursor"}),
    READ: frozenset({"uri"}),
    "prompts/list": frozenset({"cursor"}),
    PROMPT: frozenset({"name", "arguments"}),
}
"""Methods that an action may name in place of a tool, with the parameters that its arguments may be."""
OURSELVES: Final = {"name": "roadworthy", "title": "Roadworthy gateway", "version": __version__}
METHOD_UNKNOWN, PARAMS_UNFIT, UNREADABLE, REQUEST_UNFIT = -32601, -32602, -32700, -32600
HEADERS_DIFFER, CAPABILITY_MISSING, VERSION_UNSUPPORTED = -32020, -32021, -32022
NOTHING_DONE: Final = frozenset({HEADERS_DIFFER, CAPABILITY_MISSING, VERSION_UNSUPPORTED})
"""Errors of the protocol itself: the request was not looked at."""

_encode = msgspec.json.Encoder().encode
_SENTINEL: Final = re.compile(r"=\?base64\?(.*)\?=", re.DOTALL)
_PLAIN: Final = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,60}")
_SAFE: Final = 2**53 - 1
_MOST_HEADERS: Final = 30
_REPEATED: Final = frozenset({"string", "integer", "boolean"})


class SpokenError(Exception):
    """A server answered with an error of JSON-RPC.

    Args:
        code: of the error.
        message: as the server says it, cut.
        data: what stands beside it.
    """

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.data = data


class UnreadableError(Exception):
    """What came is no answer."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something that a server said."""

    id: object = None
    method: str | None = None
    result: Any = None
    error: SpokenError | None = None

    @property
    def answers(self) -> bool:
        """Whether it is an answer, and neither a notification nor a request."""
        return self.method is None


def request(id_: int | None, method: str, params: Mapping[str, Any]) -> bytes:
    """A request, or a notification where it has no id; one line."""
    said: dict[str, Any] = {"jsonrpc": "2.0"} | ({} if id_ is None else {"id": id_}) | {"method": method}
    return _encode({**said, "params": params} if params else said)


def answer(id_: object, method: str | None) -> bytes:
    """What a server is told that asks something of us: that we are there, or that we do not do that."""
    if method == "ping":
        return _encode({"jsonrpc": "2.0", "id": id_, "result": {}})
    error = {"code": METHOD_UNKNOWN, "message": "the gateway does not do that"}
    return _encode({"jsonrpc": "2.0", "id": id_, "error": error})


def meta(version: str, trace: str = "", key: str = "") -> dict[str, Any]:
    """What goes with every request: ourselves, where the version has it there, the trace and the idempotency key.

    Args:
        version: that is spoken.
        trace: a `traceparent`; none if empty.
        key: idempotency key; none if empty.
    """
    said: dict[str, Any] = {}
    if version == MODERN:
        said = {VERSION_KEY: MODERN, CLIENT_KEY: OURSELVES, CAPABILITIES_KEY: {}}
    return said | ({"traceparent": trace} if trace else {}) | ({IDEMPOTENCY_KEY: key} if key else {})


def greeting() -> dict[str, Any]:
    """Parameters of `initialize`."""
    return {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": OURSELVES}


def messages(content: bytes) -> Iterator[Message]:
    """What stands in a line, a body or an event; older servers may answer with a list.

    Raises:
        UnreadableError: it is no JSON-RPC.
    """
    try:
        value = json.loads(content, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise UnreadableError from error
    for each in value if isinstance(value, list) else [value]:
        yield _message(each)


def _no_number(word: str) -> object:
    message = f"{word} is no number in JSON"
    raise ValueError(message)


def _message(value: Any) -> Message:  # noqa: ANN401 - whatever came
    if not isinstance(value, dict):
        raise UnreadableError
    method, error = value.get("method"), value.get("error")
    if isinstance(method, str):
        return Message(value.get("id"), method)
    if isinstance(error, dict) and isinstance(error.get("code"), int):
        said = SpokenError(error["code"], str(error.get("message", ""))[:500], error.get("data"))
        return Message(value.get("id"), error=said)
    if isinstance(value.get("result"), dict):
        return Message(value.get("id"), result=value["result"])
    raise UnreadableError


# ---------------------------------------------------------------- headers


def shown(value: str) -> str:
    """A text as a header repeats it."""
    if _PLAIN.fullmatch(value) and not _SENTINEL.fullmatch(value):
        return value
    return f"=?base64?{base64.b64encode(value.encode('utf-8', 'surrogatepass')).decode()}?="


def read_header(value: str) -> str | None:
    """What a header repeats; None where it is not written as it has to be."""
    found = _SENTINEL.fullmatch(value)
    if found is None:
        return value
    try:
        content = base64.b64decode(found[1], validate=True)
        return content.decode() if base64.b64encode(content).decode() == found[1] else None
    except ValueError:
        return None


def repeated(schema: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Arguments that headers repeat: where each stands, and the end of the header's name.

    Args:
        schema: of the arguments, or of an object in them.
        path: to that object.
    """
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    for name, each in properties.items() if isinstance(properties, Mapping) else ():
        if isinstance(each, Mapping):
            said = each.get("x-mcp-header")
            if (
                isinstance(said, str)
                and _TOKEN.fullmatch(said)
                and each.get("type") in {"string", "integer", "boolean"}
            ):
                yield (*path, name), said
            yield from repeated(each, (*path, name))


def parameter_headers(schema: object, arguments: Mapping[str, Any]) -> dict[str, str]:
    """Headers `Mcp-Param-…` that go with a call of a tool."""
    found: dict[str, str] = {}
    for path, name in list(repeated(schema))[:_MOST_HEADERS]:
        value = at(arguments, path)
        if isinstance(value, bool):
            found[f"Mcp-Param-{name}"] = "true" if value else "false"
        elif isinstance(value, int) and abs(value) <= _SAFE:
            found[f"Mcp-Param-{name}"] = str(value)
        elif isinstance(value, str):
            found[f"Mcp-Param-{name}"] = shown(value)
    return found


def at(arguments: object, path: tuple[str, ...]) -> object:
    """What stands at the end of a path of names; None where nothing does."""
    for name in path:
        arguments = arguments.get(name) if isinstance(arguments, Mapping) else None
    return arguments
