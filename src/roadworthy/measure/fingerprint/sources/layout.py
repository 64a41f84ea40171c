"""How a delimited file is laid out, told from its first rows: what separates, whether it has a header, the names."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from roadworthy.inventory.importing import delimited
from roadworthy.inventory.importing.encoding import decode
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.model import Form
from roadworthy.measure.fingerprint.sources import quoting
from roadworthy.measure.fingerprint.sources.formats import PART, Found, disguise, head_of, unreadable
from roadworthy.measure.fingerprint.sources.forms import AS_TEXT, reading
from roadworthy.measure.fingerprint.sources.options import ReadOptions

_HINT = re.compile(r'^"?sep=(.)"?[\r\n]+')
_ROWS = 200
_BODY = 40
_LINES = 200
_BYTES = 64 * 1024
_RARE = "~^\x01\x1f\x1e\xa6"
"""Delimiters of systems of old, which hardly stand in text."""
_SNIFFED = 16 * 1024


@dataclass(frozen=True, slots=True)
class Layout:
    """Two files of one layout are read by one statement."""

    delimiter: str
    quote: str
    header: bool
    columns: tuple[str, ...]
    skip: int = 0
    """Lines in front of the header that belong to a program, not to the data."""
    twice: tuple[str, ...] = ()
    """Names that stand in the header more than once."""


def layout_of(found: Found, engine: DuckEngine, options: ReadOptions) -> Layout | None:
    """The layout of a file; None of an empty one.

    Raises:
        InvalidInput: it cannot be read, or is no text.
    """
    what = disguise(found)
    if what is not None:
        raise unreadable(found, what)
    text = _head(found, engine)
    hint = _HINT.match(text)
    if hint is not None:
        text = text[hint.end() :]
    if not text.strip("\x00\r\n\t \ufeff"):
        return None
    delimiter = options.delimiter or (hint[1] if hint else _tab(found) or _sniffed(text[:_SNIFFED]))
    quote = '"' if options.quote is None else options.quote
    rows = _rows(text, delimiter, quote)
    header = has_header(rows) if options.header is None else options.header
    width = len(rows[0])
    names = unique_names(rows[0]) if header else tuple(f"column{place}" for place in range(width))
    return Layout(delimiter, quote, header, names, 1 if hint else 0, _twice(rows[0]) if header else ())


def _twice(cells: Sequence[str]) -> tuple[str, ...]:
    """Names that stand more than once, in whatever case."""
    counts = Counter(cell.strip().casefold() for cell in cells if cell.strip())
    return tuple(dict.fromkeys(cell.strip() for cell in cells if counts[cell.strip().casefold()] > 1))


def _sniffed(text: str) -> str:
    """The usual delimiters first; where none of them parts anything, a rarer one that stands in every line alike."""
    usual = delimited.sniff(text)
    lines = [line for line in text.splitlines()[: _ROWS - 1] if line][:_ROWS]
    if len(text) == _SNIFFED:
        lines = lines[:-1]
    if len(lines) <= 1 or any(usual in line for line in lines):
        return usual
    alike = (sign for sign in _RARE if len({line.count(sign) for line in lines}) == 1 and sign in lines[0])
    return next(alike, usual)


def _tab(found: Found) -> str | None:
    return "\t" if found.plain in {".tsv", ".tab"} else None


def _head(found: Found, engine: DuckEngine) -> str:
    head = head_of(found, _BYTES)
    if not head and found.size:
        lines = engine.rows(
            f"SELECT line FROM read_csv({quoting.text(found.path)}, auto_detect = false, "
            "columns = {'line': 'VARCHAR'}, "
            f"delim = '\x1f', quote = '', escape = '', header = false) LIMIT {_LINES}"
        )
        return "\n".join(str(line) for (line,) in lines) + "\n"
    text, _ = decode(head[: len(head) // 4 * 4] if len(head) > _LINES else head)
    return text.removeprefix("\ufeff")


def _rows(text: str, delimiter: str, quote: str) -> list[list[str]]:
    lines = io.StringIO(text, newline="")
    found: list[list[str]] = []
    for row in csv.reader(lines, delimiter=delimiter, quotechar=quote or None, quoting=0 if quote else 3):
        if row:
            found.append(row)
        if len(found) > _ROWS:
            break
    return found or [[text]]


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: it does, unless its cells read like those below them."""
    first, below = rows[0], rows[1:_BODY]
    if not below:
        return all(reading("", [cell]).form in {Form.TEXT, Form.EMPTY} for cell in first)
    votes = 0
    for place, cell in enumerate(first):
        how = reading("", [row[place] for row in below if place < len(row)])
        if how.form not in {Form.TEXT, Form.EMPTY}:
            own = reading("", [cell])
            votes += 1 if own == AS_TEXT or own.form is Form.EMPTY else -1
    return votes >= 0


def unique_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Names of columns: the second `a` becomes `a_1`, one without a name `column3`. Upper and lower case are alike."""
    found: list[str] = []
    taken = {PART, "rowid"}  # the second is what the engine calls the number of a row
    for place, cell in enumerate(cells):
        name = wanted = cell.strip() or f"column{place}"
        number = 0
        while name.casefold() in taken:
            number += 1
            name = f"{wanted}_{number}"
        taken.add(name.casefold())
        found.append(name)
    return tuple(found)
