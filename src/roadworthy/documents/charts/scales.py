"""Axes: where a value lies on the plane, and which values are written under it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_STEPS = (1, 2, 2.5, 5, 10)
_HALVES = 3
"""Decades up to which 2 and 5 are written between the powers of ten."""
_SI = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_SHORT_FROM = 10_000


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high` laid on the plane from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The place of a value, kept within the axis, to a tenth."""
        low, high, here = (
            (math.log(self.low), math.log(self.high), math.log(max(value, self.low)))
            if self.log
            else (self.low, self.high, value)
        )
        share = min(1.0, max(0.0, (here - low) / (high - low))) if high > low else 0.5
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self, most: int = 6) -> list[float]:
        """Round values on the axis, at most about `most` of them."""
        return _decades(self.low, self.high, most) if self.log else _rounds(self.low, self.high, most)


def _rounds(low: float, high: float, most: int) -> list[float]:
    if high <= low:
        return [low]
    rough = (high - low) / most
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * each for each in _STEPS if size * each >= rough)
    first = math.ceil(low / step - 1e-9)
    return [place * step for place in range(first, math.floor(high / step + 1e-9) + 1)]


def _decades(low: float, high: float, most: int) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    between = (1, 2, 5) if last - first <= _HALVES else (1,)
    every = max(1, math.ceil((last - first) / most))
    found = [each * 10.0**power for power in range(first, last + 1, every) for each in between]
    return [each for each in found if low <= each <= high]


def edges_of(low: float, high: float, count: int, *, log: bool) -> list[float]:
    """So many bins of equal width between two values, on the scale that is shown."""
    if log:
        begin, width = math.log(low), (math.log(high) - math.log(low)) / count
        return [math.exp(begin + width * place) for place in range(count + 1)]
    return [low + (high - low) / count * place for place in range(count + 1)]


def short(value: float) -> str:
    """A number for an axis: `250`, `12k`, `0.05`."""
    size = abs(value)
    if size >= _SHORT_FROM:
        for least, unit in _SI:
            if size >= least:
                return f"{value / least:.3g}{unit}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.3g}"


def polyline(xs: Sequence[float], ys: Sequence[float]) -> str:
    """The `points` of an SVG polyline."""
    return " ".join(f"{x:g},{y:g}" for x, y in zip(xs, ys, strict=True))


Words = Callable[[float], str]
