"""The trade-off as a drawing: where each use case stands between work and value, with its ranges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from roadworthy.decide.ranking.model import Place, Point, Ranked
from roadworthy.decide.ranking.picking import days, money
from roadworthy.decide.ranking.rules import DAY
from roadworthy.foundation.money import minor_digits
from roadworthy.interfaces.web.views.parts import plural
from roadworthy.interfaces.web.views.ranking import Chart, Kind, Mark, Tick

WIDTH, HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 16, 16, 46
MOST_MARKS = 300
"""More dots than this say nothing that these do not."""
LABELLED = 12
_STEPS = 5


class _Scale(NamedTuple):
    """From days and money to places in the drawing."""

    work: int
    """The right end, in hundredths of a day."""
    work_step: int
    """Between two ticks, in days."""
    value: int
    """The upper end, in minor units."""
    value_step: int
    """Between two ticks, in whole units of the currency."""
    unit: int

    @classmethod
    def of(cls, shown: Sequence[Place], unit: int) -> _Scale:
        points = [place.estimate.point for place in shown]
        first = points[:LABELLED]
        work = max([1, *(point.effort.high for point in first), *(point.effort.doubled // 2 for point in points)])
        value = max([1, *(point.value.high for point in first), *(point.value.doubled // 2 for point in points)])
        days_apart, money_apart = _step(work / DAY), _step(value / unit)
        return cls(
            _end(work / DAY, days_apart) * DAY, days_apart, _end(value / unit, money_apart) * unit, money_apart, unit
        )

    def across(self, work: float) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * min(work / self.work, 1.0), 1)

    def upward(self, value: float) -> float:
        return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * min(value / self.value, 1.0), 1)

    def middle(self, point: Point) -> tuple[float, float]:
        return self.across(point.effort.doubled / 2), self.upward(point.value.doubled / 2)


def chart_of(ranked: Ranked) -> Chart | None:
    """The drawing; None where nothing can be ranked."""
    if not ranked.places or ranked.currency is None:
        return None
    shown = _shown(ranked)
    scale = _Scale.of(shown, 10 ** minor_digits(ranked.currency))
    picked = len(ranked.picks)
    front = sorted(
        (place.estimate.point for place in shown if place.on_front),
        key=lambda point: (point.effort.doubled, point.value.doubled),
    )
    days_at = range(0, scale.work // DAY + 1, scale.work_step)
    money_at = range(0, scale.value // scale.unit + 1, scale.value_step)
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        left=_LEFT,
        bottom=HEIGHT - _BOTTOM,
        x_ticks=tuple(Tick(scale.across(day * DAY), f"{day:,}") for day in days_at),
        y_ticks=tuple(Tick(scale.upward(amount * scale.unit), _short(amount)) for amount in money_at),
        front=" ".join(f"{x},{y}" for x, y in map(scale.middle, front)),
        marks=tuple(_mark(place, scale, picked) for place in reversed(shown)),
        summary=_summary(ranked, shown),
    )


def _mark(place: Place, scale: _Scale, picked: int) -> Mark:
    point = place.estimate.point
    kind: Kind = "picked" if place.rank <= picked else "front" if place.on_front else "other"
    x, y = scale.middle(point)
    return Mark(
        x=x,
        y=y,
        left=scale.across(point.effort.low),
        right=scale.across(point.effort.high),
        top=scale.upward(point.value.high),
        bottom=scale.upward(point.value.low),
        kind=kind,
        label=str(place.rank) if place.rank <= LABELLED else "",
        title=f"{place.rank}. {place.estimate.case.title}",
    )


def _shown(ranked: Ranked) -> list[Place]:
    """The first places, and the whole front however far it reaches."""
    first = list(ranked.places[:MOST_MARKS])
    return first + [place for place in ranked.front if place.rank > MOST_MARKS][:MOST_MARKS]


def _step(most: float) -> int:
    """A round step of which about five make `most`."""
    raw = max(most / _STEPS, 1)
    power = int(10 ** (len(str(int(raw))) - 1))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)


def _end(most: float, step: int) -> int:
    return int(-(-most // step)) * step or step


def _short(amount: int) -> str:
    """An amount on an axis: 1.5M for a million and a half."""
    for size, letter in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if amount >= size:
            return f"{amount / size:g}{letter}"
    return f"{amount:,}"


def _summary(ranked: Ranked, shown: Sequence[Place]) -> str:
    said = [
        f"{place.rank}: {place.estimate.case.title}, {money(place.estimate.point.value.doubled // 2, ranked.currency)}"
        f" for {days(place.estimate.point.effort)}"
        for place in shown[:LABELLED]
    ]
    return (
        f"Value that counts in a year, upwards, against working days of open work, to the right, of "
        f"{plural(len(shown), 'use case')}; better lies up and to the left. {'; '.join(said)}."
    )
