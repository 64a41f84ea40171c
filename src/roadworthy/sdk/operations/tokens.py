"""Tokens: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.shared import Reason
from roadworthy.sdk.shapes.tokens import NewToken, Owned, Scope, Token, TokenWanted


class TokensCalls:
    """Tokens."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def scopes(self) -> tuple[Scope, ...]:
        """What a program can be allowed."""
        call: Call[tuple[Scope, ...]] = Call("GET", "/scopes", tuple[Scope, ...])
        return self._send(call)

    def listed(self) -> tuple[Token, ...]:
        """Every token there ever was, the newest first; for people only."""
        call: Call[tuple[Token, ...]] = Call("GET", "/tokens", tuple[Token, ...])
        return self._send(call)

    def new(self, body: TokenWanted) -> NewToken:
        """Make a token. A use case that it is limited to must exist."""
        call: Call[NewToken] = Call("POST", "/tokens", NewToken, body=body)
        return self._send(call)

    def revoke(self, which: str, body: Reason) -> Token:
        """End a token at once."""
        call: Call[Token] = Call("POST", f"/tokens/{quote(which, safe='')}/revoke", Token, body=body)
        return self._send(call)

    def own(self, which: str, body: Owned | None) -> Token:
        """Answer for a token from now on, or have somebody do it."""
        call: Call[Token] = Call("POST", f"/tokens/{quote(which, safe='')}/own", Token, body=body)
        return self._send(call)
