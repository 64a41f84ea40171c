"""Numbers that lie close together far from zero: pH, degrees of longitude, kelvin, years.

The bins of a histogram are a twentieth of a number wide, and a column whose numbers spread by less than that falls into
a bin or two wherever it moves. Its mean and its spread are summed over all rows and tell what the bins do not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from roadworthy.measure.data_audit.rules.columns import Both
from roadworthy.measure.fingerprint.model import Numbers
from roadworthy.measure.statistics.quantiles import chi2_tail

_NARROW = 0.1
"""Standard deviation over mean, up to which a bin is half a deviation wide or wider."""
_DOUBLE = 1e-4
"""The same, from which sums of squares in double precision still hold a variance."""


@dataclass(frozen=True, slots=True)
class Level:
    """Where the numbers of both sides lie, in units of how they spread."""

    pilot: float
    """Mean of the pilot."""
    production: float
    """Mean of production."""
    deviation: float
    """Standard deviation, of both sides together about their own means."""
    n: int
    m: int

    @property
    def apart(self) -> float:
        """Difference of the means in standard deviations."""
        return abs(self.production - self.pilot) / self.deviation

    @property
    def index(self) -> float:
        """What the stability index of two normal distributions of one spread is: the square of how far apart they are.

        Jeffreys' divergence; Kullback and Leibler, On Information and Sufficiency (1951).
        """
        return self.apart**2

    @property
    def moved(self) -> float:
        """Greatest difference of the cumulative shares of two such distributions."""
        return math.erf(self.apart / (2 * math.sqrt(2)))

    @property
    def chance(self) -> float:
        """How probable means so far apart are for two samples of one source, by the limit theorem."""
        return chi2_tail(self.index / (1 / self.n + 1 / self.m), 1)


def level(each: Both) -> Level | None:
    """Means and spread of both sides; None where the bins tell more, or where double precision has lost the spread."""
    one, two = each.pilot.numbers, each.production.numbers
    if one is None or two is None or min(one.histogram.count, two.histogram.count) < 2:  # noqa: PLR2004 - of one, no spread
        return None
    n, m = one.histogram.count, two.histogram.count
    mean, variance = _moments(one)
    mean_there, variance_there = _moments(two)
    deviation = math.sqrt((variance * n + variance_there * m) / (n + m))
    largest = max(abs(mean), abs(mean_there))
    narrow = math.sqrt(variance) <= _NARROW * abs(mean)
    return Level(mean, mean_there, deviation, n, m) if narrow and deviation > _DOUBLE * largest else None


def _moments(numbers: Numbers) -> tuple[float, float]:
    mean = numbers.total / numbers.histogram.count
    return mean, max(0.0, numbers.squares / numbers.histogram.count - mean * mean)
