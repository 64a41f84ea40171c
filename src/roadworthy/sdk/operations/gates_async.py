"""Gates: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.gates import Gate


class AsyncGatesCalls:
    """Gates, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def look(
        self,
        name: str,
        *,
        stage: Literal["pilot", "candidate", "production"],
        release: str | None = None,
        tolerate: tuple[Literal["observed", "whole", "agenda"], ...] | None = None,
    ) -> Gate:
        """Look whether a use case may go on at a stage: certificate, release, stop switches, and what."""
        call: Call[Gate] = Call(
            "GET",
            f"/use-cases/{quote(name, safe='')}/gate",
            Gate,
            query={"stage": stage, "release": release, "tolerate": tolerate},
        )
        return await self._send(call)
