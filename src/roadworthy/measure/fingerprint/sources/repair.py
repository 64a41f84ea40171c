"""Delimited files that the engine does not take as they are, written anew: encoding, rows of another width, quotes.

Whatever can be kept is kept, and what had to be assumed is said. One thing cannot be mended: a quote that never closes
swallows every row after it, and which rows those are cannot be known. Such a file is refused with the line.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.inventory.importing import encoding
from roadworthy.measure.fingerprint.sources.formats import Found, head_of, stream_of
from roadworthy.measure.fingerprint.sources.layout import Layout

_END = "\x02end of the file\x02"
"""Put behind the last line: if it does not come out as a row of its own, a quote has swallowed it."""
_LONGEST = 256 * 1024 * 1024
_ODD, _FEW = 0.05, 20
"""Share of rows of another width from which the file is of two layouts, and how many rows there must be to say so."""
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Repaired:
    """A clean copy of a file: UTF-8, a comma, every cell that needs it quoted, one width."""

    path: Path
    notes: tuple[str, ...]
    lost: str | None = None
    """What cannot be taken for read: so many rows of another width that the layout must have changed."""


def repaired(found: Found, layout: Layout, target: Path, wanted: str | None = None) -> Repaired:
    """Write a clean copy.

    Args:
        found: the file.
        layout: as told from its head.
        target: where the copy goes.
        wanted: its encoding, where somebody said.

    Raises:
        InvalidInput: a quote never closes.
    """
    charset = wanted or charset_of(found)
    width = len(layout.columns)
    widths: Counter[str] = Counter()
    first: dict[str, int] = {}
    rows = -1 if layout.header else 0  # the header is none
    counting = _Lines()
    csv.field_size_limit(_LONGEST)
    with (
        stream_of(found) as stream,
        io.TextIOWrapper(stream, charset, errors=_errors(charset), newline="") as text,
        target.open("w", encoding="utf-8", newline="") as copy,
    ):
        writer = csv.writer(copy)
        lines = counting.of(text)
        for _ in range(layout.skip):
            next(lines, None)
        reader = csv.reader(
            lines,
            delimiter=layout.delimiter,
            quotechar=layout.quote or None,
            quoting=csv.QUOTE_MINIMAL if layout.quote else csv.QUOTE_NONE,
        )
        begun, ended = 1 + layout.skip, False
        for row in reader:
            ended = row == [_END]
            if ended or not row:
                begun = counting.seen + 1
                counting.recent.clear()
                continue
            spans = counting.seen > begun
            if _END in row[-1] or (spans and (len(row) != width or _closes_wrongly(counting.recent, layout))):
                raise _unclosed(found, begun, row)
            rows += 1
            if len(row) != width:
                kind = "short" if len(row) < width else "long"
                widths[kind] += 1
                first.setdefault(kind, begun)
            begun = counting.seen + 1
            counting.recent.clear()
            writer.writerow(_fitted(row, width, layout.delimiter))
    odd = widths.total() > _ODD * rows and rows > _FEW
    lost = None
    if odd:
        lost = (
            f"{widths.total():,} of {rows:,} rows have another number of cells than the header, the first stands in "
            f"line {min(first.values()):,}: what is written there may be of another layout"
        )
    return Repaired(target, _notes(found, charset, widths, first), lost)


class _Lines:
    """Counts lines as they are read; zero bytes, which programs of old leave behind, are left out."""

    def __init__(self) -> None:
        self.seen = 0
        self.recent: list[str] = []
        """The lines of the row that is being read."""

    def of(self, text: Iterator[str]) -> Iterator[str]:
        for line in text:
            self.seen += 1
            self.recent.append(line.replace("\x00", ""))
            yield self.recent[-1]
        yield f"{_END}\n"


def _closes_wrongly(lines: list[str], layout: Layout) -> bool:
    """Whether text follows a closing quote in a row of several lines: then it is the opening quote of another row."""
    try:
        list(csv.reader(lines, delimiter=layout.delimiter, quotechar=layout.quote or None, strict=True))
    except csv.Error:
        return True
    return False


def charset_of(found: Found) -> str:
    """The encoding that a file's first bytes show; UTF-8 with a way out where they show nothing."""
    head = head_of(found)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    _, notes = encoding.decode(head[: len(head) // 4 * 4])
    wide = next((name for name in ("utf-16-le", "utf-16-be") if any(name.upper() in note for note in notes)), None)
    return wide or ("mac_roman" if any("Mac Roman" in note for note in notes) else "utf-8")


def _errors(charset: str) -> str:
    """Bytes that are no UTF-8 are read as Windows-1252 one by one: a file in it is read, and so is a mixed one."""
    return "windows-bytes" if charset.startswith("utf-8") else "replace"


def _fitted(row: list[str], width: int, delimiter: str) -> list[str]:
    """A row of the right width. What is too much goes to the last cell: a delimiter in free text, most of the time."""
    if len(row) <= width:
        return [*row, *[""] * (width - len(row))]
    return [*row[: width - 1], delimiter.join(row[width - 1 :])]


def _decodes(found: Found) -> bool:
    """Whether all of it is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with stream_of(found) as stream:
            while block := stream.read(1 << 20):
                decoder.decode(block)
    except UnicodeDecodeError:
        return False
    return True


def _notes(found: Found, charset: str, widths: Counter[str], first: Mapping[str, int]) -> tuple[str, ...]:
    notes = []
    if charset.startswith("utf-8"):
        if not _decodes(found):
            notes.append(f"{found.name}: bytes that are not UTF-8 were read as Windows-1252")
    else:
        notes.append(f"{found.name}: read as {charset.upper()}")
    if widths["short"]:
        where = f"the first stands in line {first['short']:,}"
        notes.append(
            f"{found.name}: {widths['short']:,} rows end early ({where}); the cells that they lack are missing"
        )
    if widths["long"]:
        where = f"the first stands in line {first['long']:,}"
        notes.append(
            f"{found.name}: {widths['long']:,} rows have too many cells ({where}); the rest stands in the last one"
        )
    return tuple(notes)


def _unclosed(found: Found, begun: int, row: list[str]) -> InvalidInput:
    first = next((place for place, cell in enumerate(row) if "\n" in cell or "\r" in cell or _END in cell), 0)
    line = begun + sum(cell.count("\n") for cell in row[:first])
    return InvalidInput(
        "source-quote-unclosed",
        "a quote that opens in this line is never closed, or closes only at another row's",
        place=Place(source=found.name, line=line),
        remedy="close the quote, or write two quotes where one is meant, then measure again",
    )
