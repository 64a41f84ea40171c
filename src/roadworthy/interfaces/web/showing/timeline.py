"""What runs out ahead, as a drawing and in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from roadworthy.interfaces.web.views.evidence import Stroke, Timeline
from roadworthy.interfaces.web.views.parts import Badge, Link, Tone, plural

DAYS = 90
WIDTH, HEIGHT = 900, 96
_SMALLEST = 4.0
"""A single item must be seen beside a thousand."""
STEPS = ((7, Tone.STOP), (30, Tone.MIND), (DAYS, Tone.UNKNOWN))
"""How far ahead is looked, in days, and how it is coloured: this week, this month, this quarter."""


def timeline_of(ends: Mapping[int, int], address: Callable[[int], str]) -> Timeline:
    """Draw it.

    Args:
        ends: whole days ahead, from 0, to how many items run out then.
        address: the page that lists what runs out within so many days.
    """
    most = max(ends.values(), default=0)
    slot = WIDTH / DAYS
    strokes = []
    for day, count in sorted(ends.items()):
        height = round(max(_SMALLEST, HEIGHT * count / most), 2)
        strokes.append(Stroke(_tone(day).value, round(day * slot, 2), round(HEIGHT - height, 2), height))
    steps = []
    for within, tone in STEPS:
        count = sum(found for day, found in ends.items() if day < within)
        words = f"{plural(count, 'item')} within {within} days"
        steps.append((Badge(tone if count else Tone.ASIDE, f"{count:,}"), Link(words, address(within))))
    return Timeline(
        width=WIDTH,
        height=HEIGHT,
        bar=round(slot * 0.8, 2),
        strokes=tuple(strokes),
        marks=tuple((round(100 * day / DAYS, 2), "today" if day == 0 else f"{day} days") for day in (0, 30, 60, DAYS)),
        most=f"The tallest bar stands for {plural(most, 'item')} on one day." if most else "",
        steps=tuple(steps),
    )


def _tone(day: int) -> Tone:
    return next(tone for within, tone in STEPS if day < within)
