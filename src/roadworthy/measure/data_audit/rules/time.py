"""When data comes, and when it is there to be read."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from roadworthy.foundation import spans
from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules import deliveries
from roadworthy.measure.data_audit.rules.wording import a_day, duration, percent, quoted, rows, share_of
from roadworthy.measure.fingerprint.model import BINS_PER_E, Arrival, Fingerprint, LogHistogram, PartState, Share
from roadworthy.measure.statistics.intervals import newcombe, wilson
from roadworthy.measure.statistics.samples import rows_for_absence

_HOUR = dt.timedelta(hours=1)
_DAY = 86400.0
_DEADLINES = (60, 300, 900, 3600, 21600, 86400, 172800, 604800)
"""Seconds at which the share that has arrived is told."""
_UNDECLARED = _DAY
"""Seconds after which a record counts as late where nobody declared when the system must act."""
_WEEKDAYS = 7
_LEAST_GAPS = 5

_FEWEST_WAITS = 10
"""Rows from which the mean wait between two is worth something."""


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:
    """The checks of this area."""
    yield from _cadence(pair, policy)
    yield from _stale(pair, policy)
    yield from _late(pair, policy)
    yield from _restated(pair, policy)
    yield from deliveries.checks(pair)


# ---------------------------------------------------------------- cadence


def _cadence(pair: Pair, policy: Policy) -> Iterator[Check]:
    context = pair.context
    declared, needed = spans.longest(context.refresh), spans.seconds(context.decision_after)
    if context.registered and declared is None:
        said = f"`{context.refresh}` names no time" if context.refresh else "nobody has said it"
        finding = f"how often `{context.source}` has to be refreshed is not known: {said}"
        yield Check("cadence-slower", Verdict.UNKNOWN, scope="declared", finding=finding)
    if declared is not None and needed is not None and declared > needed:
        yield Check(
            rule="cadence-slower",
            verdict=Verdict.GAP,
            scope="decision",
            finding=f"production is refreshed every {duration(declared)} by its contract, and the system must act "
            f"{duration(needed)} after the event",
            pilot=Measure(needed, "seconds"),
            production=Measure(declared, "seconds"),
            affected=1 - needed / declared,
        )
    arrival = pair.production.arrival
    if declared is None or arrival is None or not arrival.loads:
        return
    gaps = business_gaps(sorted(arrival.loads))
    if len(gaps) < _LEAST_GAPS:
        return
    yield _observed(policy, declared, gaps, arrival)


def business_gaps(loads: Sequence[dt.datetime]) -> list[float]:
    """Seconds between loads, without the weekdays on which nothing is ever loaded."""
    weekdays = {at.weekday() for at in loads}
    days = (loads[-1] - loads[0]).days if loads else 0
    off = {day for day in range(_WEEKDAYS) if day not in weekdays} if days >= 2 * _WEEKDAYS else set()
    gaps = []
    for before, after in pairwise(loads):
        span = (after - before).total_seconds()
        count = (after.date() - before.date()).days
        between = (before.date() + dt.timedelta(days=step) for step in range(1, count + 1))
        gaps.append(span - _DAY * sum(day.weekday() in off for day in between))
    return gaps


def _observed(policy: Policy, declared: float, gaps: Sequence[float], arrival: Arrival) -> Check:
    """Gaps alone may be quiet hours; what was also waited for, by the lag, is a feed that is too slow."""
    ordered = sorted(gaps)
    p50, p95, longest = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95, 1.0))
    waited = _lag(arrival.lags, 0.95)
    allowed = max(declared * policy.threshold("cadence-slower.slack"), declared + _HOUR.total_seconds())
    slow = p95 > allowed and waited > declared
    finding = (
        f"loads of production are {duration(p50)} apart in the middle, {duration(p95)} at the 95th percentile and "
        f"{duration(longest)} at most; its contract says {duration(declared)}"
    )
    return Check(
        rule="cadence-slower",
        verdict=Verdict.GAP if slow else Verdict.MATCH,
        column=arrival.ingest,
        finding=finding + (f", and one row in twenty waits over {duration(waited)}" if slow else ""),
        pilot=Measure(declared, "seconds"),
        production=Measure(p95, "seconds", len(gaps)),
        affected=sum(gap for gap in gaps if gap > allowed) / sum(gaps) if slow else None,
        detail={"p50": p50, "p95": p95, "max": longest, "lag_p95": waited},
    )


def _lag(lags: LogHistogram, share: float) -> float:
    late = sorted(lags.positive)
    rank = share * lags.count - sum(lags.negative.values()) - lags.zero
    filled = 0
    for place in late:
        filled += lags.positive[place]
        if filled >= rank:
            return math.exp((place + 0.5) / BINS_PER_E) if rank > 0 else 0.0
    return 0.0


# ---------------------------------------------------------------- staleness


def _stale(pair: Pair, policy: Policy) -> Iterator[Check]:
    declared = spans.longest(pair.context.refresh)
    latest = _latest(pair.production)
    if declared is None or latest is None:
        return
    now = pair.context.now or pair.production.measured_at
    age = (now - latest[1]).total_seconds()
    allowed = max(declared * policy.threshold("stale-now.slack"), _usual_wait(pair.production, latest[0]))
    yield Check(
        rule="stale-now",
        verdict=Verdict.GAP if age > allowed else Verdict.MATCH,
        column=latest[0],
        finding=f"the newest row of production is {duration(max(0.0, age))} old by `{latest[0]}`; its contract says "
        f"{duration(declared)}",
        pilot=Measure(declared, "seconds"),
        production=Measure(age, "seconds", pair.production.rows),
        affected=1.0 if age > allowed else None,
    )


def _usual_wait(side: Fingerprint, name: str) -> float:
    """Seconds for which nothing new is nothing strange: nights pass without visits, and a small shop has quiet hours.

    The longer of two: what 99 of 100 waits stay under when events come independently, -ln(0.01) times the mean wait;
    and the longest but one in a hundred of the waits between hours in which anything came.
    """
    column = side.column(name)
    if column is None or column.moments is None or column.present < _FEWEST_WAITS:
        return 0.0
    lasted = (column.moments.greatest - column.moments.least).total_seconds()
    by_chance = -math.log(0.01) * lasted / column.present
    hours = sorted(side.arrival.loads if side.arrival else ())
    waits = sorted((after - before).total_seconds() for before, after in pairwise(hours))
    return max(by_chance, waits[int(0.99 * (len(waits) - 1))] if len(waits) >= _FEWEST_WAITS else 0.0)


def _latest(side: Fingerprint) -> tuple[str, dt.datetime] | None:
    """The ingest time's greatest value, else the event's; what lies in the future is no sign of freshness."""
    for name in (side.declared.ingest_time, side.declared.event_time):
        column = side.column(name) if name else None
        if name and column is not None and column.moments is not None:
            greatest = column.moments.greatest
            at = greatest if greatest.tzinfo else greatest.replace(tzinfo=dt.UTC)
            return name, min(at, side.measured_at)
    return None


# ---------------------------------------------------------------- lateness


def absent_after(lags: LogHistogram, deadline: float) -> Share:
    """Records that arrive later than so many seconds after their event; a bin on the edge counts by its part."""
    late = 0.0
    for place, count in lags.positive.items():
        low, high = math.exp(place / BINS_PER_E), math.exp((place + 1) / BINS_PER_E)
        if low >= deadline:
            late += count
        elif high > deadline:
            late += count * (high - deadline) / (high - low)
    return Share(round(late), lags.count)


def _curve(lags: LogHistogram) -> list[list[float]]:
    return [[float(at), 1 - (absent_after(lags, at).value or 0.0)] for at in _DEADLINES]


def _late(pair: Pair, policy: Policy) -> Iterator[Check]:
    arrival = pair.production.arrival
    if arrival is None or not arrival.lags.count:
        return
    declared = spans.seconds(pair.context.decision_after) or spans.seconds(pair.production.declared.decision_time)
    deadline = declared or _UNDECLARED
    confidence, limit = policy.threshold("any.confidence"), policy.threshold("late-records.late")
    after = absent_after(arrival.lags, deadline)
    mine = pair.pilot.arrival
    before = absent_after(mine.lags, deadline) if mine is not None and mine.lags.count else None
    share = after.value or 0.0
    verdict, needed = Verdict.MATCH, None
    if share > limit and wilson(after.count, after.of, confidence).low > limit / 2:
        if (
            before is None
            or declared is not None
            or newcombe(before.count, before.of, after.count, after.of, confidence).low > 0
        ):
            verdict = Verdict.GAP
        elif before.of < rows_for_absence(limit):
            verdict, needed = Verdict.UNKNOWN, max(before.of + 1, rows_for_absence(limit))
    when = f"{duration(deadline)} after the event" + (", when the system must act" if declared else "")
    known = f"in the pilot {percent(before.value or 0)}" if before else "the pilot does not say when its rows arrived"
    yield Check(
        rule="late-records",
        verdict=verdict,
        column=arrival.ingest,
        finding=f"{percent(share)} of production's {rows(after.of)} are not there {when}"
        f"{a_day(pair.production, share)}; {known}",
        pilot=share_of(before, confidence) if before else None,
        production=share_of(after, confidence),
        affected=share,
        needed=needed,
        detail={"deadline": deadline, "curve": _curve(arrival.lags), "pilot_curve": _curve(mine.lags) if mine else []},
    )


# ---------------------------------------------------------------- restatement


def _restated(pair: Pair, policy: Policy) -> Iterator[Check]:
    """Parts that both fingerprints hold, when they are of one place: the same file with other rows was restated."""
    before = {part.name: part for part in pair.pilot.parts if part.fault is None}
    common = [(before[part.name], part) for part in pair.production.parts if part.name in before and part.fault is None]
    if not common or not _one_place(pair, common):
        return
    changed = [(old, new) for old, new in common if old.rows != new.rows or _other(old, new)]
    touched = sum(max(old.rows, new.rows) for old, new in changed)
    total = sum(new.rows for _, new in common)
    gap = bool(changed) and touched > policy.threshold("restated.changed") * total
    names = [new.name for _, new in changed]
    yield Check(
        rule="restated",
        verdict=Verdict.GAP if gap else Verdict.MATCH,
        finding=f"{len(changed):,} of {len(common):,} parts that both sides hold changed in between"
        + (f": {quoted(names)}" if names else ""),
        pilot=Measure(sum(old.rows for old, _ in changed), "rows"),
        production=Measure(sum(new.rows for _, new in changed), "rows", total),
        affected=min(1.0, touched / pair.production.rows) if gap and pair.production.rows else None,
        detail={"parts": names[:20]},
    )


def _other(old: PartState, new: PartState) -> bool:
    return None not in {old.size, new.size} and old.size != new.size


def _one_place(pair: Pair, common: Sequence[tuple[PartState, PartState]]) -> bool:
    if pair.pilot.location == pair.production.location:
        return True
    same = sum(old.rows == new.rows and old.size is not None and old.size == new.size for old, new in common)
    return same * 2 >= len(common) and len(common) > 1
