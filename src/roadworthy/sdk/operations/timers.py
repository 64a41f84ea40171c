"""Timers: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.timers import Revive, Timer, Timers


class TimersCalls:
    """Timers."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def timers(self) -> Timers:
        """What was given up, and what is due next."""
        call: Call[Timers] = Call("GET", "/timers", Timers)
        return self._send(call)

    def revive(self, body: Revive) -> Timer:
        """Try a timer again that was given up, as if it had never failed."""
        call: Call[Timer] = Call("POST", "/timers/revive", Timer, body=body)
        return self._send(call)
