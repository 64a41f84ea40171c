"""Processes: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.processes import Processes


class AsyncProcessesCalls:
    """Processes, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def processes(self) -> Processes:
        """The processes that share the database, the one that started first at the beginning."""
        call: Call[Processes] = Call("GET", "/processes", Processes)
        return await self._send(call)
