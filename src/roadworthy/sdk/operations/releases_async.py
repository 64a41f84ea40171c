"""Releases: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.releases import (
    Move,
    MoveWanted,
    ReleasesMoved,
    ReleasesRelease,
    ReleaseWanted,
    SightingsWanted,
)


class AsyncReleasesCalls:
    """Releases, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def listed(self, name: str, *, limit: int | None = None) -> tuple[ReleasesRelease, ...]:
        """Releases of a use case, the newest first."""
        call: Call[tuple[ReleasesRelease, ...]] = Call(
            "GET", f"/use-cases/{quote(name, safe='')}/releases", tuple[ReleasesRelease, ...], query={"limit": limit}
        )
        return await self._send(call)

    async def record(self, name: str, body: ReleaseWanted) -> ReleasesRelease:
        """Record a release. Recorded again, it is the same one, of which parts may be known better."""
        call: Call[ReleasesRelease] = Call(
            "POST", f"/use-cases/{quote(name, safe='')}/releases", ReleasesRelease, body=body
        )
        return await self._send(call)

    async def get(self, name: str, called: str) -> ReleasesRelease:
        """One release, with what every source said of its parts last."""
        call: Call[ReleasesRelease] = Call(
            "GET", f"/use-cases/{quote(name, safe='')}/releases/{quote(called, safe='')}", ReleasesRelease
        )
        return await self._send(call)

    async def observe(self, name: str, body: SightingsWanted) -> ReleasesRelease:
        """Hold what was seen against a release; what is otherwise is recorded as a mismatch."""
        call: Call[ReleasesRelease] = Call(
            "POST", f"/use-cases/{quote(name, safe='')}/releases/observations", ReleasesRelease, body=body
        )
        return await self._send(call)

    async def history(
        self, name: str, *, stage: Literal["pilot", "candidate", "production"] | None = None, limit: int | None = None
    ) -> tuple[Move, ...]:
        """What was done with releases of a use case, the latest first."""
        call: Call[tuple[Move, ...]] = Call(
            "GET",
            f"/use-cases/{quote(name, safe='')}/release-moves",
            tuple[Move, ...],
            query={"stage": stage, "limit": limit},
        )
        return await self._send(call)

    async def move(self, name: str, body: MoveWanted) -> ReleasesMoved:
        """Deploy, promote, go back or train anew: at once where the rights say so, else when people have."""
        call: Call[ReleasesMoved] = Call(
            "POST", f"/use-cases/{quote(name, safe='')}/release-moves", ReleasesMoved, once=True, body=body
        )
        return await self._send(call)
