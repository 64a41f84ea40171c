"""The share of production outside what the pilot proved: measured on rows, or bounded from two fingerprints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from roadworthy.measure.data_audit.model import Matching, Unproven
from roadworthy.measure.data_audit.predicates import (
    Names,
    Proven,
    conditions,
    moved_on,
    possible_outside,
    proven,
)
from roadworthy.measure.fingerprint.histogram import counts_on
from roadworthy.measure.fingerprint.model import Column, Fingerprint
from roadworthy.measure.fingerprint.relation import Engine, Field, Relation
from roadworthy.measure.fingerprint.terms import Declared
from roadworthy.measure.statistics.intervals import wilson

MOST_ROWS = 1_000_000
"""Rows of production that the conditions are put to; with more than these a sample is drawn."""
MOST_CONDITIONS = 1_000
"""Conditions that are put to rows. Beyond it, of sources of thousands of columns, shares are bounds: one statement of
so many takes longer to plan than the whole source to measure."""
CELL = 30
"""Fewest rows of the pilot that prove a cell."""
_LEAST = 0.0005
"""Share under which a reason is not told."""
_CLASSES = 2**31
_STIR = 2_654_435_761
"""Knuth's multiplier: neighbouring rows fall far apart, and below 2**31 nothing overflows 64 bits."""


def bounded(pilot: Fingerprint, production: Fingerprint, matching: Matching, declared: Declared) -> Unproven:
    """What two fingerprints tell without a row in reach.

    At least the share that the worst single reason puts outside is; at most their sum, where no row is outside twice.
    """
    shares = {
        reason: share
        for each in _telling(pilot, production, matching, declared)
        for reason, share in _outside(each, production)
    }
    told = {reason: share for reason, share in shares.items() if share >= _LEAST}
    return Unproven(
        low=max(shares.values(), default=0.0),
        value=None,
        high=min(1.0, sum(shares.values())),
        reasons=_sorted(told),
        thin=thin(pilot, production, matching, declared),
    )


def measured(
    pilot: Fingerprint,
    production: Fingerprint,
    matching: Matching,
    declared: Declared,
    relation: Relation,
    engine: Engine,
) -> Unproven | None:
    """What one pass over (a sample of) production's rows tells.

    Returns:
        None where there is no condition to break, far too many of them, or no row to break one.
    """
    fields = {field.name: field for field in relation.fields}
    projected: list[str] = []
    broken: list[tuple[str, str]] = []
    for number, each in enumerate(_telling(pilot, production, matching, declared)):
        field = fields.get(each.production)
        if field is not None:
            at = _names(field, number, projected)
            broken += conditions(each, at, engine.dialect)
    if not broken or len(broken) > MOST_CONDITIONS or not production.rows:
        return None
    counts = engine.rows(_query(relation, projected, [sql for _, sql in broken], production.rows))[0]
    rows, outside, *single = (int(count or 0) for count in counts)
    if rows == 0:
        return None
    interval = wilson(outside, rows)
    told = {reason: count / rows for (reason, _), count in zip(broken, single, strict=True) if count >= _LEAST * rows}
    return Unproven(
        low=interval.low if rows < production.rows else outside / rows,
        value=outside / rows,
        high=interval.high if rows < production.rows else outside / rows,
        n=rows,
        reasons=_sorted(told),
        thin=thin(pilot, production, matching, declared),
    )


def thin(pilot: Fingerprint, production: Fingerprint, matching: Matching, declared: Declared) -> float | None:
    """Share of production's rows in cells of the first declared breakdown of which the pilot had too few."""
    named = {pair.production: pair.pilot for pair in matching.pairs}
    for name in (*declared.taxonomy, *production.declared.taxonomy):
        before, after = pilot.column(named.get(name, name)), production.column(name)
        if before is None or after is None or before.vocabulary is None or after.vocabulary is None or not after.rows:
            continue
        known = before.vocabulary.counts
        few = sum(rows for value, rows in after.vocabulary.counts.items() if known.get(value, 0) < CELL)
        return few / after.rows
    return None


# ---------------------------------------------------------------- inside


def _telling(pilot: Fingerprint, production: Fingerprint, matching: Matching, declared: Declared) -> Iterator[Proven]:
    """What was proven, without ranges that a pilot of its size may well have had too narrow, and without counters."""
    for each in proven(pilot, matching, declared):
        before, after = pilot.column(each.column), production.column(each.production)
        if each.low is None or each.high is None or before is None or after is None:
            yield each
            continue
        chance = after.rows and _beyond(after, each.low, each.high) / after.rows <= possible_outside(each.rows)
        yield replace(each, low=None, high=None) if chance or moved_on(before, after) else each


def sampled(relation: Relation, of: int, most: int = MOST_ROWS) -> str:
    """The condition, to stand after WHERE, that draws about `most` of `of` rows: the same ones every time."""
    if of <= most or relation.row_number is None:
        return ""
    threshold = int(_CLASSES * most / of)
    row = f"({relation.row_number})"
    return f" WHERE MOD(MOD({row}, {_CLASSES}) * {_STIR}, {_CLASSES}) < {threshold}"


def _names(field: Field, number: int, projected: list[str]) -> Names:
    """Take a field into the projection; returns the names under which the query has it."""
    projected.append(f"{field.expression} AS c{number}")
    if field.raw is not None:
        projected.append(f"{field.raw} AS r{number}")
    return Names(f"c{number}", None if field.raw is None else f"r{number}", field.form.numeric)


def _query(relation: Relation, projected: Sequence[str], broken: Sequence[str], rows: int) -> str:
    inner = f"SELECT {', '.join(projected)} FROM {relation.source}{sampled(relation, rows)}"
    flags = ", ".join(f"CASE WHEN {sql} THEN 1 ELSE 0 END AS b{number}" for number, sql in enumerate(broken))
    names = [f"b{number}" for number in range(len(broken))]
    anything = f"CASE WHEN {' + '.join(names)} > 0 THEN 1 ELSE 0 END"
    sums = ", ".join(f"SUM({name})" for name in (anything, *names))
    return f"SELECT COUNT(*), {sums} FROM (SELECT {flags} FROM ({inner}) AS rows_) AS flags_"


def _outside(each: Proven, production: Fingerprint) -> Iterator[tuple[str, float]]:
    """Reasons with shares, as `conditions` words them, from production's fingerprint."""
    column = production.column(each.production)
    if column is None or not column.rows:
        return
    name = f"`{each.production}`"
    if each.values is not None and column.vocabulary is not None and each.numeric == column.form.numeric:
        new = sum(count for value, count in column.vocabulary.counts.items() if value not in each.values)
        yield f"new value of {name}", new / column.rows
    if each.never_missing:
        yield f"{name} is missing", column.missing / column.rows
    if each.low is not None and each.high is not None:
        yield f"{name} out of range", _beyond(column, each.low, each.high) / column.rows
    if each.numeric and not column.form.numeric:
        yield f"{name} is no number", column.present / column.rows
    elif each.always_read:
        yield f"{name} does not read", column.unread / column.rows


def _beyond(column: Column, low: float, high: float) -> float:
    """Rows below and above a range; the least and greatest value say exactly where there are none."""
    numbers = column.numbers
    if numbers is None or numbers.histogram.count == 0:
        return 0.0
    below = counts_on(numbers.histogram, [low])[0] if numbers.least < low else 0.0
    above = counts_on(numbers.histogram, [high])[1] if numbers.greatest > high else 0.0
    return below + above


def _sorted(shares: Mapping[str, float]) -> Mapping[str, float]:
    return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))
