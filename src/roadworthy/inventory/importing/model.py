"""Values that the steps of an import hand to each other; frozen, and nothing in them is ever dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from roadworthy.inventory.facts import Answer
from roadworthy.inventory.model import UseCase

KEEP = "keep"
"""The target of a column that is kept word for word and fills no field."""


def letters(column: int) -> str:
    """The spreadsheet name of a column counted from 0: `A`, `Z`, `AA`."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def address(row: int, column: int) -> str:
    """The spreadsheet address of a cell; both counted from 0."""
    return f"{letters(column)}{row + 1}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as text. Rows may differ in length; row and column 0 are the first of the file."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    """What the reader changed or could not know, in words for a person."""


@dataclass(frozen=True, slots=True)
class Workbook:
    """A file that was read: at least one sheet."""

    name: str
    form: str
    """What the content turned out to be: delimited text, XLSX, XLS, ODS or HTML."""
    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    index: int
    """Its place in the sheet, counted from 0."""
    label: str
    """Its header, made unique inside the table."""
    name: str
    """Its header as it stands in the sheet, white space collapsed."""
    group: str = ""
    """The header above it that it shares with its neighbours."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; `cells` has one value for each column of the table."""

    sheet: str
    index: int
    """Its place in the sheet, counted from 0."""
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The table that was found in a file, with the sheets that continue it."""

    sheet: str
    header_row: int
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    def cell(self, row: Row, position: int) -> str:
        """The address of a cell; `position` counts the columns of the table from 0."""
        return address(row.index, self.columns[position].index)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a column is taken to mean, how surely, and why."""

    column: Column
    target: str
    confidence: float
    """0 to 1; below 0.6 a person should look."""
    reason: str


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What a person decided about a file's columns; overrides what would be proposed."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """From a header, or a column's letters, to a target."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Values for every row, such as the organisation of a file that does not name it."""
    sheet: str | None = None
    header: int | None = None
    """The row of the header, counted from 1 as a spreadsheet shows it."""


@dataclass(frozen=True, slots=True)
class Variants:
    """Spellings of one word of a column that were counted as one."""

    column: str
    word: str
    spellings: Mapping[str, int]
    """Each spelling as it stands in the file, with how often."""


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A value that fills no field although its column has one; the cell itself is kept."""

    column: str
    cell: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reported:
    """An answer that the file reports, with the cell that says it."""

    answer: Answer
    cell: str


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row that became a use case."""

    sheet: str
    row: int
    """The row as a spreadsheet shows it, counted from 1."""
    name: str
    spec: Mapping[str, Any]
    """A valid `UseCase`, in the form that files have (camelCase keys, JSON values)."""
    use_case: UseCase
    """The same as a value."""
    answers: Mapping[str, Reported]
    cells: tuple[str, ...]
    unplaced: tuple[Unplaced, ...] = ()
    flags: tuple[str, ...] = ()
    """What a person should look at: no owner, no identifier, a duplicate."""
    by_title_alone: bool = False
    """Whether only the title tells which use case it is, which rows of another file may share by chance."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Every row of a table, placed, with what was merged on the way."""

    rows: tuple[PlacedRow, ...]
    variants: tuple[Variants, ...]
    notes: tuple[str, ...] = ()
