"""A look into the parts of a workbook before a reader builds its cells: how far they reach, how much they hold.

A reader holds the whole rectangle that a sheet spans, and a copy of a shared text for every cell that shows it;
both can be made enormous by a small file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from roadworthy.foundation.errors import Place, TooLarge
from roadworthy.inventory.importing import limits

_VALUE_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*(?<!/)>')
_FORMULA_CELL = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3}\d{1,7})"[^>]*>\s*'
    rb"<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>\s*|<(?:\w+:)?v>\s*</(?:\w+:)?v>\s*)?</(?:\w+:)?c>"
)
_SHARED_CELL = re.compile(rb't="s"[^>]*>\s*<(?:\w+:)?v>(\d{1,9})</')
_SHARED_ITEM = re.compile(rb"<(?:\w+:)?si\b[^>]*?(?:/>|>.*?</(?:\w+:)?si>)", re.DOTALL)
_ODS_ROW = re.compile(rb"<table:table-row\b([^>]*)(?<!/)>(.*?)</table:table-row>", re.DOTALL)
_ODS_CELL = re.compile(rb"<table:table-cell\b([^>]*)(?<!/)>")
_ODS_REPEAT = re.compile(rb'number-(?:rows|columns)-repeated="(\d{1,9})"')
_SHOWN = 5


def look_at_sheet(name: str, part: str, xml: bytes) -> list[str]:
    """Check how far the cells of a sheet reach, and note formulas that carry no value.

    Raises:
        TooLarge: over a limit.
    """
    columns, rows = 1, 1
    for found in _VALUE_CELL.finditer(xml):
        columns, rows = max(columns, _number(found[1])), max(rows, int(found[2]))
    limits.check_span(name, part, rows, columns)
    cells = [cell.decode() for cell in _FORMULA_CELL.findall(xml)] if b"f>" in xml or b"<f" in xml else []
    if not cells:
        return []
    shown = ", ".join(cells[:_SHOWN]) + (" and others" if len(cells) > _SHOWN else "")
    remedy = "open the file in a spreadsheet program and save it, and they will"
    return [f"{len(cells):,} formulas carry no value and are read as empty ({shown}); {remedy}"]


def shared_strings_used(xml: bytes) -> Iterator[int]:
    """The index of the shared text that each cell shows."""
    return (int(found[1]) for found in _SHARED_CELL.finditer(xml))


def check_shared_strings(name: str, xml: bytes, used: Mapping[int, int]) -> None:
    """Refuse texts that are small once and enormous in every cell that shows them.

    Raises:
        TooLarge: together they would be over the limit for what a workbook unpacks to.
    """
    sizes = _sizes(xml)
    if sum(size * used.get(index, 0) for index, size in enumerate(sizes)) > limits.MAX_UNPACKED:
        raise unpacks_too_large(name, "its shared texts")


def _sizes(xml: bytes) -> Iterable[int]:
    return (len(found[0]) for found in _SHARED_ITEM.finditer(xml))


def check_repeats(name: str, xml: bytes) -> None:
    """Count cells of an ODS that stand for many equal ones; empty ones at the end of a sheet are usual and free.

    Raises:
        TooLarge: over a limit.
    """
    rows, columns = 0, 1
    for found in _ODS_ROW.finditer(xml):
        if b"<text:p" not in found[2]:
            continue
        rows += _repeated(found[1])
        columns = max(columns, sum(_repeated(cell[1]) for cell in _ODS_CELL.finditer(found[2])))
        limits.check_span(name, None, rows, columns)


def _repeated(attributes: bytes) -> int:
    found = _ODS_REPEAT.search(attributes)
    return int(found[1]) if found else 1


def _number(column: bytes) -> int:
    value = 0
    for letter in column:
        value = value * 26 + letter - ord("A") + 1
    return value


def unpacks_too_large(name: str, part: str) -> TooLarge:
    """The error of a workbook that grows beyond the limit."""
    return TooLarge(
        "import-workbook-unpacks-too-large",
        f"the workbook unpacks to more than {limits.MAX_UNPACKED:,} bytes (in `{part}`)",
        place=Place(source=name),
        remedy="save the sheet as CSV and import that",
    )
