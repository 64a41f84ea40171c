"""What a client of the Model Context Protocol asks: one message, read once, with the headers that repeat it. Pure.

A program between the client and the gateway may have gone by the headers, so they say what the body says or the request
is refused, in either revision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.settings import LOOPBACK
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions.systems.speech import (
    CALL,
    CAPABILITIES_KEY,
    CLIENT_KEY,
    HEADERS_DIFFER,
    IDEMPOTENCY_KEY,
    LEGACY,
    MODERN,
    NAMED_BY,
    PARAMS_UNFIT,
    REQUEST_UNFIT,
    UNREADABLE,
    VERSION_KEY,
    VERSION_UNSUPPORTED,
    at,
    read_header,
    repeated,
)

GREETS: Final = "initialize"
OLDER: Final = (LEGACY, "2025-06-18")
"""Revisions in which a client is greeted first, the newest first."""
SUPPORTED: Final = (MODERN, *OLDER)
RUN_KEY: Final = "dev.roadworthy/run"
CALLBACK_KEY: Final = "dev.roadworthy/callback"
DRY_KEY: Final = "dev.roadworthy/dry-run"
TASKS: Final = "io.modelcontextprotocol/tasks"
MOST_NAME: Final = 200
_VERSION_HEADER: Final = "mcp-protocol-version"
_METHOD_HEADER: Final = "mcp-method"
_NAME_HEADER: Final = "mcp-name"
_TASK_METHODS: Final = ("tasks/get", "tasks/update", "tasks/cancel")
_NAMES: Final = {**NAMED_BY, **dict.fromkeys(_TASK_METHODS, "taskId")}
_NO_NAME: Final = object()


class Unfit(Exception):
    """A message that is refused as such.

    Args:
        code: of JSON-RPC.
        message: in words.
        status: of HTTP.
        data: what stands beside the error.
        id_: of the message; None where it could not be read.
    """

    def __init__(
        self, code: int, message: str, *, status: int = 400, data: Mapping[str, Any] | None = None, id_: object = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.data = data
        self.id = id_


@dataclass(frozen=True, slots=True)
class Asked:
    """One message."""

    id: str | int | None
    """None of a notification."""
    method: str
    params: Mapping[str, Any]
    version: str

    @property
    def is_modern(self) -> bool:
        """Whether it says by itself who speaks, and how."""
        return self.version == MODERN

    @property
    def meta(self) -> Mapping[str, Any]:
        """What stands beside the parameters."""
        found = self.params.get("_meta")
        return found if isinstance(found, Mapping) else {}

    @property
    def capabilities(self) -> Mapping[str, Any]:
        """What the client can do; what it said when it was greeted does not count here."""
        found = self.meta.get(CAPABILITIES_KEY) if self.is_modern else None
        return found if isinstance(found, Mapping) else {}

    @property
    def has_tasks(self) -> bool:
        """Whether the client knows tasks."""
        return isinstance(at(self.capabilities, ("extensions", TASKS)), Mapping)

    @property
    def elicits(self) -> str:
        """How the client can ask its user: `url`, `form`, or nothing."""
        found = self.capabilities.get("elicitation")
        if not isinstance(found, Mapping):
            return ""
        return "url" if isinstance(found.get("url"), Mapping) else "form" if "form" in found or not found else ""

    @property
    def client(self) -> str | None:
        """What the client calls itself."""
        return client_of(self.meta.get(CLIENT_KEY))

    @property
    def run(self) -> str | None:
        """The agent run that it names."""
        return self._named(RUN_KEY)

    @property
    def key(self) -> str | None:
        """Its idempotency key."""
        return self._named(IDEMPOTENCY_KEY)

    @property
    def callback(self) -> object:
        """Where the client wants to be called when it is over, as it says it."""
        return self.meta.get(CALLBACK_KEY)

    @property
    def is_dry(self) -> bool:
        """Whether it only asks what would become of it."""
        return self.meta.get(DRY_KEY) is True

    def text(self, name: str) -> str:
        """A parameter that is a text.

        Raises:
            Unfit: it is none.
        """
        found = self.params.get(name)
        if not isinstance(found, str) or not found:
            raise self.unfit(f"`{name}` is a text")
        return found

    def unfit(self, why: str) -> Unfit:
        """A no to these parameters."""
        return Unfit(PARAMS_UNFIT, why, status=400 if self.is_modern else 200, id_=self.id)

    def _named(self, key: str) -> str | None:
        found = self.meta.get(key)
        if found is None:
            return None
        if not isinstance(found, str) or not 0 < len(found) <= MOST_NAME or not found.isprintable():
            raise self.unfit(f"`{key}` is a text of up to {MOST_NAME} characters")
        return found


def client_of(info: object) -> str | None:
    """What a client calls itself, with its version."""
    if not isinstance(info, Mapping) or not isinstance(info.get("name"), str):
        return None
    version = info.get("version")
    said = f"{info['name']}/{version}" if isinstance(version, str) and version else str(info["name"])
    return "".join(each for each in said if each.isprintable())[:MOST_NAME] or None


def asked(body: bytes, headers: Mapping[str, str]) -> Asked:
    """A message, which says what its headers say.

    Raises:
        Unfit: it is none, it says something else than its headers, or its revision is not spoken here.
    """
    said = _object(body)
    id_ = said.get("id")
    if "method" not in said and ("result" in said or "error" in said):
        return _response(headers)
    method, params = said.get("method"), said.get("params", {})
    if said.get("jsonrpc") != "2.0" or not isinstance(method, str) or not isinstance(params, Mapping):
        raise Unfit(REQUEST_UNFIT, "the body is no request of JSON-RPC 2.0", id_=_id(id_))
    if "id" in said and (isinstance(id_, bool) or not isinstance(id_, str | int)):
        raise Unfit(REQUEST_UNFIT, "the id of a request is a text or a whole number")
    message = Asked(_id(id_), method, params, _version(method, params, headers, _id(id_)))
    if message.id is not None:
        _complete(message)
        _same(message, headers)
    return message


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        said = forms.asked(body)
    except InvalidInput as error:
        raise Unfit(UNREADABLE, f"the body is not JSON that reads in one way: {error.message}") from error
    if not isinstance(said, Mapping):
        raise Unfit(REQUEST_UNFIT, "the body is one message of JSON-RPC; several at once are not taken")
    return said


def _id(found: object) -> str | int | None:
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None


def _response(headers: Mapping[str, str]) -> Asked:
    """An answer, of which an older client may send one; nothing was asked of it."""
    if headers.get(_VERSION_HEADER, LEGACY) == MODERN:
        raise Unfit(REQUEST_UNFIT, "a client sends requests and notifications, and no answers")
    return Asked(None, "", {}, LEGACY)


def _version(method: str, params: Mapping[str, Any], headers: Mapping[str, str], id_: str | int | None) -> str:
    """The revision in which a message is to be read."""
    meta = params.get("_meta")
    inside = meta.get(VERSION_KEY) if isinstance(meta, Mapping) else None
    shown = headers.get(_VERSION_HEADER)
    if method == GREETS and inside is None:
        return LEGACY
    if inside is not None and not isinstance(inside, str):
        raise Unfit(PARAMS_UNFIT, f"`{VERSION_KEY}` is a text", id_=id_)
    if inside is not None and shown != inside:
        raise _differ("MCP-Protocol-Version", id_)
    version = shown or inside or OLDER[-1]
    if version not in SUPPORTED:
        data = {"supported": list(SUPPORTED), "requested": version[:60]}
        raise Unfit(VERSION_UNSUPPORTED, "this revision of the protocol is not spoken here", data=data, id_=id_)
    return version


def _complete(message: Asked) -> None:
    """See that a request of the new kind says who speaks and how."""
    if not message.is_modern:
        return
    missing = [name for name in (VERSION_KEY, CAPABILITIES_KEY) if name not in message.meta]
    if missing:
        raise message.unfit(f"`_meta` has no {' and no '.join(f'`{each}`' for each in missing)}")
    if not isinstance(message.meta[CAPABILITIES_KEY], Mapping):
        raise message.unfit(f"`{CAPABILITIES_KEY}` is an object")


def _same(message: Asked, headers: Mapping[str, str]) -> None:
    """See that headers say what the body says; a new client sends them, an older one may."""
    method = headers.get(_METHOD_HEADER)
    if method != message.method and (message.is_modern or method is not None):
        raise _differ("Mcp-Method", message.id)
    name = message.params.get(_NAMES[message.method], _NO_NAME) if message.method in _NAMES else _NO_NAME
    shown = headers.get(_NAME_HEADER)
    if shown is None:
        if message.is_modern and name is not _NO_NAME:
            raise _differ("Mcp-Name", message.id)
    elif (name is not _NO_NAME or message.method in _NAMES) and read_header(shown) != name:
        raise _differ("Mcp-Name", message.id)


def same_parameters(message: Asked, schema: object, arguments: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    """See that headers `Mcp-Param-…` say what the arguments say, where a tool's schema wants them repeated.

    Raises:
        Unfit: one says something else, is missing, or is one too many.
    """
    if not message.is_modern:
        return
    for path, name in repeated(schema):
        value, shown = at(arguments, path), headers.get(f"mcp-param-{name.lower()}")
        if (value is None) != (shown is None) or (shown is not None and not _equal(value, read_header(shown))):
            raise _differ(f"Mcp-Param-{name}", message.id)


def _equal(value: object, shown: str | None) -> bool:
    if isinstance(value, bool):
        return shown == ("true" if value else "false")
    if isinstance(value, int) and shown is not None:
        whole, _, fraction = shown.partition(".")
        digits = whole.removeprefix("-")
        return digits.isascii() and digits.isdecimal() and not fraction.strip("0") and whole == str(value)
    return isinstance(value, str) and shown == value


def _differ(name: str, id_: object) -> Unfit:
    return Unfit(HEADERS_DIFFER, f"the header `{name}` does not say what the body says", id_=id_)


def arguments_of(message: Asked) -> Mapping[str, Any]:
    """Arguments of a tool, or of a prompt.

    Raises:
        Unfit: they are no object.
    """
    found = message.params.get("arguments", {})
    if not isinstance(found, Mapping):
        raise message.unfit("`arguments` is an object")
    return found


def is_local_or(origin: str, allowed: frozenset[str]) -> bool:
    """Whether a page from an origin may ask: one of this machine, or one that is named.

    Any other page could ask with what a browser adds by itself, under a name that leads here (DNS rebinding).
    """
    try:
        parts = urlsplit(origin)
        host = parts.hostname
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and (host in LOOPBACK or origin.rstrip("/").lower() in allowed)


__all__ = ["CALL", "Asked", "Unfit", "arguments_of", "asked", "client_of", "is_local_or", "same_parameters"]
