"""From bytes to sheets: what a file is shows in its content; its name is only used in messages."""

from __future__ import annotations

import json
import re

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.inventory.importing import limits
from roadworthy.inventory.importing.delimited import read_delimited
from roadworthy.inventory.importing.encoding import decode
from roadworthy.inventory.importing.model import Workbook
from roadworthy.inventory.importing.webpage import read_webpage
from roadworthy.inventory.importing.workbook import EMPTY_ZIP_MARK, OLE_MARK, ZIP_MARK, read_ole, read_zipped

_FOREIGN = {
    b"%PDF-": "a PDF document",
    b"{\\rtf": "an RTF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"SQLite format 3": "a database",
}
_MARKUP = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body|table|thead|div|img|p|script|center|h[1-6]|meta)\b",
    re.IGNORECASE | re.DOTALL,
)
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_HEAD = 16 * 1024
_CONTROL_SHARE = 0.02


def read(name: str, content: bytes) -> Workbook:
    """Read a file of any spreadsheet format.

    Args:
        name: how messages call the file.
        content: all of it.

    Raises:
        InvalidInput: empty, damaged, locked, no spreadsheet, or a quote that never closes.
        TooLarge: over a limit (see `limits`).
    """
    limits.check_bytes(name, content)
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise InvalidInput(
            "import-file-empty",
            "the file is empty",
            place=Place(source=name),
            remedy="check that the export or download finished, then import the file again",
        )
    if content.startswith((ZIP_MARK, EMPTY_ZIP_MARK)):
        return read_zipped(name, content)
    if content.startswith(OLE_MARK):
        return read_ole(name, content)
    _refuse_foreign(name, content)
    head, _ = decode(content[: _HEAD // 4 * 4])
    if _MARKUP.match(head):
        return read_webpage(name, content)
    _refuse_other_text(name, head, content)
    sheet = read_delimited(name, content)
    if not any(any(cell.strip() for cell in row) for row in sheet.rows):
        raise InvalidInput(
            "import-file-empty",
            "the file has no cell with text",
            place=Place(source=name),
            remedy="check that the export or download finished, then import the file again",
        )
    return Workbook(name, "delimited text", (sheet,), ())


def _refuse_foreign(name: str, content: bytes) -> None:
    for mark, what in _FOREIGN.items():
        if content.startswith(mark):
            raise _no_spreadsheet(name, what)
    head = content[:_HEAD]
    if b"\x00" not in head and len(_CONTROL.findall(head)) > len(head) * _CONTROL_SHARE:
        raise _no_spreadsheet(name, "not text and no format that is known")


def _refuse_other_text(name: str, head: str, content: bytes) -> None:
    start = head.lstrip()
    if start.startswith("<?xml"):
        raise _no_spreadsheet(name, "an XML document")
    if start.startswith(("{", "[")):
        try:
            json.loads(decode(content)[0])
        except ValueError:
            return
        raise _no_spreadsheet(name, "a JSON document")
    if not start and "\x00" in head:
        raise _no_spreadsheet(name, "not text and no format that is known")


def _no_spreadsheet(name: str, what: str) -> InvalidInput:
    return InvalidInput(
        "import-not-a-spreadsheet",
        f"the file is {what}",
        place=Place(source=name),
        remedy="import CSV, XLSX, XLS, ODS or a web page with a table; most programs export one of them",
    )
