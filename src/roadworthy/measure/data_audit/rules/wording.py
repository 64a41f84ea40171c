"""Numbers and names as the sentences of findings write them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from roadworthy.measure.data_audit.model import Measure
from roadworthy.measure.fingerprint.model import Fingerprint, Share
from roadworthy.measure.statistics.intervals import wilson

_NAMED = 3
_LONGEST = 40
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def percent(share: float) -> str:
    """A share from 0 to 1 with as many digits as say something: `12%`, `3.4%`, `0.021%`."""
    value = share * 100
    if value == 0:
        return "0%"
    if value < 0.001:  # noqa: PLR2004 - below that digits say nothing
        return "under 0.001%"
    if 99.5 < value < 100:  # noqa: PLR2004 - so that what is not all is not rounded to all
        return f"{min(value, 99.99):.2f}%"
    return f"{value:.3g}%" if value < 10 else f"{value:.0f}%"  # noqa: PLR2004 - digits that say something


def rows(count: float) -> str:
    """A count with separators, and its noun."""
    return f"{round(count):,} row{'' if round(count) == 1 else 's'}"


def number(value: float) -> str:
    """A value with three digits that say something; whole ones in full."""
    if value == int(value) and abs(value) < 1e6:  # noqa: PLR2004 - longer ones are read as powers
        return f"{int(value):,}"
    if 1000 <= abs(value) < 1e15:  # noqa: PLR2004 - powers of ten are for what nobody reads digit by digit
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def column(name: str) -> str:
    """A name as findings quote it."""
    return f"`{name}`"


def quoted(values: Iterable[object], most: int = _NAMED) -> str:
    """A few values in backticks, shortened, and how many more there are."""
    listed: Sequence[str] = [str(value) for value in values]
    shown = [f"`{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'}`" for text in listed[:most]]
    more = len(listed) - len(shown)
    if more > 0:
        return f"{', '.join(shown)} and {more:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def duration(seconds: float) -> str:
    """A time that people would say: `5 minutes`, `2.5 days`."""
    for unit, length in (("day", _DAY), ("hour", _HOUR), ("minute", _MINUTE)):
        if seconds >= length * 1.5 or seconds == length:
            value = f"{seconds / length:.2g}" if seconds < 100 * length else f"{seconds / length:,.0f}"
            return f"{value} {unit}{'' if value == '1' else 's'}"
    return f"{seconds:.3g} second{'' if seconds == 1 else 's'}"


def share_of(share: Share, confidence: float) -> Measure:
    """A share with its interval, as a check carries it."""
    between = wilson(share.count, share.of, confidence)
    return Measure(value=share.value, unit="share", n=share.of, low=between.low, high=between.high)


def days_spanned(print_: Fingerprint) -> float | None:
    """Days from the first to the last event, at least one; None where no event time is declared or known."""
    name = print_.declared.event_time or (print_.arrival.event if print_.arrival else None)
    found = print_.column(name) if name else None
    if found is None or found.moments is None:
        return None
    moments = found.moments
    if moments.days:
        return float((max(moments.days) - min(moments.days)).days + 1)
    return max(1.0, (moments.greatest - moments.least) / dt.timedelta(days=1))


def rows_a_day(print_: Fingerprint) -> float | None:
    """Rows per day of the event time; None where that is not known."""
    days = days_spanned(print_)
    return print_.rows / days if days else None


def a_day(production: Fingerprint, share: float | None) -> str:
    """What a share means in rows a day, as the end of a sentence; empty where the days are not known."""
    daily = rows_a_day(production)
    if daily is None or share is None or daily * share < 1:
        return ""
    return f", about {rows(daily * share)} a day"


def settled(needed: int | None) -> str:
    """What would end an unknown, as the end of a sentence."""
    if needed is None:
        return "; more rows of the pilot alone would not tell, production has too few itself"
    return f"; {rows(needed)} of it would settle it"
