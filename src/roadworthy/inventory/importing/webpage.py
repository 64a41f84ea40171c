"""Tables of web pages by lxml: each becomes a sheet, cells that span rows or columns are filled."""

from __future__ import annotations

import re

from lxml import etree
from lxml import html as markup

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.inventory.importing import limits
from roadworthy.inventory.importing.encoding import decode
from roadworthy.inventory.importing.model import Sheet, Workbook

_BLOCK = frozenset({"p", "div", "li", "br", "tr"})
_SPACE = re.compile(r"[ \t\r\n\f]+")
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_HEAD = 4096


def read_webpage(name: str, content: bytes) -> Workbook:
    """Read every table of a page that is not itself inside a cell of another.

    Raises:
        InvalidInput: a page without a table.
        TooLarge: over a limit.
    """
    text, notes = _decode(content)
    try:
        page = markup.document_fromstring(text, parser=markup.HTMLParser(huge_tree=True, no_network=True))
    except (etree.ParserError, ValueError) as error:
        raise _no_table(name) from error
    sheets: list[Sheet] = []
    for element in page.iter("table"):
        rows, filled = _grid(name, element)
        if any(any(row) for row in rows):
            caption = element.find("caption")
            title = _words(caption) if caption is not None else ""
            span = (f"{filled:,} cells were filled from a neighbour that spans them",) if filled else ()
            sheets.append(Sheet(title or f"table {len(sheets) + 1}", rows, span))
    if not sheets:
        raise _no_table(name)
    return Workbook(name, "HTML", tuple(sheets), notes)


def _decode(content: bytes) -> tuple[str, tuple[str, ...]]:
    declared = _CHARSET.search(content[:_HEAD])
    if declared is not None:
        try:
            text = content.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            return decode(content)
        return text.replace("\x00", ""), ()
    return decode(content)


def _no_table(name: str) -> InvalidInput:
    return InvalidInput(
        "import-page-without-table",
        "the page holds no table",
        place=Place(source=name),
        remedy="save the page after the table has appeared, or look for its CSV or XLSX download; "
        "an error page of the site can look like a download",
    )


def _grid(name: str, table: markup.HtmlElement) -> tuple[tuple[tuple[str, ...], ...], int]:
    """The cells of a table in a rectangle, and how many of them only repeat one that spans them."""
    rows: list[list[str]] = []
    carried: dict[int, tuple[int, str]] = {}
    filled = 0
    for element in table.iter("tr"):
        if next(element.iterancestors("table")) is not table:
            continue
        row: list[str] = []
        filled += _carry(carried, row)
        for cell in element:
            if cell.tag not in {"td", "th"}:
                continue
            text, across, down = _words(cell), _span(cell, "colspan"), _span(cell, "rowspan")
            for offset in range(across):
                if down > 1:
                    carried[len(row)] = (down - 1, text)
                row.append(text)
                filled += bool(offset and text)
                if len(row) > limits.MAX_COLUMNS:
                    limits.check_span(name, None, len(rows) + 1, len(row))
            filled += _carry(carried, row)
        rows.append(row)
    limits.check_rows(name, None, rows)
    return tuple(map(tuple, rows)), filled


def _carry(carried: dict[int, tuple[int, str]], row: list[str]) -> int:
    """Put in what hangs down from rows above at this place."""
    count = 0
    while (hanging := carried.get(len(row))) is not None and hanging[0] > 0:
        carried[len(row)] = (hanging[0] - 1, hanging[1])
        row.append(hanging[1])
        count += bool(hanging[1])
    return count


def _span(cell: markup.HtmlElement, name: str) -> int:
    """A span as HTML counts it: at least 1, at most what browsers allow (1,000 columns, 65,534 rows)."""
    text = (cell.get(name) or "").strip()
    return max(1, min(int(text), 65_534 if name == "rowspan" else 1_000)) if text.isascii() and text.isdigit() else 1


def _words(element: markup.HtmlElement) -> str:
    """The text of a cell, with a line break where the page starts a new line; scripts and styles are no text."""
    parts: list[str] = []
    for action, node in etree.iterwalk(element, events=("start", "end")):
        if not isinstance(node.tag, str) or node.tag in {"script", "style"}:
            if action == "end" and node is not element:
                parts.append(node.tail or "")
            continue
        if action == "start":
            parts.append("\n" if node.tag in _BLOCK else "")
            parts.append(_SPACE.sub(" ", node.text or ""))
        elif node is not element:
            parts.append("\n" if node.tag in _BLOCK else "")
            parts.append(_SPACE.sub(" ", node.tail or ""))
    lines = (_SPACE.sub(" ", line).strip() for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)
