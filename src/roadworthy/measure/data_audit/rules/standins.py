"""Values that stand for a missing one: words for it always, numbers such as 99 only where they stick out."""

from __future__ import annotations

import math
from collections.abc import Mapping

from roadworthy.measure.fingerprint.model import BINS_PER_E, Column, LogHistogram

_SPIKE = 3.0
"""How many times a number must be as frequent as the bins around it hold on average."""
_AROUND = 3
"""Bins on either side that are looked at, each 5 % wide."""


def stand_ins(column: Column) -> Mapping[str, int]:
    """Of what could stand for `missing`, what does, with counts as in the column's looks.

    A device that is 99 days old is 99 days old. A number stands for something else where it is met far more often than
    numbers near it.
    """
    if column.looks is None:
        return {}
    found = {value: count for value, count in column.looks.placeholders.items() if value}
    if column.numbers is None or not column.looks.of:
        return found
    scale = column.present / column.looks.of
    histogram = column.numbers.histogram
    return {value: count for value, count in found.items() if _sticks_out(value, count * scale, histogram)}


def _sticks_out(value: str, rows: float, histogram: LogHistogram) -> bool:
    try:
        number = float(value)
    except ValueError:
        return True
    if not math.isfinite(number) or number == 0:
        return True
    bins = histogram.positive if number > 0 else histogram.negative
    place = math.floor(math.log(abs(number)) * BINS_PER_E)
    near = [bins.get(place + step, 0) for step in range(-_AROUND, _AROUND + 1) if step]
    return rows > _SPIKE * sum(near) / len(near)
