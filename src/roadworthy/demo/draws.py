"""Choices drawn from a seed: the same seed gives the same organisation on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from roadworthy.foundation.runtime import Randomness

Item = TypeVar("Item")


class Draws:
    """Whole numbers, chances and picks out of a stream of random bytes."""

    def __init__(self, randomness: Randomness) -> None:
        self._randomness = randomness

    def below(self, limit: int) -> int:
        """A whole number from 0 to `limit` - 1. Four bytes for small limits: the bias is under one in a million."""
        return int.from_bytes(self._randomness.bytes(4), "big") % limit

    def chance(self, percent: int) -> bool:
        """Yes, in `percent` of a hundred cases."""
        return self.below(100) < percent

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items."""
        return items[self.below(len(items))]
