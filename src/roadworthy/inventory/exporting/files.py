"""Tables as files: CSV and XLSX in which no cell can run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

import xlsxwriter

Table = Sequence[Sequence[str]]

_RUNS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet program takes as the beginning of a formula when it opens a CSV (OWASP, CSV injection)."""

MOST_CHARACTERS = 32_767
"""Of one cell of an XLSX file (Microsoft, Excel specifications and limits)."""

_CUT = " [cut; the whole text is in the CSV]"
_WIDEST = 60
_SHEET_NAME = 31


def to_csv(table: Table) -> bytes:
    """A table as CSV in UTF-8 with a byte order mark, which spreadsheet programs need to see the encoding.

    A cell that a spreadsheet program would run gets an apostrophe before it; the import takes it away again.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([[shielded(cell) for cell in row] for row in table])
    return text.getvalue().encode("utf-8-sig")


def shielded(cell: str) -> str:
    """A cell that no program runs as a formula."""
    return f"'{cell}" if cell.startswith(_RUNS) else cell


def to_xlsx(sheets: Mapping[str, Table]) -> bytes:
    """Tables as a workbook, one sheet each, every cell as text, headers frozen and filtered."""
    target = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(target, options) as book:
        header = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        body = book.add_format({"text_wrap": True, "valign": "top"})
        for name, table in sheets.items():
            sheet = book.add_worksheet(name[:_SHEET_NAME])
            for row, cells in enumerate(table):
                for column, cell in enumerate(cells):
                    if cell:
                        sheet.write_string(row, column, _fitting(cell), header if row == 0 else body)
            if table:
                sheet.freeze_panes(1, 0)
                sheet.autofilter(0, 0, max(len(table) - 1, 1), max(len(table[0]) - 1, 0))
                for column in range(len(table[0])):
                    sheet.set_column(column, column, _column_width(table, column))
    return target.getvalue()


def _fitting(cell: str) -> str:
    """A cell cut to what an XLSX file can hold, and saying so."""
    # Excel counts UTF-16 units, of which a character outside the basic plane takes two.
    if len(cell.encode("utf-16-le")) // 2 <= MOST_CHARACTERS:
        return cell
    return cell[: MOST_CHARACTERS // 2 - len(_CUT)] + _CUT


def _column_width(table: Table, column: int) -> int:
    longest = max((len(row[column]) for row in table[:200] if column < len(row)), default=0)
    return max(10, min(longest + 2, _WIDEST))
