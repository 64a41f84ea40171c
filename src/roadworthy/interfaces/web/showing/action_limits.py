"""Limit windows of actions in words: how full they are, what remains, whose they are and when they empty."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from roadworthy.foundation.money import Money
from roadworthy.interfaces.web.views.agents import WindowLine, WindowsView
from roadworthy.interfaces.web.views.parts import Badge, Bar, Empty, Link, Moment, Segment, Tone, plural
from roadworthy.operate.actions.watched.seeing import CUSTOMER, Unused, WindowNow

MOST: Final = 200
"""Windows on the page; a day of a large shop has one for each customer."""
_NEARLY, _FULL = 80, 100
_ABBREVIATED = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """What the page is made of."""

    windows: Sequence[WindowNow]
    unused: Sequence[Unused]
    keys: Mapping[str, str]
    """Names of gateway keys, by id."""
    customer: str
    """As it was entered; empty for everybody's."""


def windows_view(limits: Limits, now: dt.datetime) -> WindowsView:
    """The page."""
    found = limits.windows
    lines = tuple(_line(each, limits, now) for each in found[:MOST])
    full = sum(_percent(each) >= _FULL for each in found)
    nearly = sum(_NEARLY <= _percent(each) < _FULL for each in found)
    more = len(found) - len(lines)
    return WindowsView(
        finding=_finding(full, nearly, limits.customer),
        lede="What agents may do in a time, by amount and count. Room is taken in the transaction that holds the "
        "intent, so no window is overshot, whatever the pieces.",
        lines=lines,
        more=f"{plural(more, 'more window')}, less full than these." if more > 0 else "",
        unused=tuple((each.limit, each.counter) for each in limits.unused) if not limits.customer else (),
        customer=limits.customer,
        has_customers=bool(limits.customer) or any(CUSTOMER in each.subject for each in found),
        empty=None if lines else _empty(limits.customer),
    )


def _finding(full: int, nearly: int, customer: str) -> str:
    whose = f" of {customer}" if customer else ""
    if full:
        return f"{plural(full, 'window')}{whose} {'is' if full == 1 else 'are'} used up"
    if nearly:
        return f"{plural(nearly, 'window')}{whose} {'is' if nearly == 1 else 'are'} nearly used up"
    return f"Limits of actions{whose}"


def _empty(customer: str) -> Empty:
    if customer:
        sentence = "No action for them took room in a window that lasts still."
        return Empty("Nothing of this customer counts now", sentence, None, Link("Everybody's", "/action-limits"))
    return Empty(
        "Nothing counts in a window now",
        "The first action that counts in a limit opens its window. `limits` of an action bounds it alone, an "
        "`ActionLimit` bounds several together.",
        "roadworthy get action-limits",
    )


def _percent(window: WindowNow) -> int:
    return min(999, 100 * window.used // max(1, window.most))


def _line(window: WindowNow, limits: Limits, now: dt.datetime) -> WindowLine:
    percent = _percent(window)
    tone, word = (
        (Tone.STOP, "used up") if percent >= _FULL
        else (Tone.MIND, "nearly used up") if percent >= _NEARLY
        else (Tone.GO, "has room")
    )  # fmt: skip
    left = max(0, window.most - window.used)
    return WindowLine(
        limit=window.limit,
        counter=window.counter,
        whose=tuple(_whose(window, limits)),
        used=f"{_amount(window.used, window.unit)} of {_amount(window.most, window.unit)}",
        left=_amount(left, window.unit) if left else "nothing",
        percent=f"{percent} %",
        bar=Bar(window.counter, (Segment(tone, "used", window.used, 0.0, float(min(percent, _FULL))),)),
        state=Badge(tone, word),
        ends=Moment.of(dt.datetime.fromtimestamp(window.ends, dt.UTC), now),
        end_word="begins to empty" if window.slides else "empties",
    )  # fmt: skip


def _whose(window: WindowNow, limits: Limits) -> Iterator[tuple[str, str | Link]]:
    for name, value in sorted(window.subject.items()):
        if name == CUSTOMER and limits.customer:
            yield name, limits.customer
        elif name == "run":
            yield name, Link(f"…{value[-8:]}", f"/agent-runs/{quote(value)}")
        elif name == "use-case":
            yield name, Link(value, f"/use-cases/{quote(value)}")
        elif name == "agent":
            yield name, limits.keys.get(value, value or "not said")
        else:
            yield name, f"{value[:_ABBREVIATED]}…" if len(value) > _ABBREVIATED else value or "not said"


def _amount(count: int, unit: str) -> str:
    return f"{count:,}" if unit == "count" else str(Money(count, unit))
