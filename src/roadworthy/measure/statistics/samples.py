"""How many rows settle a question that a sample was too small for."""

from __future__ import annotations

import math
from collections.abc import Sequence

from roadworthy.measure.statistics.coverage import expected_unseen
from roadworthy.measure.statistics.quantiles import chi2_quantile, poisson_upper, two_sided

MOST = 10**9
"""Rows beyond which a number would say nothing but `all of it`."""


def rows_for_share(share: float, delta: float, confidence: float = 0.99, m: float = math.inf) -> int | None:
    """Rows that tell a share to within delta: z2 p (1 - p) / delta2, and at least 3 / delta for the rare ones.

    Against a second sample of m rows, which has its own part in the noise; None where that alone is too much.
    """
    z = two_sided(confidence)
    spread = z * z * share * (1 - share)
    room = delta * delta / spread - 1 / m if spread else math.inf
    return min(MOST, math.ceil(max(1 / room, 3 / delta))) if room > 0 else None


def rows_for_absence(share: float) -> int:
    """Rows of which none is needed to exclude a share: 3 / share, at 95 %."""
    return min(MOST, math.ceil(3 / share)) if share > 0 else MOST


def rows_for_psi(bins: int, index: float, m: float, confidence: float = 0.99) -> int | None:
    """Rows from which chance alone keeps the index under this value, against a second sample of m rows.

    None where the second sample alone is too small.
    """
    room = index / chi2_quantile(confidence, max(1, bins - 1)) - (1 / m if m > 0 else 0)
    return min(MOST, math.ceil(1 / room)) if room > 0 else None


def rows_for_coverage(shares: Sequence[float], unseen: float) -> int:
    """Rows after which at most this share of the source is expected to be unmet, when each value's share is known."""
    low, high = 0, 1
    while expected_unseen(shares, high) > unseen and high < MOST:
        low, high = high, high * 2
    while high - low > max(1, high // 1000):
        middle = (low + high) // 2
        if expected_unseen(shares, middle) > unseen:
            low = middle
        else:
            high = middle
    return min(MOST, high)


def rows_for_range(tails: float, limit: float, confidence: float = 0.99) -> int:
    """Rows of which the share beyond their own quantiles, `tails` in all, is bounded by `limit`."""
    rows = 1
    while poisson_upper(tails * rows + 1, confidence) > limit * rows and rows < MOST:
        rows = math.ceil(rows * 1.05) + 1
    return min(MOST, rows)


def rows_for_cells(shares: Sequence[float], cell: int, left: float) -> int:
    """Rows with which the cells that stay under `cell` rows hold no more than `left` of the source, as expected."""
    under = 0.0
    for share in sorted(share for share in shares if share > 0):
        under += share
        if under > left:
            return min(MOST, math.ceil(cell / share))
    return 0
