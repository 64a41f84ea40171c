"""Finding the table in a file: past banners, under headers of several rows, before totals and notes.

Whatever is left out is noted with its row, so that nobody has to trust the machine's eye.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.inventory.importing import mapping as naming
from roadworthy.inventory.importing.headers import SEARCH_ROWS, Cells, Header, columns_of, find_header, header_at
from roadworthy.inventory.importing.model import Column, ColumnMapping, Row, Sheet, Table, Workbook

_NUMBER = re.compile(r"[\d\s.,%$€£/:()\-]+")
_TOTAL = re.compile(r"(grand |sub-?|overall )?totals?\b|sum\b|count\b", re.IGNORECASE)
_NOTE = re.compile(
    r"\*|†|‡|notes?\b|sources?\b|last (updated|modified)|as of\b|page \d|footnotes?|end of|generated (on|by)|"
    r"prepared by|disclaimer|legend",
    re.IGNORECASE,
)
_FORM_HINT = re.compile(
    r"\(?[a-z]{1,2}[).]|\(?\d{1,3}[).]?|required\b.*|optional\b.*|free[- ]?text.*|drop-?down.*|text|date|number|"
    r"select .*|yes ?/ ?no.*|choose .*|multiple[- ]choice.*|e\.g\..*|example.*",
    re.IGNORECASE | re.DOTALL,
)
_SPACE = re.compile(r"\s+")
_A_FEW = 3
_SPARSE_NEEDS = 3
_LONG_NOTE = 150
_SHOWN = 8


def find_table(book: Workbook, mapping: ColumnMapping | None = None) -> Table:
    """The table of a file: that of the best sheet, continued by every sheet with the same header.

    Raises:
        InvalidInput: no sheet has a table, or `mapping` names a sheet or a header row that is not there.
    """
    found = [item for sheet in _wanted(book, mapping) if (item := _table_of(sheet, mapping)) is not None]
    filled = [item for item in found if item[0].rows]
    if not filled:
        raise InvalidInput(
            "import-no-table",
            "the file has column names and no rows"
            if found
            else "no sheet holds a table: a row of names with rows of values under it",
            place=Place(source=book.name),
            remedy="put the column names into one row and the use cases under it, one in a row",
        )
    best, _ = max(filled, key=lambda item: (item[1], len(item[0].rows)))
    shape = naming.signature(best)
    rows, notes = list(best.rows), [*book.notes, *best.notes]
    for table, _ in filled:
        if table is best:
            continue
        if naming.signature(table) == shape:
            rows += table.rows
            notes.append(
                f"sheet `{table.sheet}` has the same columns and continues the table with {len(table.rows):,} rows"
            )
        else:
            notes.append(f"sheet `{table.sheet}` has other columns and was left out ({len(table.rows):,} rows); "
                         "name it in a mapping to import it")  # fmt: skip
    return replace(best, rows=tuple(rows), notes=tuple(notes))


def _wanted(book: Workbook, mapping: ColumnMapping | None) -> list[Sheet]:
    if mapping is None or mapping.sheet is None:
        return list(book.sheets)
    sheets = [sheet for sheet in book.sheets if sheet.name == mapping.sheet]
    if not sheets:
        raise InvalidInput(
            "import-unknown-sheet",
            f"the file has no sheet `{mapping.sheet}`",
            place=Place(source=book.name),
            remedy=f"use one of {', '.join(f'`{sheet.name}`' for sheet in book.sheets)}",
        )
    return sheets


def _table_of(sheet: Sheet, mapping: ColumnMapping | None) -> tuple[Table, int] | None:
    top = [tuple(_SPACE.sub(" ", cell).strip() for cell in row) for row in sheet.rows[:SEARCH_ROWS]]
    if mapping is not None and mapping.header is not None:
        header = _header_in(sheet, top, mapping.header)
    else:
        found = find_header(top, sheet.rows)
        if found is None:
            return None
        header = found
    below = sheet.rows[header.row + 1 :]
    width = max((_last(row) for row in (header.names, *below)), default=0)
    columns, column_notes = columns_of(header, below, width)
    if not columns:
        return None
    notes = [*sheet.notes, *_header_notes(header, top), *column_notes]
    rows, left_out = _body(sheet, header, columns)
    return Table(sheet.name, header.row, columns, rows, (*notes, *left_out)), header.known


def _header_in(sheet: Sheet, top: Sequence[Cells], row: int) -> Header:
    if not 1 <= row <= len(top):
        raise InvalidInput(
            "import-no-header-row",
            f"there is no header in row {row}",
            place=Place(sheet=sheet.name or None, cell=f"A{row}"),
            remedy=f"name one of the rows 1 to {len(top)}",
        )
    return header_at(top, row - 1)


def _header_notes(header: Header, top: Sequence[Cells]) -> list[str]:
    notes = []
    if any(any(row) for row in top[: header.top]):
        rows = f"rows 1 to {header.top} stand" if header.top > 1 else "row 1 stands"
        notes.append(f"{rows} above the header and {'were' if header.top > 1 else 'was'} taken as a banner")
    if header.top < header.row:
        notes.append(f"the header takes rows {header.top + 1} to {header.row + 1}")
    return notes


def _last(row: Sequence[str]) -> int:
    for index in range(len(row) - 1, -1, -1):
        if row[index] and not row[index].isspace():
            return index + 1
    return 0


def _body(sheet: Sheet, header: Header, columns: Sequence[Column]) -> tuple[tuple[Row, ...], list[str]]:
    """The rows of values, padded to the columns, and what was left out."""
    names = [column.name for column in columns]
    pick, width = _picker(columns)
    left_out: dict[str, list[int]] = {}
    rows: list[Row] = []
    gaps: set[int] = set()
    ragged = 0
    for index in range(header.row + 1, len(sheet.rows)):
        source = sheet.rows[index]
        if len(source) < width:
            ragged += any(source)
            source = (*source, *([""] * (width - len(source))))
        cells = pick(source)
        first = next((cell.strip() for cell in cells if cell and not cell.isspace()), "")
        if not first:
            gaps.add(len(rows))
            continue
        why = _no_value_row(first, cells, names, top=not rows)
        if why:
            left_out.setdefault(why, []).append(index + 1)
            continue
        rows.append(Row(sheet.name, index, cells))
    while rows and _is_note(rows[-1], len(columns), gap=len(rows) - 1 in gaps):
        left_out.setdefault("notes under the table", []).append(rows.pop().index + 1)
    notes = [f"{why}: {_rows(numbers)} left out" for why, numbers in left_out.items()]
    if ragged:
        notes.append(f"{ragged:,} rows are shorter than the header and were filled up with empty cells")
    return tuple(rows), notes


def _picker(columns: Sequence[Column]) -> tuple[Callable[[Cells], Cells], int]:
    """What takes the cells of the columns out of a row, and how long the row must be for it."""
    places = [column.index for column in columns]
    width = places[-1] + 1
    if places == list(range(width)):
        return (lambda row: row[:width]), width
    return (lambda row: tuple(row[place] for place in places)), width


def _no_value_row(first: str, cells: Cells, names: Sequence[str], *, top: bool) -> str:
    """Why a row holds no use case, or nothing when it does."""
    if len(names) >= _A_FEW and _SPACE.sub(" ", first) in names and _same(cells, names):
        return "the header again"
    if top and _is_form_hint(cells):
        return "instructions for filling in the form"
    if _TOTAL.match(first) and len(names) > 1 and _is_total(cells, len(names)):
        return "a total"
    if len(names) > _A_FEW and cells[-1].strip() == first and {cell.strip() for cell in cells} == {first}:
        return "a heading across the table"
    return ""


def _same(cells: Cells, names: Sequence[str]) -> bool:
    return [_SPACE.sub(" ", cell).strip() for cell in cells] == list(names)


def _is_form_hint(cells: Cells) -> bool:
    filled = [cell.strip() for cell in cells if cell and not cell.isspace()]
    return len(filled) >= _A_FEW and all(_FORM_HINT.fullmatch(cell) for cell in filled)


def _is_total(cells: Cells, width: int) -> bool:
    filled = [cell.strip() for cell in cells if cell and not cell.isspace()]
    return all(_NUMBER.fullmatch(cell) for cell in filled[1:]) and (len(filled) > 1 or width >= _A_FEW)


def _is_note(row: Row, width: int, *, gap: bool) -> bool:
    """Whether the last row is a remark under the table: one text, set apart by a gap, its words or its length."""
    filled = {cell.strip() for cell in row.cells if cell and not cell.isspace()}
    if len(filled) != 1 or width < _SPARSE_NEEDS:
        return False
    text = filled.pop()
    return gap or len(text) > _LONG_NOTE or _NOTE.match(text) is not None


def _rows(numbers: Sequence[int]) -> str:
    numbers = sorted(numbers)
    shown = ", ".join(map(str, numbers[:_SHOWN])) + (" and others" if len(numbers) > _SHOWN else "")
    return f"row{'s' if len(numbers) > 1 else ''} {shown}"
