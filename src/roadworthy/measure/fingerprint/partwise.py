"""Measuring part by part, so that a new day costs a day.

Each part (a file of a folder) is measured once for each version of it under each plan, and kept by whoever calls. The
fingerprint of the whole is the sum. A part that is younger than the time by which records come late is no exception:
while it grows its version changes, and then it is measured again.

What only rows of several parts together can tell (copies of a row in two files, near copies of documents, distinct
values beyond a vocabulary) is told within parts only; `merging` says how. Where that matters, or where there are very
many small parts, the source is measured as a whole: a statement costs the same for ten rows as for ten thousand.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.measure.fingerprint.measuring import measure
from roadworthy.measure.fingerprint.merging import merged, settled
from roadworthy.measure.fingerprint.model import FORMAT, Fingerprint, PartState
from roadworthy.measure.fingerprint.progress import Progress, Quiet
from roadworthy.measure.fingerprint.relation import Engine, Opened, Relation
from roadworthy.measure.fingerprint.terms import Declared

PLAN = "1"
"""Counts up when what is measured of a part changes; parts measured under another plan are measured again."""


@dataclass(frozen=True, slots=True)
class PartKey:
    """Under what a part's fingerprint is kept."""

    part: str
    version: str
    plan: str
    """Digest of the declarations, the engine and the columns: what else decides what comes out."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The whole, and what to keep for the next time."""

    whole: Fingerprint
    parts: Mapping[PartKey, Fingerprint]
    """Of the parts that are there now; those of parts that went away are not among them."""
    fresh: tuple[str, ...]
    """Parts that were measured now."""


def measure_parts(
    opened: Opened,
    engine: Engine,
    declared: Declared,
    *,
    known: Mapping[PartKey, Fingerprint],
    now: dt.datetime,
    progress: Progress | None = None,
    keep: Callable[[PartKey, Fingerprint], None] | None = None,
) -> Measured:
    """Measure the parts that are new or changed, and add up all of them.

    Args:
        opened: a source with several parts.
        engine: what measures.
        declared: what people say about the source.
        known: what an earlier call returned as `parts`.
        now: the moment of measuring.
        progress: told before each part.
        keep: given each part as soon as it was measured, so that what breaks off later goes on from there.

    Raises:
        InvalidInput: the source has no parts, or none of them can be read.
    """
    told = progress or Quiet()
    plan = plan_of(opened, engine, declared)
    readable = [part for part in opened.parts if part.fault is None]
    kept: dict[PartKey, Fingerprint] = {}
    fresh: list[str] = []
    faults: dict[str, PartState] = {part.name: part for part in opened.parts if part.fault is not None}
    for place, part in enumerate(readable):
        key = PartKey(part.name, part.version or "", plan)
        told.step(part.name, place, len(readable))
        # Without a version nobody knows whether it is still the same, so it is never taken from before.
        if part.version and key in known:
            kept[key] = known[key]
            continue
        try:
            kept[key] = measure(_alone(opened, part), engine, declared, now=now)
        except InvalidInput as error:
            faults[part.name] = replace(part, rows=0, fault=error.message)
            continue
        fresh.append(part.name)
        if keep is not None:
            keep(key, kept[key])
    if not kept:
        raise InvalidInput(
            "source-unreadable",
            f"none of {len(opened.parts):,} parts can be measured",
            place=Place(source=opened.name),
            remedy="see the reasons with each part, mend one and measure again",
        )
    return Measured(_whole(opened, kept, faults, now), kept, tuple(fresh))


def plan_of(opened: Opened, engine: Engine, declared: Declared) -> str:
    """A digest of everything but the rows that decides what comes out."""
    said = "\n".join(f"{each.name}={getattr(declared, each.name)!r}" for each in fields(declared))
    columns = "\n".join(
        f"{field.name}|{field.physical}|{field.form}|{field.expression}" for field in opened.relation.fields
    )
    return hashlib.sha256(f"{PLAN}\n{FORMAT}\n{engine.name}\n\n{said}\n\n{columns}".encode()).hexdigest()


def _alone(opened: Opened, part: PartState) -> Opened:
    """The source with the rows of one part only."""
    relation = opened.relation
    if relation.part is None:
        return replace(opened, parts=(part,), size=part.size)
    literal = "'" + part.name.replace("'", "''") + "'"
    number = f'{relation.row_number} AS "__number", ' if relation.row_number else ""
    source = f"(SELECT {number}* FROM {relation.source} WHERE {relation.part} = {literal})"
    narrowed = Relation(source, relation.fields, '"__number"' if relation.row_number else None)
    return replace(opened, relation=narrowed, parts=(part,), size=part.size)


def _whole(
    opened: Opened, kept: Mapping[PartKey, Fingerprint], faults: Mapping[str, PartState], now: dt.datetime
) -> Fingerprint:
    """The sum under the source's own name, its columns in the source's order, with the parts that could not be read."""
    total = settled(merged(list(kept.values())))
    order = {field.name: place for place, field in enumerate(opened.relation.fields)}
    columns = tuple(sorted(total.columns, key=lambda column: order.get(column.name, len(order))))
    measured = {part.name: part for each in kept.values() for part in each.parts}
    parts = tuple(faults.get(part.name) or measured.get(part.name) or part for part in opened.parts)
    return replace(
        total,
        name=opened.name,
        location=opened.location,
        measured_at=now,
        columns=columns,
        parts=parts,
        size=opened.size,
        partial=f"{len(faults):,} of {len(opened.parts):,} parts could not be read" if faults else total.partial,
    )
