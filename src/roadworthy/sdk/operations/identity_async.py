"""Identity: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.identity import Link, LinkWanted, Me


class AsyncIdentityCalls:
    """Identity, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def me(self) -> Me:
        """Who is calling; a browser finds here the token that its changes must carry."""
        call: Call[Me] = Call("GET", "/me", Me)
        return await self._send(call)

    async def make_link(self, body: LinkWanted | None = None) -> Link:
        """A one-time sign-in link. Only somebody with access to the home folder can have one made."""
        call: Call[Link] = Call("POST", "/sign-in-links", Link, body=body or {})
        return await self._send(call)
