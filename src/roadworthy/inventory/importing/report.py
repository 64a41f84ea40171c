"""What an import would do and what it did, as values that every interface can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roadworthy.inventory.importing.merging import FieldConflict
from roadworthy.inventory.importing.model import ColumnMapping, PlacedRow, Placement, Proposal, Table, Variants
from roadworthy.inventory.importing.placing import NO_ID, NO_OWNER, unplaced_by_reason

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Group:
    """Values of one column that found no place for one reason."""

    column: str
    reason: str
    count: int
    examples: tuple[str, ...]
    """A few of the values, the most frequent first."""
    cells: tuple[str, ...]
    """The addresses of the first of them."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of a file."""

    file: str
    form: str
    sheet: str
    header_row: int
    """As the spreadsheet shows it, from 1."""
    columns: tuple[Proposal, ...]
    rows: int
    notes: tuple[str, ...]
    variants: tuple[Variants, ...]
    unplaced: tuple[Group, ...]
    flags: Mapping[str, int]
    """What a person should look at, with how many rows it concerns."""
    mapping: ColumnMapping
    """The mapping that was used; given back, it leads to the same result."""
    remembered: bool
    """Whether an earlier decision about files of this shape was used."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What an import does to the inventory."""

    created: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: int
    conflicts: tuple[FieldConflict, ...]
    """Fields that a person changed since; their values stand."""
    claimed: Mapping[str, str]
    """Use cases that an import of another file brought before, with that file."""


@dataclass(frozen=True, slots=True)
class Preview:
    """An import that has not happened."""

    reading: Reading
    effects: Effects
    sample: tuple[PlacedRow, ...]
    """The first rows, placed."""

    def to_dict(self) -> dict[str, Any]:
        """The preview as JSON-ready values."""
        rows = [
            {"row": row.row, "name": row.name, "spec": dict(row.spec), "flags": list(row.flags)} for row in self.sample
        ]
        return {**reading_to_dict(self.reading), **effects_to_dict(self.effects), "sample": rows}


@dataclass(frozen=True, slots=True)
class ImportReport:
    """An import that happened."""

    import_id: str | None
    """None when nothing changed, so that nothing was written."""
    reading: Reading
    effects: Effects
    rows: tuple[PlacedRow, ...]

    def to_dict(self) -> dict[str, Any]:
        """The report without the rows, as JSON-ready values."""
        return {"importId": self.import_id, **reading_to_dict(self.reading), **effects_to_dict(self.effects)}


def describe(
    table: Table, proposals: Sequence[Proposal], placement: Placement, *, file: str, form: str,
    mapping: ColumnMapping, remembered: bool,
) -> Reading:  # fmt: skip
    """Sum up what was understood."""
    groups = [
        Group(
            column,
            reason,
            len(items),
            tuple(value for value, _ in Counter(item.value for item in items).most_common(_EXAMPLES)),
            tuple(item.cell for item in items[:_EXAMPLES]),
        )
        for (column, reason), items in unplaced_by_reason(placement).items()
    ]
    return Reading(
        file=file,
        form=form,
        sheet=table.sheet,
        header_row=table.header_row + 1,
        columns=tuple(proposals),
        rows=len(placement.rows),
        notes=(*table.notes, *placement.notes),
        variants=placement.variants,
        unplaced=tuple(sorted(groups, key=lambda group: -group.count)),
        flags=_flags(placement.rows),
        mapping=mapping,
        remembered=remembered,
    )


def _flags(rows: Sequence[PlacedRow]) -> dict[str, int]:
    counts = Counter(_kind_of(flag) for row in rows for flag in set(map(_kind_of, row.flags)))
    return dict(counts.most_common())


def _kind_of(flag: str) -> str:
    """Flags that differ only in what they point at are one kind."""
    if flag in {NO_ID, NO_OWNER}:
        return flag
    if flag.startswith("the same organisation"):
        return "the same organisation, unit and title as another row"
    if flag.startswith("the identifier"):
        return "the identifier is also claimed by another row"
    if "is how a spreadsheet shows the number" in flag:
        return "a year that a spreadsheet shows as a day of 1905"
    return flag


def reading_to_dict(reading: Reading) -> dict[str, Any]:
    """JSON-ready values."""
    return {
        "file": reading.file,
        "form": reading.form,
        "sheet": reading.sheet,
        "headerRow": reading.header_row,
        "rows": reading.rows,
        "remembered": reading.remembered,
        "columns": [
            {
                "column": proposal.column.label,
                "target": proposal.target,
                "confidence": round(proposal.confidence, 2),
                "reason": proposal.reason,
            }
            for proposal in reading.columns
        ],
        "notes": list(reading.notes),
        "variants": [
            {"column": merged.column, "word": merged.word, "spellings": dict(merged.spellings)}
            for merged in reading.variants
        ],
        "unplaced": [
            {
                "column": group.column,
                "reason": group.reason,
                "count": group.count,
                "examples": list(group.examples),
                "cells": list(group.cells),
            }
            for group in reading.unplaced
        ],
        "flags": dict(reading.flags),
    }


def effects_to_dict(effects: Effects) -> dict[str, Any]:
    """JSON-ready values."""
    return {
        "created": len(effects.created),
        "updated": len(effects.updated),
        "unchanged": effects.unchanged,
        "conflicts": [
            {
                "useCase": conflict.use_case,
                "field": conflict.path,
                "imported": conflict.before,
                "current": conflict.current,
                "new": conflict.new,
            }
            for conflict in effects.conflicts
        ],
        "claimed": dict(effects.claimed),
    }
