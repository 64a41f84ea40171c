"""What a long measurement tells while it runs, and how it is stopped."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called between steps. An implementation that wants the work to stop raises from here."""

    def step(self, what: str, done: float, total: float) -> None:
        """`done` of `total` units of work are behind us (weighted by what was measured to take long); `what` is next.

        Raises:
            Cancelled: somebody asked for an end; what is finished is kept and marked.
        """


class Quiet:
    """Tells nobody."""

    def step(self, what: str, done: float, total: float) -> None:
        """Go on."""


class Cancelled(Exception):
    """Somebody asked for an end while something was measured."""
