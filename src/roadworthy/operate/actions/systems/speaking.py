"""An action as an MCP server is asked to do it, over whatever carries the messages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

import msgspec

from roadworthy.foundation.errors import InvalidInput
from roadworthy.operate.actions.arguments import read
from roadworthy.operate.actions.catalogue import pins
from roadworthy.operate.actions.catalogue.compiled import CompiledAction
from roadworthy.operate.actions.declared import Action
from roadworthy.operate.actions.model import Outcome, Receipt, Sent
from roadworthy.operate.actions.systems.outcomes import of_error, of_failure, of_result
from roadworthy.operate.actions.systems.speech import (
    BESIDE,
    CALL,
    GREETED,
    MODERN,
    VERSION_UNSUPPORTED,
    SpokenError,
    greeting,
    meta,
    parameter_headers,
    repeated,
)
from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure

PINS_FOR: Final = 60.0
"""Seconds after which a server's tools are read again before a pinned action is done."""
MOST_TOOLS: Final = 2_000
_MOST_PAGES: Final = 50
_LONGEST_CURSOR: Final = 4_096
_LISTING_SECONDS: Final = 20.0
_TURNS: Final = 2

_encode = msgspec.json.Encoder().encode
_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class Asking:
    """One request to a server."""

    method: str
    params: Mapping[str, Any]
    seconds: float
    """For the answer."""
    trace: str = ""
    key: str = ""
    """Idempotency key."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """`Mcp-Param-…`, where something carries them."""
    identity: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Headers of the user's identity."""


class ForgottenError(Exception):
    """The server knows nothing of the conversation any more, and has done nothing."""


class Channel(Protocol):
    """A way to one server, with what was agreed on it."""

    @property
    def definitions(self) -> Definitions:
        """What the server said of its tools."""

    async def ready(self, seconds: float) -> None:
        """Find out how the server speaks, and greet it where it wants that.

        Raises:
            UpstreamFailure: it does not answer, or speaks otherwise.
            SpokenError: it does not want to be greeted.
        """

    async def ask(self, asking: Asking) -> Mapping[str, Any]:
        """The result of a request.

        Raises:
            UpstreamFailure: there is no answer.
            SpokenError: the answer is an error.
            ForgottenError: it has to be greeted again.
        """

    def forget(self) -> None:
        """Find out anew how the server speaks."""


class Posts(Protocol):
    """Asks a server something, in a version."""

    async def __call__(self, asking: Asking, version: str) -> Mapping[str, Any]:
        """The result.

        Raises:
            UpstreamFailure: there is no answer.
            SpokenError: the answer is an error.
        """


async def is_modern(posts: Posts, seconds: float, ungreeted: frozenset[FailureClass]) -> bool:
    """Whether a server speaks the revision in which nobody is greeted.

    Args:
        posts: asks it.
        seconds: for the answer.
        ungreeted: how servers fail that were not greeted, and should have been.

    Raises:
        UpstreamFailure: it does not answer otherwise.
    """
    try:
        said = await posts(Asking("server/discover", {}, seconds), MODERN)
    except SpokenError as error:
        data = error.data if isinstance(error.data, Mapping) else {}
        return MODERN in (data.get("supported") or ())
    except UpstreamFailure as failure:
        if failure.kind not in ungreeted:
            raise
        return False
    return MODERN in (said.get("supportedVersions") or ())


async def greeted(posts: Posts, seconds: float) -> str:
    """Greet a server of an older revision; the version that it speaks.

    Raises:
        UpstreamFailure: it does not answer, or speaks none that we do.
        SpokenError: it does not want to be greeted.
    """
    said = await posts(Asking("initialize", greeting(), seconds), "")
    version = said.get("protocolVersion")
    if version not in GREETED:
        raise UpstreamFailure(FailureClass.SPEECH)
    return str(version)


@dataclass(slots=True)
class Definitions:
    """A server's tools as it told them last; for one event loop."""

    tools: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    until: float = 0.0
    """By the event loop's clock."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def changed(self) -> None:
        """The server says that they are others now."""
        self.until = 0.0

    async def current(self, channel: Channel) -> Mapping[str, Mapping[str, Any]]:
        """Tools by name, read not long ago.

        Raises:
            UpstreamFailure: they cannot be read.
            SpokenError: the server does not tell them.
        """
        now = asyncio.get_running_loop().time
        async with self.lock:
            if now() >= self.until:
                found = await listed(channel)
                self.tools = {str(each["name"]): each for each in found}
                self.until = now() + PINS_FOR
            return self.tools


async def listed(channel: Channel) -> list[Mapping[str, Any]]:
    """Every tool of a server, as `tools/list` tells it.

    Raises:
        UpstreamFailure: the server does not answer, or its list has no end.
        SpokenError: it does not tell them.
    """
    found: list[Mapping[str, Any]] = []
    params: dict[str, Any] = {}
    seen = set[str]()
    for _ in range(_MOST_PAGES):
        await channel.ready(_LISTING_SECONDS)
        try:
            result = await channel.ask(Asking("tools/list", params, _LISTING_SECONDS))
        except ForgottenError:
            channel.forget()
            continue
        tools = result.get("tools")
        if not isinstance(tools, Sequence) or isinstance(tools, str):
            raise UpstreamFailure(FailureClass.UNREADABLE)
        found += [each for each in tools if isinstance(each, Mapping) and isinstance(each.get("name"), str)]
        cursor = result.get("nextCursor")
        if cursor is None:
            return found
        if not isinstance(cursor, str) or cursor in seen or len(cursor) > _LONGEST_CURSOR or len(found) > MOST_TOOLS:
            break
        seen.add(cursor)
        params = {"cursor": cursor}
    raise UpstreamFailure(FailureClass.TOO_LARGE)


async def known(channel: Channel, action: CompiledAction, seconds: float) -> None:
    """See to it that it is known what a pinned tool says of itself; where that fails, doing it will too."""
    if _pinned(action.spec):
        try:
            async with asyncio.timeout(seconds):
                await channel.definitions.current(channel)
        except (TimeoutError, UpstreamFailure, SpokenError):
            return


def changed(channel: Channel, action: CompiledAction) -> str:
    """In words, what of a tool is not what was approved, as far as the server told it last; empty where nothing is."""
    spec = action.spec
    if spec.pin is None or spec.tool is None or not _pinned(spec) or not channel.definitions.until:
        return ""
    what = pins.changes(spec.pin, channel.definitions.tools.get(spec.tool))
    return f"the tool `{spec.tool}` is not what was approved: {' and '.join(what)}" if what else ""


def _pinned(spec: Action) -> bool:
    return spec.pin is not None and spec.tool is not None and spec.tool not in BESIDE


async def done(channel: Channel, spec: Action, sent: Sent) -> Receipt:
    """Have an action done.

    Returns:
        What came of it, whatever that is.
    """
    until = asyncio.get_running_loop().time() + sent.deadline
    try:
        asking = asked(spec, sent)
    except InvalidInput as error:
        return Receipt(Outcome.NOT_DONE, error=error.code)
    for turn in range(_TURNS):
        receipt = await _hindered(channel, spec, until)
        if receipt is None:
            receipt = await _once(channel, asking, until, last=turn + 1 == _TURNS)
        if receipt is not None:
            return receipt
        channel.forget()
    return Receipt(Outcome.NOT_DONE, error=FailureClass.SPEECH.value, passes=True)


async def _hindered(channel: Channel, spec: Action, until: float) -> Receipt | None:
    """Why the server is not asked; None where it can be. Up to here nothing is done."""
    now = asyncio.get_running_loop().time
    try:
        await channel.ready(max(until - now(), 0.0))
        refused = await _refused(channel, spec)
    except UpstreamFailure as failure:
        return of_failure(failure, asked=False)
    except SpokenError as error:
        return Receipt(Outcome.NOT_DONE, error=f"rpc{error.code}")
    if refused is None and now() >= until:
        return Receipt(Outcome.NOT_DONE, error=FailureClass.TOTAL_TIMEOUT.value, passes=True)
    return refused


async def _once(channel: Channel, asking: Asking, until: float, *, last: bool) -> Receipt | None:
    """What came of asking; None where the server has to be greeted first, and did nothing."""
    left = until - asyncio.get_running_loop().time()
    try:
        return of_result(asking.method, await channel.ask(replace(asking, seconds=left)))
    except ForgottenError:
        return None
    except SpokenError as error:
        return None if error.code == VERSION_UNSUPPORTED and not last else of_error(error)
    except UpstreamFailure as failure:
        return of_failure(failure, asked=True)


async def _refused(channel: Channel, spec: Action) -> Receipt | None:
    """A no where the tool is not what was approved, or nobody can say whether it is."""
    if spec.pin is None or spec.tool is None or not _pinned(spec):
        return None
    try:
        tools = await channel.definitions.current(channel)
    except (UpstreamFailure, SpokenError):
        return Receipt(Outcome.NOT_DONE, error=pins.UNKNOWN, passes=True)
    what = pins.changes(spec.pin, tools.get(spec.tool))
    return Receipt(Outcome.NOT_DONE, {"changed": list(what)}, error=pins.CHANGED) if what else None


def asked(spec: Action, sent: Sent) -> Asking:
    """The request that an action is.

    Raises:
        InvalidInput: the arguments are none of the method's.
    """
    tool = spec.tool or ""
    given = _parts(sent.arguments)
    if tool in BESIDE:
        if extra := sorted(set(given) - BESIDE[tool]):
            raise InvalidInput(
                "action-arguments-unfit",
                f"`{tool}` has no `{extra[0][:60]}`",
                remedy=f"its schema may have {' and '.join(sorted(BESIDE[tool]))}",
            )
        return Asking(tool, given, sent.deadline, sent.trace, identity=sent.headers)
    key = ""
    if spec.idempotency is not None and spec.idempotency.by == "key":
        if spec.idempotency.argument is not None:
            given[spec.idempotency.argument] = msgspec.Raw(_encode(sent.id))
        else:
            key = sent.id
    headers = parameter_headers(spec.input, read(sent.arguments)) if next(repeated(spec.input), None) else {}
    return Asking(CALL, {"name": tool, "arguments": given}, sent.deadline, sent.trace, key, headers, sent.headers)


def with_meta(asking: Asking, version: str) -> dict[str, Any]:
    """Parameters as they are sent in a version."""
    said = meta(version, asking.trace, asking.key)
    return {**asking.params, **({"_meta": said} if said else {})}
