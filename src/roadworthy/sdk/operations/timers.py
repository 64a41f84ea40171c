"""Timers: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.timers import Timers


class TimersCalls:
    """Timers."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def timers(self) -> Timers:
        """What is due next; what was given up is at `/dead-letters`."""
        call: Call[Timers] = Call("GET", "/timers", Timers)
        return self._send(call)
