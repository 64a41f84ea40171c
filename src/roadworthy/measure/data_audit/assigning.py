"""The assignment of rows to columns whose scores add up to the most."""

from __future__ import annotations

import math
from collections.abc import Sequence


def assigned(scores: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Pairs of row and column, each used at most once, whose scores add up to the most.

    Kuhn's Hungarian method: rows join one after the other, each over the cheapest path of changes among those that
    joined before. Cubic in the shorter side.
    """
    if not scores or not scores[0]:
        return []
    if len(scores) > len(scores[0]):
        return [(row, column) for column, row in assigned([list(each) for each in zip(*scores, strict=True)])]
    prices = _Prices(scores)
    for row in range(len(scores)):
        prices.join(row)
    return sorted((row, column) for column, row in enumerate(prices.owner) if row is not None)


class _Prices:
    """Who owns which column, at prices at which nobody would rather have another."""

    def __init__(self, scores: Sequence[Sequence[float]]) -> None:
        self._scores = scores
        self._columns = range(len(scores[0]))
        self._row_price = [0.0] * len(scores)
        self._column_price = [0.0 for _ in self._columns]
        self.owner: list[int | None] = [None for _ in self._columns]

    def join(self, row: int) -> None:
        """Give one more row a column, moving others where that costs least."""
        least = [math.inf for _ in self._columns]
        came_from: list[int | None] = [None for _ in self._columns]
        seen: list[int] = []
        current, here = row, None
        while True:
            here = self._nearest(current, here, least, came_from, seen)
            self._reprice(row, least, seen, least[here])
            seen.append(here)
            owner = self.owner[here]
            if owner is None:
                break
            current = owner
        self._shift(row, here, came_from)

    def _nearest(
        self, current: int, here: int | None, least: list[float], came_from: list[int | None], seen: Sequence[int]
    ) -> int:
        """The unseen column that is cheapest to reach, now that `current` may be moved."""
        for column in self._columns:
            if column in seen:
                continue
            cost = -self._scores[current][column] - self._row_price[current] - self._column_price[column]
            if cost < least[column]:
                least[column], came_from[column] = cost, here
        return min((column for column in self._columns if column not in seen), key=lambda column: least[column])

    def _reprice(self, row: int, least: list[float], seen: Sequence[int], step: float) -> None:
        self._row_price[row] += step
        for column in self._columns:
            if column in seen:
                owner = self.owner[column]
                if owner is not None:
                    self._row_price[owner] += step
                self._column_price[column] -= step
            else:
                least[column] -= step

    def _shift(self, row: int, last: int, came_from: Sequence[int | None]) -> None:
        """Move owners along the path that led to the last column."""
        here: int | None = last
        while here is not None:
            before = came_from[here]
            self.owner[here] = row if before is None else self.owner[before]
            here = before
