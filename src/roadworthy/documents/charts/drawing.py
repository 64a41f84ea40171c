"""Both sides of a column in one chart: distributions, hours of the day, and how complete the data is after how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from roadworthy.documents.charts.model import Label, Line, Look, Path, Picture, Rect, Table
from roadworthy.documents.charts.scales import Scale, Words, edges_of, polyline, short
from roadworthy.documents.words import percent
from roadworthy.measure.fingerprint.histogram import counts_on, lower, quantile
from roadworthy.measure.fingerprint.model import LogHistogram

WIDTH, HEIGHT = 640, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 628, 18, 176
_HALF_LABEL = 70
_ROUND_TIMES = (0.001, 0.01, 0.1, 1, 10, 60, 600, 3_600, 21_600, 86_400, 604_800, 2_592_000, 31_536_000)
BINS = 30
_TAIL = 0.001
"""Share at each end that may lie beyond the axis; it is counted into the outermost bins."""
_WIDE = 30
"""Ratio of the ends from which a logarithmic axis is used."""
_POINTS = 60
BOTH = ((Look.PILOT, "pilot"), (Look.PRODUCTION, "production"))


@dataclass(frozen=True, slots=True)
class Said:
    """Words of a chart."""

    title: str
    summary: str


def histogram(
    said: Said, pilot: LogHistogram, production: LogHistogram, words: Words = short, *, whole: bool = False
) -> Picture | None:
    """Both sides of a numeric column in the same bins, each as shares of their own values; None where a side is empty.

    Args:
        said: the words.
        pilot: its values.
        production: its values.
        words: how a value is written under the axis.
        whole: whether all are whole numbers, of which a few get a bar each.
    """
    if not pilot.count or not production.count:
        return None
    least, most = _ends(pilot, production)
    log = False
    if whole and most - least < BINS:
        low, high = round(least) - 0.5, round(most) + 0.5
        edges = [low + place for place in range(round(high - low) + 1)]
    else:
        low, high, log = _range(least, most, (pilot, production))
        edges = edges_of(low, high, BINS, log=log)
    before, after = (_shares(each, edges) for each in (pilot, production))
    across = Scale(low, high, _LEFT, _RIGHT, log=log)
    up = Scale(0, max(*before, *after), _BOTTOM, _TOP)
    rects = tuple(
        Rect(
            across.at(left),
            up.at(share),
            round(across.at(right) - across.at(left), 1),
            round(_BOTTOM - up.at(share), 1),
            Look.PRODUCTION,
        )
        for left, right, share in zip(edges, edges[1:], after, strict=False)
        if share > 0
    )
    rows = tuple(
        (f"{words(left)} to {words(right)}", percent(one), percent(two))
        for left, right, one, two in zip(edges, edges[1:], before, after, strict=False)
        if one or two
    )
    lines, labels = _axes(across, up, words, _share)
    return Picture(
        said.title,
        said.summary,
        WIDTH,
        HEIGHT,
        Table(said.title, ("Values", "Pilot", "Production"), rows, frozenset({1, 2})),
        rects=rects,
        lines=lines,
        paths=(Path(_steps(across, up, edges, before), Look.PILOT),),
        labels=labels,
        key=BOTH,
    )


def _ends(pilot: LogHistogram, production: LogHistogram) -> tuple[float, float]:
    """From where to where nearly all of both lie."""
    both = (pilot, production)
    return min(quantile(each, _TAIL) for each in both), max(quantile(each, 1 - _TAIL) for each in both)


def _range(least: float, most: float, both: Sequence[LogHistogram]) -> tuple[float, float, bool]:
    """The ends of the axis, and whether it goes by powers; zero then stands at its lower end."""
    above = min((lower(min(each.positive)) for each in both if each.positive), default=0.0)
    if least >= 0 and above > 0 and most / max(least, above) > _WIDE:
        return max(least, above), most * 1.03, True
    wide = (most - least) or abs(most) or 1.0
    return least - 0.02 * wide, most + 0.03 * wide, False


def _shares(histogram: LogHistogram, edges: Sequence[float]) -> list[float]:
    """Shares between the edges; what is beyond them counts into the outermost."""
    counts = counts_on(histogram, edges)
    inner = counts[1:-1]
    inner[0] += counts[0]
    inner[-1] += counts[-1]
    return [count / histogram.count for count in inner]


def _steps(across: Scale, up: Scale, edges: Sequence[float], shares: Sequence[float]) -> str:
    """The outline of the bars."""
    xs, ys = [across.at(edges[0])], [up.at(0)]
    for left, right, share in zip(edges, edges[1:], shares, strict=False):
        xs += [across.at(left), across.at(right)]
        ys += [up.at(share), up.at(share)]
    return polyline([*xs, across.at(edges[-1])], [*ys, up.at(0)])


def _share(value: float) -> str:
    return f"{value:.3g}".rstrip() if value >= 1 else f"{value * 100:.3g}%"


def _axes(
    across: Scale, up: Scale, words: Words, upwards: Words, under: Sequence[float] = ()
) -> tuple[tuple[Line, ...], tuple[Label, ...]]:
    heights = [tick for tick in up.ticks(3) if tick > 0]
    lines = [Line(_LEFT, up.at(tick), _RIGHT, up.at(tick), Look.RULE) for tick in heights]
    labels = [Label(_LEFT - 6, up.at(tick) + 4, upwards(tick), "end") for tick in heights]
    lines.append(Line(_LEFT, _BOTTOM, _RIGHT, _BOTTOM, Look.AXIS))
    for tick in under or across.ticks():
        lines.append(Line(across.at(tick), _BOTTOM, across.at(tick), _BOTTOM + 4, Look.AXIS))
        labels.append(Label(across.at(tick), _BOTTOM + 18, words(tick)))
    return tuple(lines), tuple(labels)


def hours(said: Said, pilot: Sequence[int], production: Sequence[int]) -> Picture | None:
    """Rows per hour of the day as shares; None where a side has none."""
    if not sum(pilot) or not sum(production):
        return None
    before, after = ([count / sum(counts) for count in counts] for counts in (pilot, production))
    edges = [float(hour) for hour in range(len(after) + 1)]
    across = Scale(0, len(after), _LEFT, _RIGHT)
    up = Scale(0, max(*before, *after), _BOTTOM, _TOP)
    rects = tuple(
        Rect(
            across.at(hour) + 1,
            up.at(share),
            round(across.at(hour + 1) - across.at(hour) - 2, 1),
            round(_BOTTOM - up.at(share), 1),
            Look.PRODUCTION,
        )
        for hour, share in enumerate(after)
        if share > 0
    )
    lines, labels = _axes(across, up, lambda hour: f"{hour:.0f}:00", _share)
    rows = tuple(
        (f"{hour}:00", percent(one), percent(two)) for hour, (one, two) in enumerate(zip(before, after, strict=True))
    )
    return Picture(
        said.title,
        said.summary,
        WIDTH,
        HEIGHT,
        Table(said.title, ("Hour", "Pilot", "Production"), rows, frozenset({1, 2})),
        rects=rects,
        lines=lines,
        paths=(Path(_steps(across, up, edges, before), Look.PILOT),),
        labels=labels,
        key=BOTH,
    )


def completeness(
    said: Said, pilot: LogHistogram, production: LogHistogram, deadline: float | None, words: Words
) -> Picture | None:
    """Which share of the records is there after how long, with a line where the decision is due; None without lags."""
    sides = [(look, each) for look, each in ((Look.PILOT, pilot), (Look.PRODUCTION, production)) if each.count]
    if not sides:
        return None
    low, high = _reach([each for _, each in sides], deadline)
    moments = edges_of(low, high, _POINTS, log=True)
    across = Scale(low, high, _LEFT, _RIGHT, log=True)
    up = Scale(0, 1, _BOTTOM, _TOP)
    curves = {look: _arrived(each, moments) for look, each in sides}
    times = [time for time in _ROUND_TIMES if low <= time <= high]
    lines, labels = _axes(across, up, words, lambda share: f"{share:.0%}", times)
    if deadline is not None and deadline > 0:
        place = across.at(deadline)
        middle = min(max(place, _LEFT + _HALF_LABEL), _RIGHT - _HALF_LABEL)
        lines += (Line(place, _TOP, place, _BOTTOM, Look.MARK),)
        labels += (Label(middle, _TOP - 4, f"decision after {words(deadline)}", strong=True),)
    picked = sorted({*moments[::6], *([deadline] if deadline and deadline > 0 else [])})
    names = {Look.PILOT: "Pilot", Look.PRODUCTION: "Production"}
    told = {look: _arrived(each, picked) for look, each in sides}
    rows = tuple((words(moment), *(percent(told[look][at]) for look, _ in sides)) for at, moment in enumerate(picked))
    return Picture(
        said.title,
        said.summary,
        WIDTH,
        HEIGHT,
        Table(said.title, ("After", *(names[look] for look, _ in sides)), rows, frozenset({1, 2})),
        lines=lines,
        paths=tuple(
            Path(polyline([across.at(moment) for moment in moments], [up.at(share) for share in curve]), look)
            for look, curve in curves.items()
        ),
        labels=labels,
        key=tuple((look, name) for look, name in BOTH if look in curves),
    )


def _reach(lags: Sequence[LogHistogram], deadline: float | None) -> tuple[float, float]:
    """The time axis: from where a hundredth has come to where nearly all has, with the deadline on it."""
    marks = [quantile(each, share) for each in lags for share in (0.01, 0.999)]
    marks += [deadline / 3, deadline * 3] if deadline and deadline > 0 else []
    high = max((mark for mark in marks if mark > 0), default=1.0)
    low = min((mark for mark in marks if mark > 0), default=high / 1000)
    return max(low, high / 1e7, 1e-3) / 1.5, max(high, 1e-2) * 1.2


def _arrived(lags: LogHistogram, moments: Sequence[float]) -> list[float]:
    """Share that has come by each moment."""
    counts = counts_on(lags, moments)
    shares, seen = [], 0.0
    for count in counts[:-1]:
        seen += count
        shares.append(seen / lags.count)
    return shares
