"""A circuit breaker and a budget of repeats for one upstream; both are asked by the event loop's thread alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

FAILURES: Final = 5
"""In a row, after which an upstream is left alone."""
SHORTEST: Final = 2.0
LONGEST: Final = 60.0
"""Seconds for which it is left alone; doubled each time the try after them fails."""
_EARNED: Final = 0.2
"""Repeats that each first try earns: of five calls one may be repeated for long, which no storm outgrows."""
_SAVED: Final = 10.0


class BreakerState(StrEnum):
    """Whether an upstream is asked."""

    CLOSED = "closed"
    """It is."""
    OPEN = "open"
    """It is left alone."""
    HALF_OPEN = "half-open"
    """One call tries it."""


@dataclass(slots=True)
class Breaker:
    """Of one upstream. Times are those of a clock that never runs backwards."""

    failures: int = 0
    open_until: float = 0.0
    rest: float = SHORTEST
    trying: bool = False

    def state(self, now: float) -> BreakerState:
        """Whether it is asked."""
        if not self.open_until:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self.open_until else BreakerState.HALF_OPEN

    def lets(self, now: float) -> bool:
        """Whether a call may go there now; if that is a try after a rest, it is the only one until it ended."""
        state = self.state(now)
        if state is BreakerState.CLOSED:
            return True
        if state is BreakerState.OPEN or self.trying:
            return False
        self.trying = True
        return True

    def well(self) -> None:
        """A call was answered."""
        self.failures, self.open_until, self.rest, self.trying = 0, 0.0, SHORTEST, False

    def sick(self, now: float) -> None:
        """A call was not, for a reason that speaks against the upstream."""
        self.failures += 1
        if self.trying:
            self.rest = min(self.rest * 2, LONGEST)
        if self.trying or self.failures >= FAILURES:
            self.open_until = now + self.rest
        self.trying = False

    def ended(self) -> None:
        """A call ended and nothing is known of the upstream by it: the client went away, or the request was wrong."""
        self.trying = False

    def seconds_left(self, now: float) -> float:
        """How long it is left alone still."""
        return max(0.0, self.open_until - now)


@dataclass(slots=True)
class RetryBudget:
    """How many repeats an upstream can take: a share of the calls, saved up to ten."""

    saved: float = _SAVED

    def earn(self) -> None:
        """A call was tried for the first time."""
        self.saved = min(_SAVED, self.saved + _EARNED)

    def spend(self) -> bool:
        """Take one repeat, if there is one."""
        if self.saved < 1:
            return False
        self.saved -= 1
        return True
