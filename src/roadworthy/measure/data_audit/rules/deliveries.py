"""Deliveries that are missing: days of the calendar, by segment and by file, on which there should be rows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.rules.wording import a_day, quoted
from roadworthy.measure.fingerprint.model import Breakdown

RULE = "deliveries-missing"
_WEEK = 7
_LEAST_DAYS = 14
"""Days from first to last below which no calendar can be made out."""
_CERTAIN = 14.0
"""Rows that a day should have had before none is no chance: e to the minus fourteen is one in a million."""
_DATE = re.compile(r"(?<!\d)(20\d\d)[-_/]?(0[1-9]|1[0-2])[-_/]?(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True, slots=True)
class _Hole:
    day: dt.date
    expected: float


def checks(pair: Pair) -> Iterator[Check]:
    """Holes over all rows, in the arrival, in segments, and among the names of files."""
    found = False
    tried = False
    for scope, what, days in _calendars(pair):
        tried = tried or len(days) > 1
        missing = holes(days)
        if missing:
            found = True
            yield _check(scope, what, missing, sum(days.values()))
    segments = list(_segments(pair)) if not found else []
    yield from segments
    files = _files(pair)
    if files is not None:
        yield files
    if tried and not found and not segments and files is None:
        yield Check(RULE, Verdict.MATCH, finding="every day on which production should have rows has some")


def holes(days: Mapping[dt.date, int]) -> list[_Hole]:
    """Days without a row on which the same weekdays around them have many.

    A weekday that is often empty, and a holiday on which everything is, are told from a hole by their neighbours: by
    the least of them, so that a business that stops now and then is not accused.
    """
    if not days:
        return []
    first, last = min(days), max(days)
    if (last - first).days < _LEAST_DAYS:
        return []
    found = []
    for step in range(1, (last - first).days):
        day = first + dt.timedelta(days=step)
        if days.get(day):
            continue
        around = [day + dt.timedelta(days=_WEEK * week) for week in (-2, -1, 1, 2)]
        inside = [days.get(each, 0) for each in around if first <= each <= last]
        expected = sorted(inside)[len(inside) // 4] if inside else 0
        if len(inside) > 1 and expected >= _CERTAIN:
            found.append(_Hole(day, float(expected)))
    return found


def _calendars(pair: Pair) -> Iterator[tuple[str, str, Mapping[dt.date, int]]]:
    side = pair.production
    event = side.column(side.declared.event_time or "")
    if event is not None and event.moments is not None:
        yield "", f"by `{event.name}`", event.moments.days
    if side.arrival is not None and side.arrival.loads:
        loads: dict[dt.date, int] = {}
        for at, count in side.arrival.loads.items():
            loads[at.date()] = loads.get(at.date(), 0) + count
        yield "loads", f"by the time of loading, `{side.arrival.ingest}`", loads


def _check(scope: str, what: str, missing: Sequence[_Hole], total: int) -> Check:
    expected = sum(hole.expected for hole in missing)
    days = f"{len(missing):,} day{'' if len(missing) == 1 else 's'}"
    return Check(
        rule=RULE,
        verdict=Verdict.GAP,
        scope=scope,
        finding=f"production has no row on {days} {what}, where about {expected / len(missing):,.0f} were to be "
        f"expected: {quoted(hole.day for hole in missing)}",
        pilot=Measure(expected, "rows"),
        production=Measure(0, "rows", total),
        affected=expected / (expected + total) if total else None,
        detail={"days": [hole.day.isoformat() for hole in missing[:50]]},
        cause=f"load:{missing[0].day.isoformat()}",
    )


def _segments(pair: Pair) -> Iterator[Check]:
    """The breakdown whose segments have most holes; one finding for each segment."""
    best: tuple[float, Breakdown, dict[str, list[_Hole]]] | None = None
    for breakdown in pair.production.breakdowns:
        found = {value: missing for value in breakdown.cells if (missing := _silent(breakdown, value))}
        weight = sum(hole.expected for missing in found.values() for hole in missing)
        if found and (best is None or weight > best[0]):
            best = weight, breakdown, found
    if best is None:
        return
    _, breakdown, found = best
    for value, missing in found.items():
        rows = breakdown.cells[value].rows
        expected = sum(hole.expected for hole in missing)
        share = expected / breakdown.of if breakdown.of else None
        yield Check(
            rule=RULE,
            verdict=Verdict.GAP,
            column=breakdown.by,
            scope=value,
            finding=f"where `{breakdown.by}` is `{value}`, there is no row on {len(missing):,} of its days, where "
            f"about {expected / len(missing):,.0f} were to be expected: {quoted(hole.day for hole in missing)}"
            + a_day(pair.production, share),
            pilot=Measure(expected, "rows"),
            production=Measure(0, "rows", rows),
            affected=share,
            sampled=breakdown.of < pair.production.rows,
            detail={"days": [hole.day.isoformat() for hole in missing[:50]]},
        )


def _silent(breakdown: Breakdown, value: str) -> list[_Hole]:
    """Holes within a segment's days, and those after its last while the other segments went on."""
    days = breakdown.cells[value].days
    last = max((max(cell.days) for cell in breakdown.cells.values() if cell.days), default=None)
    if not days or last is None:
        return []
    first, end = min(days), max(days)
    days_long = (end - first).days + 1
    usual = [0.0] * _WEEK
    for day, count in days.items():
        usual[day.weekday()] += count / max(1.0, days_long / _WEEK)
    after = [end + dt.timedelta(days=step) for step in range(1, (last - end).days + 1)]
    tail = [_Hole(day, usual[day.weekday()]) for day in after if usual[day.weekday()] >= 1]
    enough = days_long >= _LEAST_DAYS and sum(hole.expected for hole in tail) >= _CERTAIN and len(tail) > 1
    return [*holes(days), *(tail if enough else [])]


def _files(pair: Pair) -> Check | None:
    """Files or partitions named by day, one for nearly every day, and some days without one."""
    named: dict[dt.date, int] = {}
    for part in pair.production.parts:
        match = _DATE.search(part.name)
        if match:
            try:
                day = dt.date(int(match[1]), int(match[2]), int(match[3]))
            except ValueError:
                continue  # the thirty-first of a shorter month is no date, so the digits are something else
            named[day] = named.get(day, 0) + 1
    if len(named) < _LEAST_DAYS:
        return None
    first, last = min(named), max(named)
    weekdays = {day.weekday() for day in named}
    calendar = [first + dt.timedelta(days=step) for step in range((last - first).days + 1)]
    expected = [day for day in calendar if day.weekday() in weekdays]
    absent = [day for day in expected if day not in named]
    if not absent or len(absent) * 2 > len(named):
        return None
    return Check(
        rule=RULE,
        verdict=Verdict.GAP,
        scope="files",
        finding=f"of {len(expected):,} days production has a part of {len(named):,}: none of "
        f"{quoted([day.isoformat() for day in absent])}",
        pilot=Measure(len(expected), "days"),
        production=Measure(len(named), "days"),
        affected=len(absent) / len(expected),
        detail={"days": [day.isoformat() for day in absent[:50]]},
        cause=f"load:{absent[0].isoformat()}",
    )
