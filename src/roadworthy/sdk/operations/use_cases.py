"""Use cases: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.shared import Done, Reason
from roadworthy.sdk.shapes.use_cases import Seat, UseCase


class UseCasesCalls:
    """Use cases."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def get(self, name: str) -> UseCase:
        """Everything about one use case: what is declared, who owns it, what is reported, what the."""
        call: Call[UseCase] = Call("GET", f"/use-cases/{quote(name, safe='')}", UseCase)
        return self._send(call)

    def accept(self, name: str, duty: str) -> Seat:
        """Accept a duty that you are named for."""
        call: Call[Seat] = Call("POST", f"/use-cases/{quote(name, safe='')}/owners/{quote(duty, safe='')}/accept", Seat)
        return self._send(call)

    def release(self, name: str, duty: str, body: Reason) -> Done:
        """Take your acceptance back, with the reason."""
        call: Call[Done] = Call(
            "POST", f"/use-cases/{quote(name, safe='')}/owners/{quote(duty, safe='')}/release", Done, body=body
        )
        return self._send(call)
