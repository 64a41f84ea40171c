"""Tokens: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.shared import Reason
from roadworthy.sdk.shapes.tokens import NewToken, Owned, Scope, Token, TokenWanted


class AsyncTokensCalls:
    """Tokens, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def scopes(self) -> tuple[Scope, ...]:
        """What a program can be allowed."""
        call: Call[tuple[Scope, ...]] = Call("GET", "/scopes", tuple[Scope, ...])
        return await self._send(call)

    async def listed(self) -> tuple[Token, ...]:
        """Every token there ever was, the newest first; for people only."""
        call: Call[tuple[Token, ...]] = Call("GET", "/tokens", tuple[Token, ...])
        return await self._send(call)

    async def new(self, body: TokenWanted) -> NewToken:
        """Make a token. A use case that it is limited to must exist."""
        call: Call[NewToken] = Call("POST", "/tokens", NewToken, body=body)
        return await self._send(call)

    async def revoke(self, which: str, body: Reason) -> Token:
        """End a token at once."""
        call: Call[Token] = Call("POST", f"/tokens/{quote(which, safe='')}/revoke", Token, body=body)
        return await self._send(call)

    async def own(self, which: str, body: Owned | None) -> Token:
        """Answer for a token from now on, or have somebody do it."""
        call: Call[Token] = Call("POST", f"/tokens/{quote(which, safe='')}/own", Token, body=body)
        return await self._send(call)
