"""What one process holds of one window: free, held by calls under way, used. It is changed under the limits' lock."""

from __future__ import annotations

import datetime as dt

from roadworthy.operate.admission.limits.model import Limit

STOCK_SECONDS = 60
"""A block is meant to last so long, so that a database that is away for half a minute is not noticed."""
LOW_SECONDS = 40
"""A block that does not last so long is filled before a call has to wait for it."""
FIRST_CALLS = 16
"""For how many calls a block is asked of which nothing is known yet."""


class Block:
    """A leased part of a window.

    `free + held + used` is `amount`, of which the store says at least as much.
    """

    __slots__ = (
        "amount",
        "elsewhere",
        "ends",
        "fault_until",
        "fence",
        "free",
        "held",
        "id",
        "limit",
        "rate",
        "reported",
        "room",
        "room_until",
        "starts",
        "subject",
        "taken",
        "told",
        "touched",
        "until",
        "until_wall",
        "used",
    )

    def __init__(
        self, id_: str, limit: Limit, subject: tuple[str, ...], span: tuple[int, int | None], fence: int
    ) -> None:
        self.id = id_
        self.limit = limit
        self.subject = subject
        self.starts, self.ends = span
        self.fence = fence
        self.amount = self.free = self.held = self.used = 0
        self.until = 0.0
        """By the process's own steady clock: from then on nothing is taken from it."""
        self.until_wall: dt.datetime | None = None
        self.room = 0
        """What the store had left when it was asked last."""
        self.room_until = self.fault_until = 0.0
        self.elsewhere = 0
        """Used or held by others, when the store was asked last."""
        self.rate = 0.0
        """Of the unit, taken in a second."""
        self.taken = 0
        """Since the last turn."""
        self.touched = 0.0
        self.told = 0
        """The highest percentage that owners were told of, as far as is known here."""
        self.reported: tuple[int, int] | None = None
        """Amount and use, as the store knows them."""

    def take(self, need: int, now: float) -> None:
        """Set something aside for a call."""
        self.free -= need
        self.held += need
        self.taken += need
        self.touched = now

    def give(self, held: int, used: int) -> None:
        """Take back what was set aside, less what was used."""
        self.held -= held
        self.used += used
        self.free += held - used

    def ideal(self, need: int) -> int:
        """What it would like to have: as much as lasts a while; before that is known, twice what was taken lately."""
        return max(round(self.rate * STOCK_SECONDS), 2 * self.taken, need * FIRST_CALLS if self.rate == 0 else need)

    @property
    def is_low(self) -> bool:
        """Whether it is about to run empty, and the store had more."""
        return self.room > 0 and self.free < self.rate * LOW_SECONDS

    @property
    def is_over(self) -> bool:
        """Whether no call holds anything of it."""
        return self.held == 0
