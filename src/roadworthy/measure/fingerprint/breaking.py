"""The source by the values of one column: what every other column is like within each, on the sample."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from roadworthy.measure.fingerprint import histogram
from roadworthy.measure.fingerprint import metrics as m
from roadworthy.measure.fingerprint.assembling import most_days
from roadworthy.measure.fingerprint.model import Breakdown, Cell, Column, Form, LogHistogram
from roadworthy.measure.fingerprint.relating import Rows
from roadworthy.measure.fingerprint.relation import Field
from roadworthy.measure.fingerprint.scanning import Counts, Scanner

MOST_CELLS = 50
MOST_BREAKDOWNS = 4
"""Columns that a source is broken down by where no taxonomy is declared."""
_NAMED = frozenset({Form.TEXT, Form.BOOLEAN, Form.INTEGER})
"""Forms whose values every engine writes alike."""
MOST_BROKEN = 100
"""Columns that are looked at within each value; a source of thousands would be nothing but breakdowns."""


def breakdowns(sample: Rows, drawn: int, scanner: Scanner) -> tuple[Breakdown, ...]:
    """By each governed column; without any, by the text columns of few values.

    Raises:
        InvalidInput: the data made a query fail.
    """
    return tuple(_broken(by, column, sample, drawn, scanner) for by, column in _chosen(sample))


def _chosen(sample: Rows) -> list[tuple[Field, Column]]:
    known = [(one, measured) for one, measured in sample.pairs() if measured.vocabulary and one.form in _NAMED]
    declared = sample.declared
    if declared.taxonomy or declared.label:
        named = [*declared.taxonomy, *([declared.label] if declared.label else [])]
        return [pair for name in dict.fromkeys(named) for pair in known if pair[0].name == name]
    few = [
        (one, measured)
        for one, measured in known
        if one.form in {Form.TEXT, Form.BOOLEAN} and measured.distinct and 1 < measured.distinct.value <= MOST_CELLS
    ]
    return few[:MOST_BREAKDOWNS]


def _broken(by: Field, column: Column, sample: Rows, drawn: int, scanner: Scanner) -> Breakdown:
    """One breakdown: its commonest values, each with the columns within."""
    counts = dict(column.vocabulary.counts) if column.vocabulary else {}
    within = tuple(sorted(sorted(counts, key=lambda value: (-counts[value], value))[:MOST_CELLS]))
    wanted = list(_wanted(by, within, sample)) if within else []
    answers = scanner.count(f"by {by.name}", wanted, sample.relation.source, weight=0.02 * len(wanted), small=True)
    found = {metric: _by_cell(answers.groups[metric]) for metric in wanted}
    rows = {value: counts.get(0, 0) for value, counts in found.get(m.CellRows(by, within), {}).items()}
    return Breakdown(by.name, drawn, {value: _cell(value, rows[value], found) for value in within if value in rows})


def _by_cell(counts: Counts) -> dict[str, dict[int, int]]:
    """Value of the breakdown to second key to rows."""
    cells: dict[str, dict[int, int]] = {}
    for value, key, rows in counts:
        cells.setdefault(value, {})[int(key or 0)] = rows
    return cells


def _cell(value: str, rows: int, found: Mapping[m.Grouped, Mapping[str, Mapping[int, int]]]) -> Cell:
    missing: dict[str, int] = {}
    histograms: dict[str, LogHistogram] = {}
    days: dict[dt.date, int] = {}
    hours: tuple[int, ...] = ()
    for metric, cells in found.items():
        counts = cells.get(value, {})
        match metric:
            case m.GapsWithin() if counts:
                missing[metric.field.name] = sum(counts.values())
            case m.BinsWithin() if counts:
                histograms[metric.field.name] = histogram.unpacked(counts)
            case m.DaysWithin():
                days, _ = most_days(counts, sum(counts.values()))
            case m.HoursWithin():
                hours = tuple(counts.get(hour, 0) for hour in range(24))
            case _:
                continue
    return Cell(rows, missing, histograms, days, hours)


def _wanted(by: Field, within: tuple[str, ...], sample: Rows) -> Iterator[m.Grouped]:
    yield m.CellRows(by, within)
    event = sample.field(sample.declared.event_time)
    if event is not None and event.form.temporal:
        yield m.DaysWithin(by, event, within)
        if event.form is Form.TIMESTAMP:
            yield m.HoursWithin(by, event, within)
    others = [one for one in sample.relation.fields if one.name != by.name and one.form is not Form.EMPTY]
    for one in others[:MOST_BROKEN]:
        yield m.GapsWithin(by, one, within)
        if one.form.numeric:
            yield m.BinsWithin(by, one, within)
