"""The two sides next to each other: what was measured, where, when and how much of it."""

from __future__ import annotations

import datetime as dt

from roadworthy.documents.audit_report.model import Row
from roadworthy.documents.charts.model import Table
from roadworthy.documents.marking import visible
from roadworthy.documents.words import counted, day, distinct, lasting, many, minute, percent, share, stored
from roadworthy.measure.data_audit.model import Audit
from roadworthy.measure.fingerprint.histogram import quantile
from roadworthy.measure.fingerprint.model import Column, Fingerprint


def sides_of(audit: Audit) -> tuple[Row, ...]:
    """Row by row; a row that says nothing on either side is left out. None where neither side was measured."""
    if not is_compared(audit):
        return ()
    pilot, production = _side(audit.pilot), _side(audit.production)
    return tuple(
        Row(name, pilot.get(name, "not known"), production.get(name, "not known"))
        for name in dict.fromkeys((*pilot, *production))
    )


def is_compared(audit: Audit) -> bool:
    """Whether there were two sides to look at; of a source out of reach only that is known."""
    return any(side.columns or side.rows or side.parts for side in (audit.pilot, audit.production))


def _side(side: Fingerprint) -> dict[str, str]:
    told = {
        "Where": side.location or side.name,
        "Measured": f"{minute(side.measured_at)}, with {side.engine}",
        "Rows": counted(side.rows),
        "Columns": counted(len(side.columns)),
        "Size": stored(side.size),
        "Parts": f"{len(side.parts):,}" + (f", {len(side.faults):,} unread" if side.faults else "")
        if side.parts
        else "1",
    }
    window = window_of(side)
    if window:
        told["Window"] = f"{day(window[0])} to {day(window[1])}"
        told["Rows a day"] = counted(round(side.rows / max((window[1].date() - window[0].date()).days + 1, 1)))
    if side.key:
        told["Key"] = ", ".join(side.key.columns) + (" (guessed)" if side.key.inferred else "")
    if side.copies and side.copies.of:
        told["Repeated rows"] = share(side.copies)
    if side.arrival and side.arrival.lags.count:
        told["Arrives after"] = (
            f"{lasting(quantile(side.arrival.lags, 0.5))} (half), {lasting(quantile(side.arrival.lags, 0.99))} (99%)"
        )
    if side.sampling and side.sampling.rows < side.sampling.of:
        told["Sample for formats"] = f"{percent(side.sampling.rows / max(side.sampling.of, 1))} of the rows"
    return told


MOST_COLUMNS = 150


def columns_of(audit: Audit) -> Table | None:
    """Every column on both sides: its type, how often it is missing, how many values it has; None without columns."""
    rows = [
        _columns(audit.pilot.column(pair.pilot), audit.production.column(pair.production))
        for pair in audit.matching.pairs
    ]
    rows += [_columns(audit.pilot.column(name), None) for name in audit.matching.lost]
    rows += [_columns(None, audit.production.column(name)) for name in audit.matching.new]
    if not rows:
        return None
    more = f"; {len(rows) - MOST_COLUMNS:,} more are left out here" if len(rows) > MOST_COLUMNS else ""
    return Table(
        f"{many(len(rows), 'column')}, the pilot's number before production's{more}",
        ("Column", "Type", "Missing, pilot", "production", "Different values, pilot", "production"),
        tuple(rows[:MOST_COLUMNS]),
        frozenset(range(2, 6)),
    )


def _columns(pilot: Column | None, production: Column | None) -> tuple[str, ...]:
    names = list(dict.fromkeys(visible(each.name) for each in (pilot, production) if each))
    forms = list(dict.fromkeys(each.form.value for each in (pilot, production) if each))
    aside = " (not in production)" if production is None else " (not in the pilot)" if pilot is None else ""
    return (
        " → ".join(names) + aside,
        " → ".join(forms),
        *(percent(each.missing / each.rows) if each and each.rows else "" for each in (pilot, production)),
        *(distinct(each.distinct) if each and each.distinct else "" for each in (pilot, production)),
    )


def window_of(side: Fingerprint) -> tuple[dt.datetime, dt.datetime] | None:
    """From when to when, by the declared event time, else by the only column of time."""
    named = side.column(side.declared.event_time) if side.declared.event_time else None
    timed = [column for column in side.columns if column.moments]
    column = named if named and named.moments else timed[0] if len(timed) == 1 else None
    return (column.moments.least, column.moments.greatest) if column and column.moments else None
