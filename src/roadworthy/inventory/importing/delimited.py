"""Delimited text: which sign separates, where a quote never closes, and the rows.

A quote that never closes swallows every row after it, and which rows those are cannot be known. Such a file is
refused with the line on which the quote opened; importing the rows before it would look like success.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.inventory.importing import limits
from roadworthy.inventory.importing.encoding import decode
from roadworthy.inventory.importing.model import Sheet

DELIMITERS = ",;\t|"
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_HINT = re.compile(r'^"?sep=(.)"?[\r\n]+')
"""The first line that Excel itself writes and reads to tell the delimiter."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_SAMPLE_CHARACTERS = 256 * 1024
_SAMPLE_ROWS = 200

csv.field_size_limit(limits.MAX_BYTES)


def read_delimited(name: str, content: bytes) -> Sheet:
    """Read delimited text into one sheet named after nothing; blank lines stay as empty rows.

    Raises:
        InvalidInput: a quote that never closes.
        TooLarge: over a limit.
    """
    text, notes = decode(content)
    hint = _HINT.match(text)
    if hint is not None and hint[1] in DELIMITERS:
        # A spreadsheet program takes the line as an instruction and shows the next one as row 1; so do we.
        delimiter, text = hint[1], text[hint.end() :]
    else:
        delimiter = sniff(text)
    if delimiter != ",":
        notes = (*notes, f"columns are separated by {_NAMES[delimiter]}")
    rows, repaired = _rows(name, text, delimiter)
    limits.check_rows(name, None, rows)
    return Sheet("", tuple(rows), (*notes, *repaired))


def sniff(text: str) -> str:
    """The delimiter under which most rows of the sample have the same, largest, number of columns."""
    sample = text[:_SAMPLE_CHARACTERS]
    return max(DELIMITERS, key=lambda delimiter: (_agreement(sample, delimiter), -DELIMITERS.index(delimiter)))


def _agreement(sample: str, delimiter: str) -> float:
    widths: Counter[int] = Counter()
    for row in _lenient(sample, delimiter):
        if any(row):
            widths[len(row)] += 1
        if widths.total() >= _SAMPLE_ROWS:
            break
    if not widths:
        return 0.0
    width, rows = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    if width == 1:
        return 0.0
    return rows / widths.total() + min(width, 50) / 100


def _lenient(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _rows(name: str, text: str, delimiter: str) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    try:
        return [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)], ()
    except csv.Error:
        notes = _tolerated(name, text, delimiter)
        return [tuple(row) for row in _lenient(text, delimiter)], notes


def _tolerated(name: str, text: str, delimiter: str) -> tuple[str, ...]:
    """Text after a closing quote is usual in files written by hand and harmless; a lost quote is not."""
    stray = []
    for fault, opened in _quote_faults(text, delimiter):
        line, column = _line_of(text, opened)
        if fault == "lost":
            raise _unclosed(name, line, column)
        stray.append(str(line))
    shown = ", ".join(stray[:5]) + (" and others" if len(stray) > 5 else "")  # noqa: PLR2004 - five are enough to look
    return (f"line {shown}: text follows a closing quote and was kept as part of the cell",) if stray else ()


def _quote_faults(text: str, delimiter: str) -> Iterator[tuple[str, int]]:
    """What is wrong with the quotes, each with the position of the quote that opened the cell.

    A cell is `lost` when its quote never closes, or when what closes it is, by its place behind a delimiter, the
    opening quote of a later cell on another line. Otherwise text behind a closing quote is merely `stray`.
    """
    ends = delimiter + "\r\n"
    end = re.compile(f"[{re.escape(delimiter)}\r\n]")
    position = 0
    while position < len(text):
        if text[position] == '"':
            opened, position = position, _closing(text, position + 1)
            if position < 0:
                yield "lost", opened
                return
            after = text[position + 1 : position + 2]
            if after and after not in ends:
                spans = _LINE_END.search(text, opened, position) is not None
                yield ("lost" if text[position - 1] in ends and spans else "stray"), opened
        found = end.search(text, position)
        if found is None:
            return
        position = found.end()


def _closing(text: str, position: int) -> int:
    """Where the quote closes that opened before `position`, or -1; two quotes in a row are one that is meant."""
    while (position := text.find('"', position)) >= 0:
        if text[position + 1 : position + 2] != '"':
            return position
        position += 2
    return -1


def _line_of(text: str, position: int) -> tuple[int, int]:
    """Line and column, from 1, of a position; every kind of line end counts once."""
    before = text[:position]
    breaks = list(_LINE_END.finditer(before))
    return len(breaks) + 1, position - (breaks[-1].end() if breaks else 0) + 1


def _unclosed(name: str, line: int, column: int) -> InvalidInput:
    return InvalidInput(
        "import-quote-unclosed",
        f"a quote opens in line {line} and never closes, so everything after it would be one cell",
        place=Place(source=name, line=line, column=column),
        remedy=f'close the quote in line {line} (a quote inside a cell is written twice: ""), then import again',
    )
