"""Health: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.health import Checks, Health, Version


class HealthCalls:
    """Health."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def live(self) -> Health:
        """The process answers."""
        call: Call[Health] = Call("GET", "/health/live", Health)
        return self._send(call)

    def ready(self) -> Health:
        """The store can be read, and the process was not told to stop."""
        call: Call[Health] = Call("GET", "/health/ready", Health)
        return self._send(call)

    def all_checks(self) -> Checks:
        """Look at rights, roles, people, providers, tokens, and what waits."""
        call: Call[Checks] = Call("GET", "/health/checks", Checks)
        return self._send(call)

    def version(self) -> Version:
        """The version of the program, of the declarations it takes, and of its database."""
        call: Call[Version] = Call("GET", "/version", Version)
        return self._send(call)
