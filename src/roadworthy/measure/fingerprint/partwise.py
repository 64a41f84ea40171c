"""Measuring part by part, so that a new day costs a day.

Parts (files of a folder) are measured in batches, each once for every version of its parts under each plan, and kept by
whoever calls. The fingerprint of the whole is the sum. A statement costs the same for ten rows as for ten thousand, and
what is looked at in a sample is looked at in every batch anew: so small parts share a batch, up to a size at which
losing one is bearable. What comes later makes batches of its own; when many small ones have gathered they are measured
again as one, which is seldom. A part that is younger than the time by which records come late is no exception: while it
grows its version changes, and its batch is measured again.

What only rows of several parts together can tell (copies of a row in two files, near copies of documents, distinct
values beyond a vocabulary) is told within batches only; `merging` says how.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.measure.fingerprint.lacking import lacking
from roadworthy.measure.fingerprint.measuring import measure
from roadworthy.measure.fingerprint.merging import merged, settled
from roadworthy.measure.fingerprint.model import FORMAT, Fingerprint, PartState
from roadworthy.measure.fingerprint.progress import Progress, Quiet
from roadworthy.measure.fingerprint.relation import Engine, Opened, Relation
from roadworthy.measure.fingerprint.terms import Declared

PLAN = "2"
"""Counts up when what is measured of a part changes; parts measured under another plan are measured again."""
BATCH = 256 * 1024 * 1024
"""Bytes that are measured together: seconds of work, which is what a run that breaks off loses."""
MOST_SMALL = 24
"""Batches under half of that size that are left as they are. A month of daily files is added up from as many; then they
are measured again as one."""


@dataclass(frozen=True, slots=True)
class PartKey:
    """Under what the fingerprint of a batch is kept."""

    part: str
    """Its first part; what is kept under the same one from before has been replaced by it."""
    version: str
    plan: str
    """Digest of the declarations, the engine and the columns: what else decides what comes out."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The whole, and what to keep for the next time."""

    whole: Fingerprint
    parts: Mapping[PartKey, Fingerprint]
    """Batches of the parts that are there now; those of parts that went away are not among them."""
    fresh: tuple[str, ...]
    """Parts that were measured now."""
    taken: int = 0
    """Parts that were measured before and did not change."""


def measure_parts(
    opened: Opened,
    engine: Engine,
    declared: Declared,
    *,
    known: Mapping[PartKey, Fingerprint],
    now: dt.datetime,
    progress: Progress | None = None,
    keep: Callable[[PartKey, Fingerprint], None] | None = None,
    batch: int = BATCH,
) -> Measured:
    """Measure the parts that are new or changed, and add up all of them.

    Args:
        opened: a source with several parts.
        engine: what measures.
        declared: what people say about the source.
        known: what an earlier call returned as `parts`, or gave to `keep`.
        now: the moment of measuring.
        progress: told before each step of each batch.
        keep: given each batch as soon as it was measured, so that what breaks off later goes on from there.
        batch: bytes that are measured together; 0 measures every part by itself.

    Raises:
        InvalidInput: the source has no parts, or none of them can be read.
        Cancelled: somebody asked for an end; what was given to `keep` is finished.
    """
    plan = plan_of(opened, engine, declared)
    faults: dict[str, PartState] = {part.name: part for part in opened.parts if part.fault is not None}
    kept = _taken(opened, known, plan, batch)
    told = {part.name for each in kept.values() for part in each.parts}
    taken = len(told)
    left = [part for part in opened.parts if part.fault is None and part.name not in told]
    fresh: list[str] = []
    tell = _Told(progress or Quiet(), sum(part.rows + 1 for part in left))
    for some in _batches(left, batch):
        for parts, found in _measured(opened, some, engine, declared, now, tell):
            if isinstance(found, str):
                faults[parts[0].name] = replace(parts[0], rows=0, fault=found)
                continue
            key = PartKey(parts[0].name, _version(parts), plan)
            kept[key] = found
            fresh += [part.name for part in parts]
            if keep is not None and key.version:
                keep(key, found)
        tell.behind(some)
    if not kept:
        raise InvalidInput(
            "source-unreadable",
            f"none of {len(opened.parts):,} parts can be measured",
            place=Place(source=opened.name),
            remedy="see the reasons with each part, mend one and measure again",
        )
    return Measured(_whole(opened, kept, faults, now), kept, tuple(fresh), taken)


def plan_of(opened: Opened, engine: Engine, declared: Declared) -> str:
    """A digest of everything but the rows that decides what comes out."""
    said = "\n".join(f"{each.name}={getattr(declared, each.name)!r}" for each in fields(declared))
    columns = "\n".join(
        f"{field.name}|{field.physical}|{field.form}|{field.expression}" for field in opened.relation.fields
    )
    return hashlib.sha256(f"{PLAN}\n{FORMAT}\n{engine.name}\n\n{said}\n\n{columns}".encode()).hexdigest()


# ---------------------------------------------------------------- batches


class _Told:
    """Tells of each step in a batch as its part of all that is to be measured, by rows."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0
        self._here = 0
        self._name = ""

    def begin(self, parts: Sequence[PartState]) -> None:
        """These are measured now."""
        self._here = sum(part.rows + 1 for part in parts)
        self._name = parts[0].name if len(parts) == 1 else f"{parts[0].name} and {len(parts) - 1:,} more"

    def step(self, what: str, done: float, total: float) -> None:
        """Pass it on."""
        share = min(1.0, done / total) if total else 0.0
        self._progress.step(f"{what} of {self._name}", self._done + share * self._here, max(1, self._total))

    def behind(self, parts: Sequence[PartState]) -> None:
        """These are finished."""
        self._done += sum(part.rows + 1 for part in parts)


def _taken(opened: Opened, known: Mapping[PartKey, Fingerprint], plan: str, batch: int) -> dict[PartKey, Fingerprint]:
    """Batches that stand as they were: every part is there in the version that was measured, and in one batch only."""
    # Without a version nobody knows whether a part is still the same, so it is never taken from before.
    present = {part.name: part.version for part in opened.parts if part.fault is None and part.version}
    found: dict[PartKey, Fingerprint] = {}
    seen: set[str] = set()
    for key, each in sorted(known.items(), key=lambda item: (-len(item[1].parts), item[0].part)):
        names = {part.name for part in each.parts}
        same = all(present.get(part.name) == part.version for part in each.parts)
        if key.plan == plan and names and same and names <= present.keys() and not names & seen:
            found[key] = each
            seen |= names
    small = [key for key, each in found.items() if sum(part.size or 0 for part in each.parts) < batch / 2]
    if len(small) > MOST_SMALL:
        for key in small:
            del found[key]
    return found


def _batches(parts: Sequence[PartState], most: int) -> Iterator[list[PartState]]:
    """Neighbours up to a size; those without a version by themselves, since they cannot be kept."""
    some: list[PartState] = []
    size = 0
    for part in sorted(parts, key=lambda each: not each.version):
        if some and (size + (part.size or 0) > most or bool(part.version) != bool(some[0].version)):
            yield some
            some, size = [], 0
        some.append(part)
        size += part.size or 0
    if some:
        yield some


def _measured(
    opened: Opened, parts: Sequence[PartState], engine: Engine, declared: Declared, now: dt.datetime, tell: _Told
) -> Iterator[tuple[Sequence[PartState], Fingerprint | str]]:
    """A batch, and where something in it cannot be read its halves, down to the part that it is, with the reason."""
    tell.begin(parts)
    try:
        found = measure(_only(opened, parts), engine, declared, now=now, progress=tell)
    except InvalidInput as error:
        if len(parts) == 1:
            yield parts, error.message
            return
        middle = len(parts) // 2
        for half in (parts[:middle], parts[middle:]):
            yield from _measured(opened, half, engine, declared, now, tell)
        return
    yield parts, found


def _version(parts: Sequence[PartState]) -> str:
    """What changes when any of them does; nothing where that cannot be known."""
    if not all(part.version for part in parts):
        return ""
    if len(parts) == 1:
        return parts[0].version or ""
    return hashlib.sha256("\n".join(f"{part.name}|{part.version}" for part in parts).encode()).hexdigest()


def _only(opened: Opened, parts: Sequence[PartState]) -> Opened:
    """The source with the rows of these parts only."""
    size = None if any(part.size is None for part in parts) else sum(part.size or 0 for part in parts)
    # A batch that cannot be read is halved, down to the part at fault; to look at all the others tells nothing of it.
    given = replace(opened, parts=tuple(parts), size=size, sound=None)
    if len(parts) == sum(part.fault is None for part in opened.parts):
        return given
    narrowed = opened.narrow([part.name for part in parts])
    if narrowed is not None:
        return replace(given, relation=narrowed)
    relation = opened.relation
    if relation.part is None:
        return given
    listed = ", ".join("'" + part.name.replace("'", "''") + "'" for part in parts)
    number = f'{relation.row_number} AS "__number", ' if relation.row_number else ""
    source = f"(SELECT {number}* FROM {relation.source} WHERE {relation.part} IN ({listed}))"
    return replace(given, relation=Relation(source, relation.fields, '"__number"' if relation.row_number else None))


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
        partial=lacking(parts) or total.partial,
    )
