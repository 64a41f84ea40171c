"""Processes: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.processes import Processes


class ProcessesCalls:
    """Processes."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def processes(self) -> Processes:
        """The processes that share the database, the one that started first at the beginning."""
        call: Call[Processes] = Call("GET", "/processes", Processes)
        return self._send(call)
