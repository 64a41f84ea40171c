"""The header of a table: which row names the columns, which rows above group them, and the columns themselves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from roadworthy.inventory.importing import mapping as naming
from roadworthy.inventory.importing.model import Column, letters

SEARCH_ROWS = 60
"""How far down a header is looked for."""

_KNOWN = 0.85
_TWO = 2
_FULL = 0.6
_DISTINCT = 0.8
_SHORT_LABEL = 80
_SHOWN = 10
_DATA = re.compile(r"[\d\s.,%$€£/:\-]+|.*[^\s@]@[^\s@]+\..*|.*://.*", re.DOTALL)

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header stands; rows count from 0."""

    top: int
    """The first row that belongs to it."""
    row: int
    """The last row of it, under which the values begin."""
    names: Cells
    """For each column its own name, empty where it has none."""
    groups: Cells
    """For each column the label that stands above it and others."""
    known: int
    """How many of the names the inventory knows."""


def find_header(rows: Sequence[Cells], everything: Sequence[Cells]) -> Header | None:
    """Find the header in the first rows of a sheet.

    Args:
        rows: the first `SEARCH_ROWS` rows, white space collapsed.
        everything: all rows as they are, to know how full a usual row is.
    """
    scores = []
    for row in rows:
        scores.append(_known(row))
        if scores[-1] >= _TWO and scores[-1] * 2 >= len({cell for cell in row if cell}):
            break  # Most of its cells are names: no row of values below will know more.
    most = max(scores, default=0)
    if most >= _TWO:
        return header_at(rows, scores.index(most))
    counts = Counter(_filled(row) for row in everything[:1000] if _filled(row))
    usual = max((width for width, count in counts.items() if count * 2 >= max(counts.values())), default=0)
    for index, row in enumerate(rows):
        filled = [cell for cell in row if cell]
        full = bool(filled) and len(filled) >= usual * _FULL and len(set(filled)) >= len(filled) * _DISTINCT
        if full and not _looks_like_data(filled):
            return header_at(rows, index)
    return None


def header_at(rows: Sequence[Cells], row: int) -> Header:
    """The header whose main row is given, with the rows above and below that belong to it."""
    top = row
    while top > 0 and _groups_columns(rows[top - 1]):
        top -= 1
    bottom = row + 1 if row + 1 < len(rows) and _is_below(rows[row], rows[row + 1]) else row
    width = max(map(len, rows[top : bottom + 1]))
    names = [_at(rows[bottom], index) or _at(rows[row], index) for index in range(width)]
    above = [*rows[top:row], *(rows[row : row + 1] if bottom > row else ())]
    groups = [""] * width
    for labels in above:
        for index, label in enumerate(_forward(labels, width)):
            groups[index] = (
                f"{groups[index]} {label}".strip() if label not in {groups[index], names[index]} else groups[index]
            )
    for index in range(width):
        direct = [label for labels in rows[top:row] if (label := _at(labels, index))]
        if not names[index] and direct and sum(label == direct[-1] for label in rows[row - 1]) == 1:
            alone = index + 1 >= width or names[index + 1] or _at(rows[row - 1], index + 1)
            names[index] = direct[-1] if alone else ""
    return Header(top, bottom, tuple(names), tuple(groups), max(_known(rows[row]), _known(tuple(names))))


def columns_of(header: Header, body: Sequence[Cells], width: int) -> tuple[tuple[Column, ...], list[str]]:
    """The columns of a table and notes about them; columns with neither name nor value are left out."""
    used = {index for row in body for index, cell in enumerate(row) if cell and not cell.isspace()}
    columns: list[Column] = []
    notes: list[str] = []
    seen: Counter[str] = Counter()
    repeated = Counter(name for name in header.names if name)
    last_single = ""
    spacers: list[int] = []
    for index in range(width):
        name = _at(header.names, index)
        group = _at(header.groups, index)
        if not name and index not in used:
            spacers.append(index)
            continue
        if not name:
            name = f"column {letters(index)}"
            notes.append(f"column {letters(index)} has values and no name")
        label = name
        if repeated[name] > 1:
            label = f"{name} (after: {last_single})" if last_single else name
        else:
            last_single = name
        seen[label] += 1
        columns.append(Column(index, label if seen[label] == 1 else f"{label} ({seen[label]})", name, group))
    between = [letters(index) for index in spacers if columns and index < columns[-1].index]
    if between:
        more = " and others" if len(between) > _SHOWN else ""
        notes.append(f"empty columns were left out: {', '.join(between[:_SHOWN])}{more}")
    doubles = [name for name, count in repeated.items() if count > 1]
    if doubles:
        notes.append(
            f"{len(doubles)} headers occur more than once and are told apart by the column before: `{doubles[0]}`"
        )
    return tuple(columns), notes


def _known(row: Cells) -> int:
    names = {cell for cell in row if cell}
    return sum(1 for name in names if (found := naming.by_name(name)) is not None and found[1] >= _KNOWN)


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell and not cell.isspace())


def _looks_like_data(filled: Sequence[str]) -> bool:
    return sum(1 for cell in filled if _DATA.fullmatch(cell)) * 4 > len(filled)


def _groups_columns(row: Cells) -> bool:
    """Whether a row above the header labels groups of columns: at least two different labels, no data."""
    labels = [cell for cell in row if cell]
    return len(set(labels)) >= _TWO and not _looks_like_data(labels)


def _is_below(upper: Cells, lower: Cells) -> bool:
    """Whether the row under a header row divides its groups: it names only columns that share a label above."""
    labels = _forward(upper, max(len(upper), len(lower)))
    shared = {label for label, count in Counter(labels).items() if count > 1}
    named = 0
    for index, label in enumerate(labels):
        below = _at(lower, index)
        if below in {"", label}:
            continue
        if label not in shared or len(below) > _SHORT_LABEL or _DATA.fullmatch(below):
            return False
        named += 1
    return named >= _TWO


def _forward(row: Cells, width: int) -> list[str]:
    """Labels carried to the right over the empty cells that a merged area leaves."""
    carried, result = "", []
    for index in range(width):
        carried = _at(row, index) or carried
        result.append(carried)
    return result


def _at(row: Sequence[str], index: int) -> str:
    return row[index] if index < len(row) else ""
