"""What a system says of itself, asked once by somebody who is about to declare its actions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from roadworthy.foundation.errors import Place, Unavailable
from roadworthy.operate.actions.declared import Speaks, System
from roadworthy.operate.actions.systems.fleet import ReachedSystem, Systems
from roadworthy.operate.actions.systems.mcp import McpSystems
from roadworthy.operate.actions.systems.speech import SpokenError, UnreadableError
from roadworthy.operate.actions.systems.stdio import StdioSystems
from roadworthy.operate.calls.upstreams.adapters import shown
from roadworthy.operate.calls.upstreams.secrets import UpstreamSecrets
from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure

LARGEST: Final = 10_000_000
"""Bytes of a document."""
SECONDS: Final = 30.0
_CONNECT_SECONDS: Final = 5.0
_STOP_SECONDS: Final = 2.0
_OK: Final = 200

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Learning:
    """Asks systems on connections of its own, which are closed at once; never from within an event loop.

    Args:
        secrets: reads their secrets.
        hosts: the setting `upstream_hosts`.
        home: relative paths of authorities count from here.
        commands: the setting `action_commands`.
    """

    secrets: UpstreamSecrets
    hosts: str
    home: Path
    commands: Mapping[str, Sequence[str]]

    def tools(self, name: str, spec: System) -> list[Mapping[str, Any]]:
        """Tools of a system that speaks MCP, as `tools/list` tells them.

        Raises:
            Unavailable: it cannot be reached, or does not tell them.
        """

        async def ask(reached: ReachedSystem) -> list[Mapping[str, Any]]:
            if spec.speaks is not Speaks.MCP_STDIO:
                return await McpSystems().tools(reached)
            processes = StdioSystems(self.commands)
            try:
                return await processes.tools(reached)
            finally:
                await processes.stop(_STOP_SECONDS)

        return self._asked(name, spec, ask)

    def document(self, name: str, spec: System, path: str) -> bytes:
        """A document below the address of a system.

        Raises:
            Unavailable: it cannot be reached, or has none there.
        """

        async def ask(reached: ReachedSystem) -> bytes:
            if reached.pool is None or reached.secret is None:
                raise UpstreamFailure(FailureClass.SECRET)
            headers = {
                "Accept": "application/json, application/yaml", "Accept-Encoding": "identity",
                "User-Agent": "roadworthy", **shown(reached.secret.reveal(), reached.shown_as),
            }  # fmt: skip
            due = (asyncio.get_running_loop().time() + SECONDS, FailureClass.TOTAL_TIMEOUT)
            answer = await reached.pool.ask("GET", path, headers, b"", _CONNECT_SECONDS, due)
            try:
                content = await answer.whole(LARGEST)
            finally:
                answer.done()
            if answer.head.status != _OK:
                raise UpstreamFailure(FailureClass.REJECTED, status=answer.head.status)
            return content

        return self._asked(name, spec, ask)

    def _asked(self, name: str, spec: System, ask: Callable[[ReachedSystem], Awaitable[Found]]) -> Found:
        async def run() -> Found:
            systems = Systems(self.secrets, self.hosts, self.home)
            systems.take({name: spec})
            with closing(systems):
                reached = systems.get(name)
                if reached is None or reached.secret is None:
                    raise UpstreamFailure(FailureClass.SECRET)
                async with asyncio.timeout(SECONDS):
                    return await ask(reached)

        try:
            return asyncio.run(run())
        except (UpstreamFailure, SpokenError, UnreadableError, TimeoutError) as failure:
            why = failure.kind.value if isinstance(failure, UpstreamFailure) else type(failure).__name__
            status = f", status {failure.status}" if isinstance(failure, UpstreamFailure) and failure.status else ""
            raise Unavailable(
                "action-import-unanswered",
                f"the system `{name}` did not say what it offers ({why}{status})",
                place=Place(source=f"System/{name}"),
                remedy="look whether it runs and its secret is there, or give what it says as a file: `--file`",
            ) from failure
