"""Identity: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.identity import Link, LinkWanted, Me


class IdentityCalls:
    """Identity."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def me(self) -> Me:
        """Who is calling; a browser finds here the token that its changes must carry."""
        call: Call[Me] = Call("GET", "/me", Me)
        return self._send(call)

    def make_link(self, body: LinkWanted | None = None) -> Link:
        """A one-time sign-in link. Only somebody with access to the home folder can have one made."""
        call: Call[Link] = Call("POST", "/sign-in-links", Link, body=body or {})
        return self._send(call)
