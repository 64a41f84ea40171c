"""Diagnosis: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.diagnosis import Diagnosis, Frequency, Mode, Status


class AsyncDiagnosisCalls:
    """Diagnosis, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def diagnosis(self, name: str, *, at: dt.date | None = None) -> Diagnosis:
        """Which failure modes a use case has, and what to ask where that cannot be told."""
        call: Call[Diagnosis] = Call("GET", f"/use-cases/{quote(name, safe='')}/diagnosis", Diagnosis, query={"at": at})
        return await self._send(call)

    async def failure_modes(self) -> Frequency:
        """How often each failure mode occurs, and what to ask first."""
        call: Call[Frequency] = Call("GET", "/failure-modes", Frequency)
        return await self._send(call)

    async def failure_mode(self, name: str, *, status: Status | None = None, page: int | None = None) -> Mode:
        """One failure mode: its rule, and the use cases that have it, the most severe first."""
        call: Call[Mode] = Call(
            "GET", f"/failure-modes/{quote(name, safe='')}", Mode, query={"status": status, "page": page}
        )
        return await self._send(call)
