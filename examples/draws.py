"""Choices drawn from a seed: the same seed gives the same data on every machine.

Everything is built on `random.Random.random`, the one method whose sequence Python promises to keep for a seed.
"""

from __future__ import annotations

import math
import random
from bisect import bisect
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TypeVar

Item = TypeVar("Item")


class Weights:
    """Items with their shares, ready to be drawn from many times."""

    def __init__(self, shares: Mapping[str, float]) -> None:
        self.items = tuple(shares)
        self.bounds = tuple(accumulate(shares.values()))


class Draws:
    """A stream of choices. Streams with different names are independent, so that one part can be made alone."""

    def __init__(self, seed: int, *path: object) -> None:
        self.unit = random.Random("/".join(map(str, (seed, *path)))).random
        """A number from 0 up to, but without, 1."""

    def below(self, limit: int) -> int:
        """A whole number from 0 to `limit` - 1."""
        return int(self.unit() * limit)

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.unit() * (high - low + 1))

    def chance(self, share: float) -> bool:
        """Yes, in so many of all cases; `share` lies between 0 and 1."""
        return self.unit() < share

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items, each as likely as the others."""
        return items[int(self.unit() * len(items))]

    def some(self, items: Sequence[Item], many: int) -> list[Item]:
        """So many different items, in a drawn order; all where there are fewer."""
        rest = list(items)
        return [rest.pop(int(self.unit() * len(rest))) for _ in range(min(many, len(rest)))]

    def weighted(self, weights: Weights) -> str:
        """One of the items, by their shares."""
        return weights.items[bisect(weights.bounds, self.unit() * weights.bounds[-1])]

    def normal(self, mean: float = 0.0, deviation: float = 1.0) -> float:
        """From a normal distribution (Box and Muller)."""
        radius = math.sqrt(-2.0 * math.log(1.0 - self.unit()))
        return mean + deviation * radius * math.cos(math.tau * self.unit())

    def waiting(self, mean: float) -> float:
        """From an exponential distribution: the time until something happens that happens once in `mean`."""
        return -mean * math.log(1.0 - self.unit())

    def count(self, mean: float) -> int:
        """From a Poisson distribution (Knuth); for means up to a few dozen."""
        limit, product, many = math.exp(-mean), self.unit(), 0
        while product > limit:
            product *= self.unit()
            many += 1
        return many

    def digits(self, many: int) -> str:
        """So many decimal digits, of which the first is not zero."""
        return str(self.between(10 ** (many - 1), 10**many - 1))
