"""From budgets to what their pages say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote

from roadworthy.interfaces.web.views.budgets import BudgetsView, GaugeLine
from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment, Tone, plural
from roadworthy.operate.admission.limits.forecast import Forecast, Says
from roadworthy.operate.admission.limits.overview import Budgeted, Gauge
from roadworthy.operate.admission.limits.words import amount, shown

_NEARLY: Final = 80
_FULL: Final = 100
_WORDS: Final = {
    Says.FULL: "nothing is left",
    Says.TOO_EARLY: "too early to say",
    Says.NOTHING_USED: "nothing used yet",
    Says.NO_WINDOW: "comes and goes",
}
_NONE: Final = Empty(
    "No budget is declared",
    "Nothing bounds what calls use together, apart from certificates and the caps of pilots. A budget bounds calls,"
    " tokens, money or calls at the same time, over use cases, keys, users or releases.",
    "roadworthy apply budget.yaml",
)


def budgets_view(found: Sequence[Budgeted], others: Iterable[Gauge], now: dt.datetime) -> BudgetsView:
    """The page of all of them."""
    lines = tuple(_line(gauge, now, declared=True) for each in found for gauge in each.gauges)
    full = sum(line.percent >= _FULL for line in lines)
    finding = f"{plural(full, 'window')} used up" if full else plural(len(found), "budget") if found else "Budgets"
    return BudgetsView(
        finding=finding,
        lede="What calls may use together. Room is set aside before a call and settled after it; past a ceiling calls "
        "are refused, on every replica.",
        back=Link("Gateway", "/gateway"),
        lines=lines,
        others=tuple(_line(gauge, now, declared=False) for gauge in others),
        empty=None if lines else _NONE,
    )


def budget_view(found: Budgeted, now: dt.datetime) -> BudgetsView:
    """The page of one."""
    lines = tuple(_line(gauge, now, declared=True) for gauge in found.gauges)
    of = ", ".join(found.spec.use_cases) or "every use case"
    apart = f" Counted apart: {', '.join(found.spec.each)}." if found.spec.each else ""
    more = ""
    if found.subjects > len(lines):
        more = f"{len(lines)} of {found.subjects} are listed, the fullest of each ceiling."
    return BudgetsView(
        finding=found.spec.title or found.name,
        lede=f"Calls of {of}.{apart}",
        back=Link("Budgets", "/budgets"),
        lines=lines,
        others=(),
        empty=None
        if lines
        else Empty("Nothing was counted yet", "The first call that counts in it opens its window.", None),
        more=more,
    )


def _line(gauge: Gauge, now: dt.datetime, *, declared: bool) -> GaugeLine:
    standing, ahead = gauge.standing, gauge.forecast
    ends = None if standing.ends is None else Moment.of(dt.datetime.fromtimestamp(standing.ends, dt.UTC), now)
    said = [f"{name} {value or 'not said'}" for name, value in sorted(standing.subject.items())]
    return GaugeLine(
        budget=Link(standing.budget, f"/budgets/{quote(standing.budget, safe='')}") if declared else None,
        name=standing.budget,
        shown=shown(gauge.limit),
        subject=", ".join(said),
        used=amount(standing.used, standing.unit),
        percent=min(gauge.percent, 999),
        state=_state(gauge),
        doubt=amount(standing.unknown, standing.unit) if standing.unknown else "",
        ahead=_ahead(ahead, standing.unit),
        full_at=Moment.of(ahead.full_at, now) if ahead.says is Says.FILLS and ahead.full_at is not None else None,
        ends=ends,
    )


def _state(gauge: Gauge) -> Badge:
    if gauge.percent >= _FULL:
        return Badge(Tone.STOP, "used up")
    if gauge.forecast.says is Says.FILLS:
        return Badge(Tone.MIND, "will be used up")
    if gauge.percent >= _NEARLY:
        return Badge(Tone.MIND, "nearly used up")
    return Badge(Tone.GO, "has room")


def _ahead(ahead: Forecast, unit: str) -> str:
    if ahead.says is Says.FILLS:
        return "full before its end, at the rate so far"
    if ahead.says is Says.LASTS and ahead.by_end is not None:
        before = f"; before: {', '.join(amount(count, unit) for count in ahead.before[:3])}" if ahead.before else ""
        return f"about {amount(ahead.by_end, unit)} by its end{before}"
    return _WORDS.get(ahead.says, "")
