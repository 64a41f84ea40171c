"""Limits that protect the process from a file; each error names its limit and the place."""

from __future__ import annotations

from collections.abc import Sequence

from roadworthy.foundation.errors import Place, TooLarge
from roadworthy.inventory.importing.model import address, letters

MAX_BYTES = 50 * 1024 * 1024
"""Of a file as it comes."""

MAX_UNPACKED = 256 * 1024 * 1024
"""Of everything in a workbook, unpacked."""

MAX_ROWS = 100_000

MAX_COLUMNS = 1_000

MAX_CELLS = 10_000_000
"""Of the rectangle that a sheet spans, because a reader holds all of it."""

MAX_CELL = 1_000_000
"""Characters of one cell."""


def check_bytes(name: str, content: bytes) -> None:
    """Refuse a file that is too large to hold.

    Raises:
        TooLarge: above `MAX_BYTES`.
    """
    if len(content) > MAX_BYTES:
        raise TooLarge(
            "import-file-too-large",
            f"the file has {len(content):,} bytes, the limit is {MAX_BYTES:,}",
            place=Place(source=name),
            remedy="split the file, or remove sheets and pictures that are not part of the inventory",
        )


def check_span(name: str, sheet: str | None, rows: int, columns: int) -> None:
    """Refuse a sheet that spans too many rows or columns.

    Raises:
        TooLarge: above `MAX_ROWS`, `MAX_COLUMNS` or `MAX_CELLS`.
    """
    place = Place(source=name, sheet=sheet, cell=address(max(rows, 1) - 1, max(columns, 1) - 1))
    if columns > MAX_COLUMNS:
        raise TooLarge(
            "import-too-many-columns",
            f"the sheet has {columns:,} columns (up to {letters(columns - 1)}), the limit is {MAX_COLUMNS:,}",
            place=place,
            remedy="keep one column for each question; turn the sheet if use cases stand in its columns",
        )
    if rows > MAX_ROWS or rows * columns > MAX_CELLS:
        raise TooLarge(
            "import-too-many-rows",
            f"the sheet spans {rows:,} rows and {columns:,} columns, the limits are {MAX_ROWS:,} rows "
            f"and {MAX_CELLS:,} cells",
            place=place,
            remedy="delete what stands far away from the table, or split the file",
        )


def check_rows(name: str, sheet: str | None, rows: Sequence[Sequence[str]]) -> None:
    """Refuse a sheet, already read, with too many rows or columns or a cell that is too long.

    Raises:
        TooLarge: above `MAX_ROWS`, `MAX_COLUMNS` or `MAX_CELL`.
    """
    check_span(name, sheet, len(rows), max(map(len, rows), default=0))
    for row, cells in enumerate(rows):
        if max(map(len, cells), default=0) <= MAX_CELL:
            continue
        for column, value in enumerate(cells):
            if len(value) > MAX_CELL:
                raise TooLarge(
                    "import-cell-too-large",
                    f"a cell holds {len(value):,} characters, the limit is {MAX_CELL:,}",
                    place=Place(source=name, sheet=sheet, cell=address(row, column)),
                    remedy="move the text to a document and put a link to it in the cell",
                )
