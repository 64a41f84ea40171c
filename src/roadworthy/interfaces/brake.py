"""A brake on doors that are open without a session: whoever is refused again and again has to wait."""

from __future__ import annotations

from collections import OrderedDict

from roadworthy.foundation.runtime import Runtime
from roadworthy.interfaces.problems import RETRY_AFTER_SECONDS, TooMany

AT_ONCE = 30
"""Refusals that one address may collect before it has to wait."""
SECONDS_EACH = 2.0
"""After how long one refusal is forgiven."""
MOST_ADDRESSES = 10_000
"""Addresses that are remembered; the one that was quiet for longest is forgotten first."""


class Brake:
    """Counts refusals by address (a leaky bucket). What is accepted costs nothing.

    Args:
        runtime: its clock and lock.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._clock = runtime.clock
        self._lock = runtime.lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, address: str) -> None:
        """Let a request pass.

        Raises:
            TooMany: this address was refused too often.
        """
        with self._lock:
            if self._level(address) + 1 > AT_ONCE:
                raise TooMany(
                    "too-many-refusals",
                    f"{AT_ONCE} requests from this address were refused within a short time",
                    remedy=f"mend what the refusals said, then try again after {RETRY_AFTER_SECONDS} seconds",
                )

    def refused(self, address: str) -> None:
        """Remember that a request of this address was refused."""
        with self._lock:
            self._levels[address] = (self._level(address) + 1, self._clock.monotonic())
            self._levels.move_to_end(address)
            while len(self._levels) > MOST_ADDRESSES:
                self._levels.popitem(last=False)

    def _level(self, address: str) -> float:
        level, at = self._levels.get(address, (0.0, 0.0))
        return max(0.0, level - (self._clock.monotonic() - at) / SECONDS_EACH)
