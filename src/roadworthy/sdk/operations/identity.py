"""Identity: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.identity import (
    DeviceAsked,
    DeviceHeard,
    DeviceQuestion,
    DeviceWanted,
    Link,
    LinkWanted,
    Me,
    Session,
)
from roadworthy.sdk.shapes.shared import Done


class IdentityCalls:
    """Identity."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def me(self) -> Me:
        """Who is calling; a browser finds here the token that its changes must carry."""
        call: Call[Me] = Call("GET", "/me", Me)
        return self._send(call)

    def sessions(self) -> tuple[Session, ...]:
        """Where the caller is signed in, the newest first."""
        call: Call[tuple[Session, ...]] = Call("GET", "/sessions", tuple[Session, ...])
        return self._send(call)

    def end_session(self, which: str) -> Done:
        """End one of the caller's sessions."""
        call: Call[Done] = Call("POST", f"/sessions/{quote(which, safe='')}/end", Done)
        return self._send(call)

    def sign_out(self) -> Done:
        """End the session that the request came with; where it came with none, there is nothing to end."""
        call: Call[Done] = Call("POST", "/sign-out", Done)
        return self._send(call)

    def begin_device(self, body: DeviceWanted) -> DeviceAsked:
        """Let a command line wait for a person to let it in (after RFC 8628)."""
        call: Call[DeviceAsked] = Call("POST", "/login/device", DeviceAsked, body=body)
        return self._send(call)

    def ask_device(self, body: DeviceQuestion) -> DeviceHeard:
        """Whether a person has answered."""
        call: Call[DeviceHeard] = Call("POST", "/login/device/token", DeviceHeard, body=body)
        return self._send(call)

    def make_link(self, body: LinkWanted | None = None) -> Link:
        """A one-time sign-in link. Only somebody with access to the home folder can have one made."""
        call: Call[Link] = Call("POST", "/sign-in-links", Link, body=body or {})
        return self._send(call)
