"""What agents speak over the Model Context Protocol, put together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Final

from roadworthy.assembly.ground import Ground
from roadworthy.operate.actions.besides import Besides
from roadworthy.operate.actions.carried_store import spend
from roadworthy.operate.actions.people.holds import Holds
from roadworthy.operate.actions.surfaces.mcp.states import PURPOSE, States
from roadworthy.operate.calls.later.sealing import Sealing

_UNWANTED: Final = "the client does not want it any more"


@dataclass(frozen=True, slots=True)
class Carried:
    """What clients carry for the gateway, and what becomes of held actions that they do not want any more.

    For the thread of one event loop.
    """

    states: States
    ground: Ground
    holds: Holds
    beside: Besides

    async def spend(self, id_: str, until: float) -> bool:
        """Use up what a client carried; False where it was used before."""
        now = int(self.ground.runtime.clock.now().timestamp())
        work = partial(spend, id_=id_, until=int(until) + 1, now=now)
        return await asyncio.wrap_future(self.beside(lambda: self.ground.store.write(work)))

    async def withdraw(self, id_: str) -> None:
        """End a held action."""
        await asyncio.wrap_future(self.beside(lambda: self.holds.withdraw(id_, _UNWANTED)))


def carried_of(ground: Ground, holds: Holds, beside: Besides) -> Carried:
    """Put it together."""
    return Carried(
        States(Sealing(ground.keys, ground.runtime.randomness, PURPOSE), ground.runtime), ground, holds, beside
    )
