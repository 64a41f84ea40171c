"""MCP servers over streamable HTTP, in both ways in which they speak."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from roadworthy.operate.actions.catalogue.compiled import CompiledAction
from roadworthy.operate.actions.model import Outcome, Receipt, Sent
from roadworthy.operate.actions.systems.events import EventsReader
from roadworthy.operate.actions.systems.fleet import ReachedSystem
from roadworthy.operate.actions.systems.speaking import (
    Asking,
    Channel,
    Definitions,
    ForgottenError,
    changed,
    done,
    greeted,
    is_modern,
    known,
    listed,
    with_meta,
)
from roadworthy.operate.actions.systems.speech import (
    LEGACY,
    MODERN,
    NAMED_BY,
    Message,
    UnreadableError,
    answer,
    messages,
    request,
    shown,
)
from roadworthy.operate.actions.systems.veiling import veiled
from roadworthy.operate.calls.resilience.rules import class_of, retry_after_of
from roadworthy.operate.calls.upstreams.adapters import shown as shown_secret
from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure
from roadworthy.operate.calls.wire.patience import Due
from roadworthy.operate.calls.wire.pool import Answer, Pool

MOST_BYTES: Final = 8_388_608
"""Of an answer, with everything that a stream says before it."""
_CONNECT_SECONDS: Final = 5.0
_MOST_CHANNELS: Final = 500
"""Conversations that are remembered; users have one each where they are shown to the server."""
_MOST_ERROR_BYTES: Final = 65_536
_OK, _NOT_FOUND = 200, 404
_EVENTS, _JSON = "text/event-stream", "application/json"
_LISTS_CHANGED: Final = "notifications/tools/list_changed"
_OLDER: Final = frozenset({FailureClass.REJECTED, FailureClass.SERVER_ERROR})
"""How servers fail that were not greeted, and should have been."""


class McpSystems:
    """Asks MCP servers over HTTP; used by one event loop's thread alone."""

    def __init__(self) -> None:
        self._channels: OrderedDict[tuple[str, str], HttpChannel] = OrderedDict()

    async def act(self, reached: ReachedSystem, action: CompiledAction, sent: Sent) -> Receipt:
        """Have something done."""
        if reached.secret is None:
            return Receipt(Outcome.NOT_DONE, error=FailureClass.SECRET.value)
        return veiled(await done(self._channel(reached, sent), action.spec, sent), reached.secret)

    async def ready(self, reached: ReachedSystem, action: CompiledAction) -> None:
        """See to it that it is known what a pinned tool says of itself."""
        await known(self._channel(reached), action, action.timeout)

    def changed(self, reached: ReachedSystem, action: CompiledAction) -> str:
        """What of a tool is not what was approved; empty where nothing is."""
        return changed(self._channel(reached), action)

    async def tools(self, reached: ReachedSystem) -> list[Mapping[str, Any]]:
        """Definitions of a server's tools, as `tools/list` tells them.

        Raises:
            UpstreamFailure: the server does not answer.
            SpokenError: it does not tell them.
        """
        return await listed(self._channel(reached))

    def _channel(self, reached: ReachedSystem, sent: Sent | None = None) -> HttpChannel:
        """A conversation for each user and each agent, so that no server takes one for another."""
        whose = repr((sent.user, sent.behalf.actors)) if sent is not None and sent.behalf is not None else ""
        found = self._channels.pop((reached.name, whose), None)
        if found is None or found.reached is not reached:
            found = HttpChannel(reached)
        if sent is not None:
            found.shows = sent.headers
        self._channels[reached.name, whose] = found
        while len(self._channels) > _MOST_CHANNELS:
            self._channels.popitem(last=False)
        return found


class HttpChannel(Channel):
    """A way to one server, for one user where it learns of users.

    Args:
        reached: the system.
    """

    def __init__(self, reached: ReachedSystem) -> None:
        self.reached = reached
        self.shows: Mapping[str, str] = {}
        """Of the user's identity, the latest: what is said beside actions goes with it."""
        self._definitions = Definitions()
        self._version: str | None = None
        self._session = ""
        self._asked = 0
        self._greeting = asyncio.Lock()

    @property
    def definitions(self) -> Definitions:
        """What the server said of its tools."""
        return self._definitions

    def forget(self) -> None:
        """Find out anew how the server speaks."""
        self._version, self._session = None, ""

    async def ready(self, seconds: float) -> None:
        """Find out how the server speaks, and greet it where it wants that."""
        if self._known():
            return
        async with self._greeting:
            if self._known():
                return
            if await is_modern(self._posted, seconds, _OLDER):
                self._version = MODERN
                return
            self._version = await greeted(self._posted, seconds)
            await self._notify(request(None, "notifications/initialized", {}), seconds)

    def _known(self) -> bool:
        return self._version is not None

    async def ask(self, asking: Asking) -> Mapping[str, Any]:
        """The result of a request."""
        try:
            return await self._posted(asking, self._version or MODERN)
        except UpstreamFailure as failure:
            if failure.status == _NOT_FOUND and self._session:
                raise ForgottenError from failure
            raise

    # ------------------------------------------------------------ one message

    async def _posted(self, asking: Asking, version: str) -> Mapping[str, Any]:
        self._asked += 1
        id_ = self._asked
        loop = asyncio.get_running_loop()
        due: Due = (loop.time() + asking.seconds, FailureClass.TOTAL_TIMEOUT)
        body = request(id_, asking.method, with_meta(asking, version))
        headers = {**self._common(version, asking.identity), **_routing(asking, version)}
        answer_ = await self._pool().ask("POST", "", headers, body, min(_CONNECT_SECONDS, asking.seconds), due)
        try:
            said = await self._answer(answer_, id_, due)
        except UnreadableError:
            raise UpstreamFailure(FailureClass.UNREADABLE, status=answer_.head.status) from None
        finally:
            answer_.done()
        if asking.method == "initialize":
            self._session = answer_.head.headers.get("mcp-session-id", "")
        if said.error is not None:
            raise said.error
        result: Mapping[str, Any] = said.result
        return result

    async def _answer(self, answer_: Answer, id_: int, due: Due) -> Message:
        head = answer_.head
        if head.headers.get("content-encoding", "identity").lower() not in {"", "identity"}:
            raise UpstreamFailure(FailureClass.WRONG_TYPE, status=head.status)
        if head.status != _OK:
            return await _not_ok(answer_, greeted=bool(self._session))
        if head.media_type == _EVENTS:
            return await self._from_events(answer_, id_, due)
        if head.media_type != _JSON:
            raise UpstreamFailure(FailureClass.WRONG_TYPE, status=head.status)
        for each in messages(await answer_.whole(MOST_BYTES)):
            if each.answers and each.id == id_:
                return each
        raise UnreadableError

    async def _from_events(self, answer_: Answer, id_: int, due: Due) -> Message:
        reader = EventsReader(MOST_BYTES)
        while (chunk := await answer_.chunk()) is not None:
            for event in reader.feed(chunk):
                for each in messages(event):
                    if each.answers and each.id == id_:
                        return each
                    await self._aside(each, due)
        raise UpstreamFailure(FailureClass.TRUNCATED, status=answer_.head.status)

    async def _aside(self, said: Message, due: Due) -> None:
        """What a server says before it answers."""
        if said.method == _LISTS_CHANGED:
            self._definitions.changed()
        elif said.method is not None and said.id is not None:
            left = due[0] - asyncio.get_running_loop().time()
            await self._notify(answer(said.id, said.method), max(left, 0.1))

    async def _notify(self, body: bytes, seconds: float) -> None:
        """Say something to which there is no answer."""
        due: Due = (asyncio.get_running_loop().time() + seconds, FailureClass.TOTAL_TIMEOUT)
        headers = self._common(self._version or LEGACY, {})
        answer_ = await self._pool().ask("POST", "", headers, body, min(_CONNECT_SECONDS, seconds), due)
        try:
            await answer_.whole(_MOST_ERROR_BYTES)
        finally:
            answer_.done()

    def _pool(self) -> Pool:
        if self.reached.pool is None:
            raise UpstreamFailure(FailureClass.ADDRESS)
        return self.reached.pool

    def _common(self, version: str, identity: Mapping[str, str]) -> dict[str, str]:
        identity = identity or self.shows
        secret = self.reached.secret.reveal() if self.reached.secret is not None else ""
        own = shown_secret(secret, self.reached.shown_as)
        taken = {name.lower() for name in identity}
        return {
            "Content-Type": _JSON,
            "Accept": f"{_JSON}, {_EVENTS}",
            "Accept-Encoding": "identity",
            "User-Agent": "roadworthy-gateway",
            **({"MCP-Protocol-Version": version} if version else {}),
            **({"Mcp-Session-Id": self._session} if self._session else {}),
            **{name: value for name, value in own.items() if name.lower() not in taken},
            **identity,
        }


async def _not_ok(answer_: Answer, *, greeted: bool) -> Message:
    """The error that stands in an answer which is none; a failure where no error does."""
    head = answer_.head
    kind = class_of(head.status) or FailureClass.UNREADABLE
    failure = UpstreamFailure(kind, status=head.status, retry_after=retry_after_of(head.headers.get("retry-after")))
    if kind is not FailureClass.REJECTED or head.media_type != _JSON or (greeted and head.status == _NOT_FOUND):
        raise failure
    try:
        said = next(messages(await answer_.whole(_MOST_ERROR_BYTES)), None)
    except UnreadableError:
        raise failure from None
    if said is None or said.error is None:
        raise failure
    return said


def _routing(asking: Asking, version: str) -> dict[str, str]:
    """Headers that repeat what the body says."""
    said = {**({"traceparent": asking.trace} if asking.trace else {}),
            **({"Idempotency-Key": asking.key} if asking.key else {})}  # fmt: skip
    if version != MODERN:
        return said
    named = asking.params.get(NAMED_BY.get(asking.method, ""))
    name = {} if named is None else {"Mcp-Name": shown(_text(named))}
    return {**said, "Mcp-Method": asking.method, **name, **asking.headers}


def _text(value: object) -> str:
    """A text that stands there as it is, or as JSON."""
    return str(msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value)
