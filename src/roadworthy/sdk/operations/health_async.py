"""Health: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.health import Checks, Health, Version


class AsyncHealthCalls:
    """Health, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def live(self) -> Health:
        """The process answers."""
        call: Call[Health] = Call("GET", "/health/live", Health)
        return await self._send(call)

    async def ready(self) -> Health:
        """The store can be read, and the process was not told to stop."""
        call: Call[Health] = Call("GET", "/health/ready", Health)
        return await self._send(call)

    async def all_checks(self) -> Checks:
        """Look at rights, roles, people, providers, tokens, and what waits."""
        call: Call[Checks] = Call("GET", "/health/checks", Checks)
        return await self._send(call)

    async def version(self) -> Version:
        """The version of the program, of the declarations it takes, and of its database."""
        call: Call[Version] = Call("GET", "/version", Version)
        return await self._send(call)
