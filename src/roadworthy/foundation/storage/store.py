"""The store as the rest of the system sees it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

import sqlalchemy as sa

Result = TypeVar("Result")


class Store(Protocol):
    """Snapshots to read from and transactions to write in; nothing else."""

    dialect: str
    """`sqlite` or `postgresql`."""
    before_commit: list[Callable[[sa.Connection], None]]
    """Run inside the transaction, once per commit: on SQLite once for a whole group of units."""
    after_commit: list[Callable[[], None]]
    """Run once per durable commit, before those are told who wait for it: quick, and they raise nothing."""
    after_rollback: list[Callable[[], None]]
    """Run when a commit failed as a whole: forget what was remembered about it."""

    def read(self) -> AbstractContextManager[sa.Connection]:
        """A consistent snapshot on which writing fails."""

    def write(self, work: Callable[[sa.Connection], Result]) -> Result:
        """Run `work` in a transaction and return its result once the commit is durable.

        The work may run on another thread, and again from the start when its transaction had to be given up
        for reasons that are not its own; so it touches nothing but the connection.

        Raises:
            Unavailable: the store cannot write; nothing of `work` remains.
            Exception: whatever `work` raised; nothing of it remains, and other units are not affected.
        """

    def soon(
        self, work: Callable[[sa.Connection], Result], told: Callable[[Result | None, Exception | None], None]
    ) -> None:
        """Run `work` as `write` does, for whoever does not wait; on PostgreSQL it is done when this returns.

        Args:
            work: as for `write`.
            told: is told once the commit is durable, or what `write` would have raised, on whichever thread that is;
                quick, and raises nothing.
        """

    def close(self) -> None:
        """Finish what is queued and let go of every connection."""
