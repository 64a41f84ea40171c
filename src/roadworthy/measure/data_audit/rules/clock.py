"""Clocks: hours that are shifted, zones that are there on one side only, times of day that are lost, the future."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules.columns import Both, both, broken_down, new_segment
from roadworthy.measure.data_audit.rules.shapes import merged_small
from roadworthy.measure.data_audit.rules.wording import a_day, duration, percent, quoted, rows, share_of
from roadworthy.measure.fingerprint.histogram import quantile
from roadworthy.measure.fingerprint.model import BINS_PER_E, Arrival, Form, LogHistogram, Moments, Share
from roadworthy.measure.statistics.distances import homogeneity_p, jensen_shannon
from roadworthy.measure.statistics.intervals import newcombe

RULE = "clock-shifted"
_HOURS = 24
_FEWEST = 100
"""Rows of either side below which hours of the day say nothing."""
_TELLING = 0.15
"""Jensen-Shannon distance of the pilot's day from an even one, below which every shift fits."""
_EXPLAINED = 0.6
"""Share of the distance that a shift must take away."""
_SMALLEST = 0.05
_EXPECTED = 5
_MOST_AT_MIDNIGHT = 0.5
_A_MINUTE = round(math.log(60) * BINS_PER_E)
"""Bin of a lag of sixty seconds."""


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:
    """Every column of instants that both sides have."""
    timed = [each for each in both(pair) if each.pilot.moments is not None and each.production.moments is not None]
    alpha = (1 - policy.threshold("any.confidence")) / max(1, len(timed))
    for each in timed:
        found = list(_column(pair, policy, each, alpha))
        yield from found
        if not found:
            yield Check(RULE, Verdict.MATCH, each.name, finding=f"`{each.name}` runs by the pilot's clock")
    yield from _early(pair, policy)


def _column(pair: Pair, policy: Policy, each: Both, alpha: float) -> Iterator[Check]:
    one, two = each.pilot.moments, each.production.moments
    if one is None or two is None:
        return
    hours = shifted(one.hours, two.hours, alpha)
    if hours:
        yield _shift(pair, each, hours, (sum(one.hours), sum(two.hours)))
    else:
        yield from _segments(pair, each, one, alpha)
    if each.forms == {Form.TIMESTAMP} and one.zoned != two.zoned:
        yield _zones(each, one, two, shifted_too=bool(hours))
    yield from _midnight(pair, policy, each, one, two)
    yield from _future(pair, policy, each, one, two)


def shifted(one: Sequence[int], two: Sequence[int], alpha: float) -> int:
    """Hours by which production's day is later than the pilot's, -11 to 12; 0 where it is not or that is unclear."""
    n, m = sum(one), sum(two)
    if len(one) != _HOURS or len(two) != _HOURS or min(n, m) < _FEWEST:
        return 0
    if jensen_shannon(one, [1] * _HOURS) < _TELLING:
        return 0
    left, right = merged_small(one, two, _EXPECTED)
    if homogeneity_p(left, right) >= alpha:
        return 0
    smooth, target = _smooth(one), _smooth(two)
    before = jensen_shannon(smooth, target)
    distances = {hours: jensen_shannon(_turned(smooth, hours), target) for hours in range(-11, 13) if hours}
    best = min(distances, key=lambda hours: (distances[hours], abs(hours)))
    return best if before > _SMALLEST and distances[best] < (1 - _EXPLAINED) * before else 0


def _smooth(hours: Sequence[int]) -> list[float]:
    return [(hours[at - 1] + 2 * hours[at] + hours[(at + 1) % _HOURS]) / 4 for at in range(_HOURS)]


def _turned(hours: Sequence[float], later: int) -> list[float]:
    return [hours[(at - later) % _HOURS] for at in range(_HOURS)]


def _way(hours: int) -> str:
    return f"{abs(hours)} hour{'' if abs(hours) == 1 else 's'} {'later' if hours > 0 else 'earlier'}"


def _shift(
    pair: Pair, each: Both, hours: int, sizes: tuple[int, int], scope: str = "", where: str = "", share: float = 1.0
) -> Check:
    return Check(
        rule=RULE,
        verdict=Verdict.GAP,
        column=each.name,
        scope=scope,
        finding=f"the hours of the day in `{each.name}` are the pilot's {_way(hours)}{where}"
        f"{a_day(pair.production, share)}: one of the two is not in UTC",
        pilot=Measure(0.0, "hours", sizes[0]),
        production=Measure(float(hours), "hours", sizes[1]),
        affected=share,
        rank=1,
        detail={"hours": hours},
    )


def _segments(pair: Pair, each: Both, one: Moments, alpha: float) -> Iterator[Check]:
    if each.production.name != pair.production.declared.event_time:
        return
    best: tuple[int, Check] | None = None
    for breakdown in pair.production.breakdowns:
        mine = broken_down(pair, breakdown)
        found: dict[int, list[str]] = {}
        for value, cell in breakdown.cells.items():
            own = mine.cells.get(value) if mine else None
            if own is None and not new_segment(pair, breakdown.by, value):
                continue
            before = own.hours if own is not None else one.hours
            if hours := shifted(before, cell.hours, alpha / (10 * len(breakdown.cells))):
                found.setdefault(hours, []).append(value)
        for hours, segments in found.items():
            touched = sum(breakdown.cells[value].rows for value in segments)
            where = f" where `{breakdown.by}` is {quoted(segments)}"
            scope = f"{breakdown.by}={','.join(sorted(segments)[:5])}"
            share = touched / breakdown.of if breakdown.of else 0.0
            check = _shift(pair, each, hours, (sum(one.hours), touched), scope, where, share)
            if best is None or touched > best[0]:
                best = touched, check
    if best is not None:
        yield best[1]


def _zones(each: Both, one: Moments, two: Moments, *, shifted_too: bool) -> Check:
    said = ("with", "without") if one.zoned else ("without", "with")
    return Check(
        rule=RULE,
        verdict=Verdict.GAP,
        column=each.name,
        scope="zone",
        finding=f"`{each.name}` is {said[0]} a time zone in the pilot and {said[1]} one in production, so that "
        "nobody can be sure which hours are meant",
        pilot=Measure("zoned" if one.zoned else "naive"),
        production=Measure("zoned" if two.zoned else "naive"),
        affected=1.0,
        rank=1 if shifted_too else 2,
        cause=f"clock:{each.name}",
    )


def _midnight(pair: Pair, policy: Policy, each: Both, one: Moments, two: Moments) -> Iterator[Check]:
    n, m = sum(one.weekdays), sum(two.weekdays)
    if each.forms != {Form.TIMESTAMP} or min(n, m) < _FEWEST:
        return
    before, after = Share(one.at_midnight, n), Share(two.at_midnight, m)
    if (after.value or 0) <= _MOST_AT_MIDNIGHT or (before.value or 0) >= _MOST_AT_MIDNIGHT / 2:
        return
    confidence = policy.threshold("any.confidence")
    yield Check(
        rule=RULE,
        verdict=Verdict.GAP,
        column=each.name,
        scope="midnight",
        finding=f"{percent(after.value or 0)} of production's {rows(m)} are at midnight in `{each.name}`, of the "
        f"pilot's {percent(before.value or 0)}: the time of day was lost" + a_day(pair.production, after.value),
        pilot=share_of(before, confidence),
        production=share_of(after, confidence),
        affected=after.value,
        rank=2,
    )


def _future(pair: Pair, policy: Policy, each: Both, one: Moments, two: Moments) -> Iterator[Check]:
    """Only of times at which something has happened; a due date lies in the future by nature."""
    declared = pair.production.declared
    if each.production.name not in {declared.event_time, declared.ingest_time}:
        return
    confidence = policy.threshold("any.confidence")
    before = Share(one.future, each.pilot.present)
    after = Share(two.future, each.production.present)
    sure = newcombe(before.count, before.of, after.count, after.of, confidence).low > 0
    if (after.value or 0) <= policy.threshold(f"{RULE}.future") or not sure:
        return
    yield Check(
        rule=RULE,
        verdict=Verdict.GAP,
        column=each.name,
        scope="future",
        finding=f"{rows(after.count)} of production ({percent(after.value or 0)}{a_day(pair.production, after.value)}) "
        f"lie in the future by `{each.name}`, of the pilot {before.count:,}",
        pilot=share_of(before, confidence),
        production=share_of(after, confidence),
        affected=after.value,
        rank=1,
    )


def _early(pair: Pair, policy: Policy) -> Iterator[Check]:
    """Rows that can be read before they happened: some sender's clock runs ahead, or writes local time."""
    arrival = pair.production.arrival
    ingest = pair.production.column(arrival.ingest) if arrival is not None else None
    if arrival is None or ingest is None or ingest.form is Form.DATE:
        return  # a day without an hour begins before everything that happened on it
    confidence = policy.threshold("any.confidence")
    after, before = _before_event(arrival), _before_event(pair.pilot.arrival) if pair.pilot.arrival else Share(0, 0)
    measured = share_of(after, confidence)
    more = newcombe(before.count, before.of, after.count, after.of, confidence).low > 0 if before.of else True
    if (measured.low or 0.0) <= policy.threshold(f"{RULE}.future") or not more:
        return
    ahead = quantile(LogHistogram(negative=arrival.lags.negative), 0.5)
    yield Check(
        rule=RULE,
        verdict=Verdict.GAP,
        column=next((each.name for each in both(pair) if each.production.name == arrival.event), arrival.event),
        scope="before",
        finding=f"{percent(after.value or 0)} of production's {rows(after.of)} could be read before they happened, "
        f"{duration(abs(ahead))} in the middle: a clock runs ahead, or local time stands in `{arrival.event}`"
        + a_day(pair.production, after.value),
        pilot=share_of(before, confidence) if before.of else None,
        production=measured,
        affected=after.value,
        rank=1,
    )


def _before_event(arrival: Arrival) -> Share:
    """Rows that arrive more than a minute before their event; clocks of two machines differ by less."""
    early = sum(count for place, count in arrival.lags.negative.items() if place >= _A_MINUTE)
    return Share(early, arrival.lags.count)
