"""Figures with their number of cases and their interval, so that nobody reads more out of them than is in them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from examples.draws import Draws

Case = TypeVar("Case")
Z = 1.959964
"""97.5th percentile of the normal distribution, for intervals of 95 %."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with Wilson's interval (E. B. Wilson, 1927) at 95 %."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        """The share, or None of nothing."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Low and high end; from 0 to 1 where there are no cases."""
        if not self.n:
            return 0.0, 1.0
        p, n = self.hits / self.n, self.n
        centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
        return max(0.0, centre - half), min(1.0, centre + half)

    def __str__(self) -> str:
        if self.value is None:
            return "no cases"
        low, high = self.interval
        return f"{self.value:.3f} ({low:.3f} to {high:.3f}, n={self.n:,})"

    def told(self) -> dict[str, Any]:
        """For a file."""
        low, high = self.interval
        return {**asdict(self), "value": self.value, "low": low, "high": high}


@dataclass(slots=True)
class Found:
    """What was found against what was there."""

    right: int = 0
    wrong: int = 0
    """Found and not there, or with another value."""
    missed: int = 0
    """There and not found, or with another value."""

    def add(self, found: set[Any], there: set[Any]) -> None:
        """Count one case; what is found and what is there are sets of values."""
        self.right += len(found & there)
        self.wrong += len(found - there)
        self.missed += len(there - found)

    @property
    def precision(self) -> Share:
        """Share of what was found that is right."""
        return Share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> Share:
        """Share of what was there that was found."""
        return Share(self.right, self.right + self.missed)

    def told(self) -> dict[str, Any]:
        """For a file."""
        return {"precision": self.precision.told(), "recall": self.recall.told()}


def bootstrap(
    cases: Sequence[Case], figure: Callable[[Sequence[Case]], float], draws: Draws, rounds: int = 200
) -> tuple[float, float]:
    """An interval of 95 % by drawing the cases anew, with replacement (percentile bootstrap, B. Efron, 1979)."""
    figures = sorted(figure([draws.pick(cases) for _ in cases]) for _ in range(rounds))
    return figures[int(rounds * 0.025)], figures[min(rounds - 1, int(rounds * 0.975))]
