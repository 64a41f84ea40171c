"""Types of the API: imports. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from roadworthy.sdk.shapes.shared import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What a column is taken to mean, how surely, and why."""

    column: str
    target: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A field that a person and a file changed differently; the person's value stands."""

    key: str
    use_case: str
    field: str
    imported: Any
    """What was imported last."""
    current: Any
    new: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What an import does to the inventory."""

    created: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: int
    conflicts: tuple[Conflict, ...]
    claimed: Mapping[str, str]
    """Use cases that another file brought before, with that file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Values of one column that found no place for one reason; their cells are kept."""

    column: str
    reason: str
    count: int
    examples: tuple[str, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingBody:
    """The mapping that was used; as a mapping file it leads to the same result."""

    columns: Mapping[str, str]
    constants: Mapping[str, str]
    sheet: str | None
    header: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variants:
    """Spellings of one word that were counted as one."""

    column: str
    word: str
    spellings: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportsReading:
    """What was understood of a file."""

    file: str
    form: str
    sheet: str
    header_row: int
    columns: tuple[Column, ...]
    rows: int
    notes: tuple[str, ...]
    variants: tuple[Variants, ...]
    unplaced: tuple[Group, ...]
    flags: Mapping[str, int]
    mapping: MappingBody
    remembered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """A value that fills no field although its column has one."""

    column: str
    cell: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row and what a person should look at in it."""

    sheet: str
    row: int
    name: str
    flags: tuple[str, ...]
    unplaced: tuple[Unplaced, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportsReport:
    """An import that happened."""

    import_id: str | None
    """Null when nothing changed, so that nothing was written."""
    reading: ImportsReading
    effects: Effects
    problem_rows: int
    problems: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """An import that has not happened."""

    reading: ImportsReading
    effects: Effects
    problems: tuple[Row, ...]
    """Of the first rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An import that changed something."""

    id: str
    file: str
    digest: str
    form: str
    rows: int
    at: dt.datetime
    by: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A source row as it stood in the file."""

    sheet: str
    row: int
    use_case: str
    cells: tuple[str, ...]
    flags: tuple[str, ...]
    unplaced: tuple[Mapping[str, str], ...]
