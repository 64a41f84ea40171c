"""XLSX, XLS and ODS by calamine, after a look at the container that keeps bombs and locked files out."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.inventory.importing import inspection, limits
from roadworthy.inventory.importing.model import Sheet, Workbook, address

ZIP_MARK = b"PK\x03\x04"
EMPTY_ZIP_MARK = b"PK\x05\x06"
OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CHUNK = 1024 * 1024

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
    return _read(name, content, "XLS", ())


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


def _inspect(name: str, content: bytes) -> tuple[str, tuple[str, ...]]:
    """Unpack everything once, so that what the container claims about its size is not trusted.

    Returns:
        The format, and notes about cells that carry no value.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            form = _form(name, set(archive.namelist()))
            left, notes, shared = limits.MAX_UNPACKED, [], b""
            used: Counter[int] = Counter()
            for entry in archive.infolist():
                part = entry.filename.lower()
                keep = part.endswith(".xml") and ("sheet" in part or "sharedstrings" in part or part == "content.xml")
                size, xml = _unpack(name, archive, entry, left, keep=keep)
                left -= size
                if "sharedstrings" in part:
                    shared = xml
                elif form == "ODS" and xml:
                    inspection.check_repeats(name, xml)
                elif xml:
                    notes += inspection.look_at_sheet(name, entry.filename, xml)
                    used.update(inspection.shared_strings_used(xml))
            inspection.check_shared_strings(name, shared, used)
            return form, tuple(notes)
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
                raise inspection.unpacks_too_large(name, entry.filename)
            if keep:
                parts.append(chunk)
    return size, b"".join(parts)


def _read(name: str, content: bytes, form: str, notes: tuple[str, ...]) -> Workbook:
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            sheets = tuple(_sheets(name, book))
    except PasswordError as error:
        raise _locked(name) from error
    except (CalamineError, ValueError, OSError) as error:
        raise _damaged(name, str(error).lower().rstrip(".")) from error
    if not sheets:
        raise _damaged(name, "it has no sheet with cells")
    return Workbook(name, form, sheets, notes)


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
