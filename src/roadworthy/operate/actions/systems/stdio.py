"""MCP servers that are processes which the gateway starts: one message a line, both ways."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from roadworthy.operate.actions.catalogue.compiled import CompiledAction
from roadworthy.operate.actions.model import Receipt, Sent
from roadworthy.operate.actions.systems.fleet import ReachedSystem
from roadworthy.operate.actions.systems.processes import Process
from roadworthy.operate.actions.systems.speaking import (
    Asking,
    Channel,
    Definitions,
    changed,
    done,
    greeted,
    is_modern,
    known,
    listed,
    with_meta,
)
from roadworthy.operate.actions.systems.speech import (
    MODERN,
    USER_KEY,
    Message,
    UnreadableError,
    answer,
    messages,
    request,
)
from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure

PROBE_SECONDS: Final = 5.0
"""How long a server may be silent when it is asked what it speaks; those that want to be greeted may say nothing."""
_START_SECONDS: Final = 30.0
"""How long a server may take to be greeted: some are installed first."""
_SILENT: Final = frozenset({FailureClass.TOTAL_TIMEOUT})
"""How servers fail that were not greeted, and should have been."""
_LISTS_CHANGED: Final = "notifications/tools/list_changed"


class StdioSystems:
    """Asks MCP servers that are processes; used by one event loop's thread alone.

    Args:
        commands: the setting `action_commands`.
    """

    def __init__(self, commands: Mapping[str, Sequence[str]]) -> None:
        self._commands = commands
        self._channels: dict[str, StdioChannel] = {}

    async def act(self, reached: ReachedSystem, action: CompiledAction, sent: Sent) -> Receipt:
        """Have something done."""
        return await done(self._channel(reached), action.spec, sent)

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

    def start(self) -> None:
        """Nothing is started before it is asked for."""

    def pause(self) -> None:
        """What is under way is finished."""

    async def stop(self, seconds: float) -> None:
        """End every process, once nothing is under way there, or after so long."""
        under_way = [waiting for each in self._channels.values() for waiting in each.waiting]
        if under_way:
            await asyncio.wait(under_way, timeout=seconds)
        channels, self._channels = list(self._channels.values()), {}
        await asyncio.gather(*(each.close() for each in channels))

    def processes(self) -> dict[str, int | None]:
        """By command, the id of the process that runs; None where none does."""
        return {name: each.process.id for name, each in self._channels.items()}

    def _channel(self, reached: ReachedSystem) -> StdioChannel:
        """One process for a command, whatever systems name it."""
        command = reached.spec.command or ""
        if command not in self._channels:
            self._channels[command] = StdioChannel(command, self._commands.get(command, ()))
        return self._channels[command]


def _named(params: Mapping[str, Any], asking: Asking) -> Mapping[str, Any]:
    """Parameters with the token for the user, where there is one: a process has no headers."""
    token = next(iter(asking.identity.values()), "").removeprefix("Bearer ")
    return params if not token else {**params, "_meta": {**params.get("_meta", {}), USER_KEY: token}}


class StdioChannel(Channel):
    """A way to one process.

    Args:
        name: of the command.
        named: its words; none where the settings do not name it.
    """

    def __init__(self, name: str, named: Sequence[str]) -> None:
        self._named = named
        self._definitions = Definitions()
        self.process = Process(name, named, self._heard, self._ended)
        self._version: str | None = None
        self._asked = 0
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._greeting = asyncio.Lock()

    @property
    def definitions(self) -> Definitions:
        """What the server said of its tools."""
        return self._definitions

    @property
    def waiting(self) -> list[asyncio.Future[Message]]:
        """Answers that somebody waits for."""
        return list(self._waiting.values())

    def forget(self) -> None:
        """Find out anew how the server speaks."""
        self._version = None

    async def close(self) -> None:
        """End the process."""
        await self.process.close()

    async def ready(self, seconds: float) -> None:
        """See to it that the process lives and was greeted."""
        if not self._named:
            raise UpstreamFailure(FailureClass.ADDRESS)
        async with self._greeting:
            if await self.process.start():
                self.forget()
                self._definitions.changed()
            if self._version is not None:
                return
            if await is_modern(self._asked_for, min(seconds, PROBE_SECONDS), _SILENT):
                self._version = MODERN
                return
            self._version = await greeted(self._asked_for, min(seconds, _START_SECONDS))
            await self.process.say(request(None, "notifications/initialized", {}))

    async def ask(self, asking: Asking) -> Mapping[str, Any]:
        """The result of a request."""
        return await self._asked_for(asking, self._version or MODERN)

    async def _asked_for(self, asking: Asking, version: str) -> Mapping[str, Any]:
        self._asked += 1
        id_ = self._asked
        waiting = self._waiting[id_] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(asking.seconds):
                await self.process.say(request(id_, asking.method, _named(with_meta(asking, version), asking)))
                said = await waiting
        except TimeoutError:
            await self._given_up(id_, asking.method)
            raise UpstreamFailure(FailureClass.TOTAL_TIMEOUT) from None
        except asyncio.CancelledError:
            await self._given_up(id_, asking.method)
            raise
        finally:
            self._waiting.pop(id_, None)
        if said.error is not None:
            raise said.error
        result: Mapping[str, Any] = said.result
        return result

    async def _given_up(self, id_: int, method: str) -> None:
        """Tell the server that nobody waits any more; a greeting cannot be taken back."""
        if method == "initialize":
            return
        told = {"requestId": id_, "reason": "nobody waits any more"}
        try:
            async with asyncio.timeout(1.0):
                await self.process.say(request(None, "notifications/cancelled", told))
        except (TimeoutError, UpstreamFailure):
            return

    async def _heard(self, line: bytes) -> None:
        try:
            found = list(messages(line))
        except UnreadableError:
            return  # some servers write to standard output what belongs to standard error
        for each in found:
            if not each.answers:
                await self._aside(each)
                continue
            waiting = self._waiting.get(each.id) if isinstance(each.id, int) else None
            if waiting is not None and not waiting.done():
                waiting.set_result(each)

    async def _aside(self, said: Message) -> None:
        if said.method == _LISTS_CHANGED:
            self._definitions.changed()
        elif said.id is not None:
            try:
                await self.process.say(answer(said.id, said.method))
            except UpstreamFailure:
                return  # it ended meanwhile, which whoever waits is told

    def _ended(self, failure: UpstreamFailure) -> None:
        self._version = None
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(failure)
