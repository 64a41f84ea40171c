"""What no single fingerprint holds: rows outside of what the pilot proved, shared keys, what its filters leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.measure.data_audit.alone import single_column
from roadworthy.measure.data_audit.filters import condition
from roadworthy.measure.data_audit.meeting import agreeing
from roadworthy.measure.data_audit.model import Live, Matching, Overlap
from roadworthy.measure.data_audit.unproven import bounded, measured
from roadworthy.measure.fingerprint.model import Fingerprint, KeyPrint, Share
from roadworthy.measure.fingerprint.relation import Engine, Opened, Relation
from roadworthy.measure.fingerprint.terms import Declared, Waterfall

KEY_SPACE = 2**31
"""Hashes of keys are below this."""


def look(
    pilot: Fingerprint,
    production: Fingerprint,
    matching: Matching,
    declared: Declared,
    *,
    opened: tuple[Opened | None, Opened | None] = (None, None),
    engine: Engine | None = None,
) -> Live:
    """Everything about a pair that no single fingerprint holds.

    Args:
        pilot: its fingerprint.
        production: its fingerprint.
        matching: which column is which.
        declared: what people say of production; its filters are the pilot's, in the names of production.
        opened: pilot and production, as far as they are in reach.
        engine: what reads them.
    """
    before, after = opened
    unproven = None
    attrition: tuple[Waterfall, ...] = ()
    if engine is not None and after is not None:
        unproven = measured(pilot, production, matching, declared, after.relation, engine)
        attrition = waterfall(declared.filters, after.relation, engine)
    shared = overlap(pilot.key, production.key)
    if shared is not None and shared.both and engine is not None and before is not None and after is not None:
        alike = agreeing((pilot, production), matching, (before.relation, after.relation), engine)
        shared = replace(shared, alike=None if alike is None else Share(alike[1], alike[0]))
    return Live(
        unproven=unproven or bounded(pilot, production, matching, declared),
        overlap=shared,
        attrition=attrition,
        identical=identical(pilot, production),
        single_column={}
        if engine is None
        else single_column(pilot, production, matching, declared, before, after, engine),
    )


def identical(pilot: Fingerprint, production: Fingerprint) -> bool:
    """Whether both sides are the same rows: as many of them, and every column measured the same to the last bin."""
    return (
        pilot.rows > 0
        and pilot.rows == production.rows
        and {column.name for column in pilot.columns} == {column.name for column in production.columns}
        and all(_same(pilot, production, column.name) for column in pilot.columns)
    )


def _same(pilot: Fingerprint, production: Fingerprint, name: str) -> bool:
    before, after = pilot.column(name), production.column(name)
    if before is None or after is None:
        return False
    return (before.missing, before.numbers, before.texts, before.vocabulary, _days(pilot, name)) == (
        after.missing,
        after.numbers,
        after.texts,
        after.vocabulary,
        _days(production, name),
    )


def _days(side: Fingerprint, name: str) -> Mapping[dt.date, int] | None:
    """Rows per day of a column; what depends on the moment of measuring is left out."""
    column = side.column(name)
    return None if column is None or column.moments is None else column.moments.days


def overlap(pilot: KeyPrint | None, production: KeyPrint | None) -> Overlap | None:
    """How many keys the two sides share, from the sketches of their keys.

    A sketch holds every key whose hash is below a threshold, so below the lower of two thresholds both hold all of
    theirs, and what they share is counted there and scaled up.
    """
    if pilot is None or production is None or not pilot.threshold or not production.threshold:
        return None
    if len(pilot.columns) != len(production.columns):
        return None
    threshold = min(pilot.threshold, production.threshold)
    first = {key for key in pilot.hashes if key < threshold}
    second = {key for key in production.hashes if key < threshold}
    scale = KEY_SPACE / threshold
    whole = threshold >= KEY_SPACE
    both = len(first & second)
    return Overlap(
        pilot=pilot.distinct,
        production=production.distinct,
        both=both if whole else round(both * scale),
        sampled=not whole,
    )


def waterfall(filters: Sequence[str], relation: Relation, engine: Engine) -> tuple[Waterfall, ...]:
    """What each of the pilot's filters leaves of production, one after the other, in one pass.

    A filter that cannot be applied is told with its fault and leaves everything.
    """
    if not filters:
        return ()
    names = {field.name.lower(): f"c{number}" for number, field in enumerate(relation.fields)}
    usable: list[str | None] = []
    faults: list[str | None] = []
    for text in filters:
        try:
            usable.append(condition(text, names, engine.dialect))
            faults.append(None)
        except RoadworthyError as error:
            usable.append(None)
            faults.append(error.message)
    counts = _counts(usable, relation, engine)
    return tuple(
        Waterfall(text, counts[number], counts[number + 1], faults[number]) for number, text in enumerate(filters)
    )


def _counts(conditions: Sequence[str | None], relation: Relation, engine: Engine) -> list[int]:
    """Rows before the first filter, then after each. A condition that is NULL does not keep a row, as in WHERE."""
    projected = ", ".join(f"{field.expression} AS c{number}" for number, field in enumerate(relation.fields))
    so_far: list[str] = []
    sums = ["COUNT(*)"]
    for each in conditions:
        if each is not None:
            so_far.append(f"COALESCE(({each}), FALSE)")
        kept = " AND ".join(so_far) or "TRUE"
        sums.append(f"SUM(CASE WHEN {kept} THEN 1 ELSE 0 END)")
    found = engine.rows(f"SELECT {', '.join(sums)} FROM (SELECT {projected} FROM {relation.source}) AS rows_")
    return [int(count or 0) for count in found[0]]
