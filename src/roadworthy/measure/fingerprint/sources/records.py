"""Records out of XML, HL7 version 2 and workbooks, as dictionaries: the engine stages them as it stages JSON."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import python_calamine
from lxml import etree

from roadworthy.foundation.errors import InvalidInput
from roadworthy.inventory.importing.encoding import decode
from roadworthy.measure.fingerprint.sources.formats import Found, stream_of, unreadable
from roadworthy.measure.fingerprint.sources.layout import has_header, unique_names
from roadworthy.measure.fingerprint.sources.options import ReadOptions

_LOOKED_AT = 2_000
"""Elements from which the repeated one is told."""
_MOSTLY = 0.8
"""Share of the elements on a level that must be of one name to be the records."""

# ---------------------------------------------------------------- XML


def xml(found: Found, options: ReadOptions) -> Iterator[dict[str, Any]]:
    """The repeated elements of a file, one dictionary each; the root where nothing repeats.

    Raises:
        InvalidInput: it is no XML, or an element is beyond what the parser takes without being told to.
    """
    record = options.record or _record(found)
    depth = 0
    for event, element in _events(found):
        if event == "start":
            depth += 1
            continue
        depth -= 1
        if _local(element) == record and (depth <= _DEEPEST or options.record):
            inner = _value(element)
            yield inner if isinstance(inner, dict) else {"value": inner}
            element.clear()
            while element.getprevious() is not None:
                del cast("Any", element.getparent())[0]


_DEEPEST = 2


def _events(found: Found) -> Iterator[tuple[str, Any]]:
    try:
        with stream_of(found) as stream:
            yield from etree.iterparse(
                stream,
                events=("start", "end"),
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=False,
                remove_comments=True,
                remove_pis=True,
            )
    except etree.XMLSyntaxError as error:
        line = error.lineno or 0
        huge = "huge" in str(error.msg) or "depth" in str(error.msg)
        why = "an element is larger or deeper than is read" if huge else f"it is no XML that can be read ({error.msg})"
        raise unreadable(found, f"line {line}: {why}") from error
    except (OSError, EOFError) as error:
        raise unreadable(found, f"it cannot be read ({error})") from error


def _record(found: Found) -> str:
    """The name that nearly all elements of the first or second level share; the root's where none does."""
    levels: dict[int, Counter[str]] = {1: Counter(), 2: Counter()}
    leaves: Counter[str] = Counter()
    depth, seen, root = 0, 0, ""
    for event, element in _events(found):
        if event == "start":
            if depth == 0:
                root = _local(element)
            if depth in levels:
                levels[depth][_local(element)] += 1
            depth += 1
        else:
            depth -= 1
            if depth in levels and not len(element) and not element.attrib:
                leaves[_local(element)] += 1
            seen += 1
            if seen >= _LOOKED_AT:
                break
    for level in (1, 2):
        counts = levels[level]
        name, count = counts.most_common(1)[0] if counts else ("", 0)
        if count > 1 and count >= _MOSTLY * counts.total() and leaves[name] < count:
            return name
    return root


def _local(element: Any) -> str:  # noqa: ANN401 - lxml's element
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def _value(element: Any) -> Any:  # noqa: ANN401 - lxml's element; text, dictionary or list
    """Attributes under `@name`, text beside them under `text`; an element that stands twice becomes a list."""
    found: dict[str, Any] = {f"@{etree.QName(name).localname}": value for name, value in element.attrib.items()}
    for child in element:
        name, inner = _local(child), _value(child)
        if name in found:
            held = found[name]
            found[name] = [*held, inner] if isinstance(held, list) else [held, inner]
        elif name:
            found[name] = inner
    text = (element.text or "").strip()
    if not found:
        return text or None
    if text:
        found["text"] = text
    return found


# ---------------------------------------------------------------- HL7 version 2


def hl7(found: Found) -> Iterator[dict[str, Any]]:
    """Messages of HL7 version 2, one dictionary each: `PID-3`, and its components from the second as `PID-3.2`.

    Separators are those that the message names itself (HL7 v2.5.1, chapter 2.5.4). Of a repeated segment the texts of a
    field are joined by lines, since that is how long texts are sent.
    """
    try:
        with stream_of(found) as stream:
            text, _ = decode(stream.read())
    except (OSError, EOFError) as error:
        raise unreadable(found, f"it cannot be read ({error})") from error
    message: dict[str, Any] = {}
    for line in text.replace("\r\n", "\r").replace("\n", "\r").split("\r"):
        if line.startswith("MSH"):
            if message:
                yield message
            message = {}
        if len(line) > len("MSH|"):
            _segment(line, message, line[3] if line.startswith("MSH") else "|")
    if message:
        yield message


def _segment(line: str, message: dict[str, Any], separator: str) -> None:
    cells = line.split(separator)
    first = 2 if cells[0] == "MSH" else 1
    for place, cell in enumerate(cells[1:], first):
        if not cell:
            continue
        values = {f"{cells[0]}-{place}": cell}
        if "^" in cell and not (cells[0] == "MSH" and place == first):
            parts = cell.split("^")
            values = {f"{cells[0]}-{place}": parts[0]}
            values |= {f"{cells[0]}-{place}.{number}": part for number, part in enumerate(parts[1:], 2) if part}
        for name, value in values.items():
            message[name] = f"{message[name]}\n{value}" if name in message and cells[0] in {"OBX", "NTE"} else value


# ---------------------------------------------------------------- workbooks


def workbook(found: Found, options: ReadOptions, notes: list[str]) -> Iterator[dict[str, Any]]:
    """The rows of the sheet that was named, else of the largest.

    Raises:
        InvalidInput: no workbook, one with a password, or no such sheet.
    """
    try:
        book = python_calamine.CalamineWorkbook.from_path(found.path)
    except (OSError, ValueError, python_calamine.CalamineError) as error:
        raise unreadable(found, "it is no workbook that can be read, or it has a password") from error
    if options.sheet and options.sheet not in book.sheet_names:
        raise InvalidInput(
            "source-sheet-unknown",
            f"there is no sheet `{options.sheet}`",
            place=found.place,
            remedy=f"name one of: {', '.join(book.sheet_names)}",
        )
    tables = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=True) for name in book.sheet_names}
    chosen = options.sheet or max(
        tables, key=lambda name: len(tables[name]) * len(tables[name][0] if tables[name] else ())
    )
    if len(tables) > 1 and not options.sheet:
        notes.append(f"{found.name}: read from its largest sheet, `{chosen}`")
    rows = [[_cell(cell) for cell in row] for row in tables[chosen]]
    if not rows:
        return
    header = has_header([["" if cell is None else str(cell) for cell in row] for row in rows[:200]])
    header = header if options.header is None else options.header
    shown = ["" if cell is None else str(cell) for cell in rows[0]]
    names = unique_names(shown) if header else tuple(f"column{place}" for place in range(len(shown)))
    for row in rows[1:] if header else rows:
        if any(cell is not None for cell in row):
            yield dict(zip(names, row, strict=False))


def _cell(cell: object) -> object:
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 2**53 else cell
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, (dt.date, dt.time, dt.timedelta)):
        return str(cell)
    return cell if cell != "" else None
