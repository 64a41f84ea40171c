"""Ranking: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.ranking import Policy, Ranking, WhatIf


class AsyncRankingCalls:
    """Ranking, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def ranking(self, *, most: int | None = None) -> Ranking:
        """Which pilots to push next, why, how firmly, what would change it, and what cannot be ranked."""
        call: Call[Ranking] = Call("GET", "/ranking", Ranking, query={"most": most})
        return await self._send(call)

    async def what_if(self, body: WhatIf, *, most: int | None = None) -> Ranking:
        """The ranking under a supposition. Nothing of it is stored."""
        call: Call[Ranking] = Call("POST", "/ranking/what-if", Ranking, query={"most": most}, body=body, reads=True)
        return await self._send(call)

    async def policy(self) -> Policy:
        """The ranking policy in force: every assumption that a ranking rests on."""
        call: Call[Policy] = Call("GET", "/ranking/policy", Policy)
        return await self._send(call)
