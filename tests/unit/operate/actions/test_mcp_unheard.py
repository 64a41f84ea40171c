"""A client whose connection broke asks again with a new id, and hears what came of the first time."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any, cast

from roadworthy.interfaces.gateway.mcp_calling import Calling, Ground, Turn
from roadworthy.operate.actions.model import State, Told, Wanted
from roadworthy.operate.actions.surfaces.mcp.asked import Asked
from roadworthy.operate.admission.model import Caller

AT = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
CALLER = Caller("k-1", "agent", "support", "pilot", None, None, AT)
WANTED = Wanted("pay", b'{"n":1}', AT, "rwg_1")


@dataclass
class Slow:
    """Does actions when it is let."""

    let: asyncio.Event
    done: list[Wanted] = field(default_factory=list)

    async def perform(self, wanted: Wanted) -> Told:
        """Do it, once it is let."""
        self.done.append(wanted)
        await self.let.wait()
        return Told(str(len(self.done)), State.DONE)


async def _broken(calling: Calling, turn: Turn, wanted: Wanted) -> None:
    """Ask, and be gone before the answer."""
    task = asyncio.ensure_future(calling._performed(turn, wanted))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _asking(*again: Wanted) -> tuple[list[str], int]:
    """Ids of what is told to those who ask after one whose connection broke, and how much was done."""

    async def run() -> tuple[list[str], int]:
        actions = Slow(asyncio.Event())
        unused = cast("Any", None)
        calling = Calling(Ground(cast("Any", actions), unused, unused, unused, unused, ""))
        turn = Turn(Asked(1, "tools/call", {}, "2026-07-28"), {}, CALLER, "", None)
        await _broken(calling, turn, WANTED)
        actions.let.set()
        told = [(await calling._performed(turn, each)).id for each in again]
        return told, len(actions.done)

    return asyncio.run(run())


def test_what_nobody_heard_is_told_to_whoever_asks_the_same_again_once() -> None:
    assert _asking(WANTED) == (["1"], 1)
    assert _asking(WANTED, WANTED) == (["1", "2"], 2)


def test_anything_else_is_something_else() -> None:
    for other in (
        replace(WANTED, arguments=b'{"n":2}'), replace(WANTED, action="send"), replace(WANTED, run="errand"),
        replace(WANTED, user_token="t"), replace(WANTED, key="k"),
    ):  # fmt: skip
        assert _asking(other) == (["2"], 2)
