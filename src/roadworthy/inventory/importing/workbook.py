"""XLSX, XLS and ODS by calamine, after a look at the container that keeps bombs and locked files out."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from roadworthy.foundation.errors import InvalidInput, Place, TooLarge
from roadworthy.inventory.importing import limits
from roadworthy.inventory.importing.model import Sheet, Workbook, address

ZIP_MARK = b"PK\x03\x04"
EMPTY_ZIP_MARK = b"PK\x05\x06"
OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CHUNK = 1024 * 1024

_VALUE_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*(?<!/)>')
_FORMULA_CELL = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3}\d{1,7})"[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>.*?</(?:\w+:)?f>)\s*'
    rb"(?:<(?:\w+:)?v\s*/>\s*|<(?:\w+:)?v>\s*</(?:\w+:)?v>\s*)?</(?:\w+:)?c>",
    re.DOTALL,
)
_ODS_REPEAT = re.compile(rb'number-(rows|columns)-repeated="(\d+)"')
_MANY_NOTES = 5


def read_zipped(name: str, content: bytes) -> Workbook:
    """Read XLSX or ODS.

    Raises:
        InvalidInput: damaged, locked, or a zip that is no spreadsheet.
        TooLarge: unpacks to more than the limit, or spans too many cells.
    """
    form, notes = _inspect(name, content)
    return _read(name, content, form, notes)


def read_ole(name: str, content: bytes) -> Workbook:
    """Read XLS (and say so when an XLSX is locked, because a locked one comes in the same container).

    Raises:
        InvalidInput: damaged, locked, or some other document.
    """
    if _ENCRYPTED in content:
        raise _locked(name)
    return _read(name, content, "XLS", {})


def _locked(name: str) -> InvalidInput:
    return InvalidInput(
        "import-workbook-locked",
        "the workbook is encrypted and cannot be read without its password",
        place=Place(source=name),
        remedy="open it, remove the password (save as, tools, general options) and import that copy",
    )


def _damaged(name: str, why: str) -> InvalidInput:
    return InvalidInput(
        "import-workbook-damaged",
        f"the workbook cannot be read: {why}",
        place=Place(source=name),
        remedy="open it in a spreadsheet program, save it again as XLSX or CSV, and import that copy",
    )


def _inspect(name: str, content: bytes) -> tuple[str, dict[str, tuple[str, ...]]]:
    """Unpack everything once, without keeping it, so that what the container claims about its size is not trusted."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = set(archive.namelist())
            form = _form(name, entries)
            left, notes = limits.MAX_UNPACKED, {}
            for entry in archive.infolist():
                wanted = entry.filename.endswith(".xml") and (
                    "sheet" in entry.filename or entry.filename == "content.xml"
                )
                part = _unpack(name, archive, entry, left, keep=wanted)
                left -= part[0]
                if wanted:
                    notes[entry.filename] = _look(name, form, entry.filename, part[1])
            return form, notes
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged(
            name, "its zip container is broken" if "password" not in str(error) else "it is locked"
        ) from error


def _form(name: str, entries: set[str]) -> str:
    if "xl/workbook.xml" in entries:
        return "XLSX"
    if "content.xml" in entries:
        return "ODS"
    if "xl/workbook.bin" in entries:
        raise _damaged(name, "it is a binary workbook (XLSB)")
    shown = ", ".join(f"`{entry}`" for entry in sorted(entries)[:3]) or "nothing"
    raise InvalidInput(
        "import-zip-without-sheet",
        f"the file is a zip that holds {shown} and no spreadsheet",
        place=Place(source=name),
        remedy="unpack it and import the spreadsheet that is inside",
    )


def _unpack(name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int, *, keep: bool) -> tuple[int, bytes]:
    size, parts = 0, []
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > left:
                raise TooLarge(
                    "import-workbook-unpacks-too-large",
                    f"the workbook unpacks to more than {limits.MAX_UNPACKED:,} bytes (in `{entry.filename}`)",
                    place=Place(source=name),
                    remedy="save the sheet as CSV and import that",
                )
            if keep:
                parts.append(chunk)
    return size, b"".join(parts)


def _look(name: str, form: str, part: str, xml: bytes) -> tuple[str, ...]:
    """Check how far the cells reach, and find formulas that carry no value."""
    if form == "ODS":
        _check_repeats(name, xml)
        return ()
    columns, rows = 1, 1
    for column, row in (
        set(_VALUE_CELL.findall(xml)) if xml.count(b'r="XF') or len(xml) < _CHUNK else _VALUE_CELL.findall(xml)
    ):
        columns, rows = max(columns, _number(column)), max(rows, int(row))
    limits.check_span(name, part, rows, columns)
    cells = [cell.decode() for cell in _FORMULA_CELL.findall(xml)] if b"<f" in xml or b":f" in xml else []
    if not cells:
        return ()
    shown = ", ".join(cells[:_MANY_NOTES]) + (" and others" if len(cells) > _MANY_NOTES else "")
    remedy = "open the file in a spreadsheet program and save it, and they will"
    return (f"{len(cells):,} formulas carry no value and are read as empty ({shown}); {remedy}",)


def _number(column: bytes) -> int:
    value = 0
    for letter in column:
        value = value * 26 + letter - ord("A") + 1
    return value


def _check_repeats(name: str, xml: bytes) -> None:
    """Cells that stand for thousands of equal ones are usual at the end of a sheet, where they are empty."""
    rows = columns = 1
    for found in re.finditer(rb"<table:table-row\b([^>]*)>(.*?)</table:table-row>", xml, re.DOTALL):
        if b"<text:p" not in found[2]:
            continue
        repeated = _ODS_REPEAT.search(found[1])
        rows += int(repeated[2]) if repeated else 1
        for cell in re.finditer(rb"<table:table-cell\b([^>]*[^/])>", found[2]):
            repeated = _ODS_REPEAT.search(cell[1])
            columns = max(columns, int(repeated[2]) if repeated else 1)
    limits.check_span(name, None, rows, columns)


def _read(name: str, content: bytes, form: str, notes: Mapping[str, tuple[str, ...]]) -> Workbook:
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            sheets = tuple(_sheets(name, book))
    except PasswordError as error:
        raise _locked(name) from error
    except (CalamineError, ValueError, OSError) as error:
        raise _damaged(name, str(error).lower().rstrip(".")) from error
    if not sheets:
        raise _damaged(name, "it has no sheet with cells")
    found = tuple(note for part in notes.values() for note in part)
    return Workbook(name, form, sheets, found)


def _sheets(name: str, book: CalamineWorkbook) -> Iterator[Sheet]:
    for index, meta in enumerate(book.sheets_metadata):
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_index(index)
        limits.check_span(name, meta.name, sheet.total_height, sheet.total_width)
        rows = [[_text(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
        notes = [] if meta.visible == SheetVisibleEnum.Visible else ["the sheet is hidden"]
        notes += _fill_merged(rows, sheet)
        limits.check_rows(name, meta.name, rows)
        yield Sheet(meta.name, tuple(map(tuple, rows)), tuple(notes))


def _fill_merged(rows: list[list[str]], sheet: CalamineSheet) -> list[str]:
    """Give every cell of a merged area the value that stands in its corner, and say where."""
    filled = []
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if top >= len(rows) or left >= len(rows[top]) or not rows[top][left]:
            continue
        for row in rows[top : bottom + 1]:
            for column in range(left, min(right + 1, len(row))):
                row[column] = rows[top][left]
        filled.append(f"{address(top, left)}:{address(bottom, right)}")
    if not filled:
        return []
    shown = ", ".join(filled[:_MANY_NOTES]) + (" and others" if len(filled) > _MANY_NOTES else "")
    return [f"{len(filled):,} merged areas were filled with the value of their first cell ({shown})"]


def _text(value: object) -> str:
    """A cell as text: dates in ISO form, whole numbers without a fraction, truth as TRUE and FALSE."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ", timespec="seconds")
    return str(value)
