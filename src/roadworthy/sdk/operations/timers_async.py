"""Timers: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.timers import Timers


class AsyncTimersCalls:
    """Timers, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def timers(self) -> Timers:
        """What is due next; what was given up is at `/dead-letters`."""
        call: Call[Timers] = Call("GET", "/timers", Timers)
        return await self._send(call)
