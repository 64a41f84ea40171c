"""Charts that are tables: values or steps by name, with a bar in the cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from roadworthy.documents.charts.drawing import Said
from roadworthy.documents.charts.model import Bar, BarRow, Bars, Look
from roadworthy.documents.marking import visible
from roadworthy.documents.words import percent

MOST_ROWS = 10
MOST_NEW = 7
"""Rows for values that the pilot lacks, where a chart is about those; the commonest others keep them company."""
_LONGEST = 80


def paired(
    said: Said,
    pilot: Mapping[str, int],
    production: Mapping[str, int],
    rows: tuple[int, int],
    *,
    new_first: bool = False,
) -> Bars | None:
    """Values with their shares on both sides, the commonest of production first; what the pilot lacks says so.

    Args:
        said: the words.
        pilot: rows per value.
        production: rows per value.
        rows: of the pilot and of production, which the shares are of.
        new_first: whether the chart is about the values that the pilot lacks, so that they must be seen in it.
    """
    names = sorted({*pilot, *production}, key=lambda name: (-production.get(name, 0), -pilot.get(name, 0), name))
    if not names or not all(rows):
        return None
    if new_first:
        new, old = ([name for name in names if (pilot.get(name, 0) == 0) is lacks] for lacks in (True, False))
        few = max(MOST_NEW, MOST_ROWS - len(old))
        names = [*new[:few], *old, *new[few:]]
    shown = names[:MOST_ROWS]
    widest = max(max(pilot.get(name, 0) / rows[0], production.get(name, 0) / rows[1]) for name in shown) or 1.0
    return Bars(
        said.title,
        said.summary,
        ("Value", "Pilot", "Production"),
        tuple(_pair(name, (pilot.get(name, 0), production.get(name, 0)), rows, widest) for name in shown),
        f"And {len(names) - len(shown):,} more values." if len(names) > len(shown) else "",
    )


def _pair(name: str, counts: tuple[int, int], rows: tuple[int, int], widest: float) -> BarRow:
    before, after = counts[0] / rows[0], counts[1] / rows[1]
    new = counts[0] == 0
    return BarRow(
        named(name),
        (
            Bar(width(before, widest), told(counts[0], before), Look.PILOT),
            Bar(width(after, widest), told(counts[1], after), Look.OUTSIDE if new else Look.PRODUCTION),
        ),
        "not in the pilot" if new else "not in production" if counts[1] == 0 else "",
    )


def coverage(said: Said, cells: Sequence[tuple[str, int, int]], production: int, least: int) -> Bars | None:
    """How many rows of the pilot stand behind each value or pair, against how much of production it is.

    Args:
        said: the words.
        cells: name, rows of the pilot, rows of production.
        production: rows of production.
        least: rows of the pilot below which a cell is thin.
    """
    if not cells or not production:
        return None
    ordered = sorted(cells, key=lambda cell: (cell[1] >= least, cell[1] > 0, -cell[2], cell[0]))
    shown = ordered[:MOST_ROWS]
    most = max(cell[1] for cell in shown) or 1
    widest = max(cell[2] for cell in shown) or 1
    rest = ordered[len(shown) :]
    return Bars(
        said.title,
        said.summary,
        ("Value", "Rows in the pilot", "Share of production"),
        tuple(
            BarRow(
                named(name),
                (
                    Bar(width(before, most), f"{before:,}", Look.PILOT),
                    Bar(
                        width(after, widest),
                        percent(after / production),
                        Look.PRODUCTION if before >= least else Look.OUTSIDE,
                    ),
                ),
                "" if before >= least else "not in the pilot" if not before else f"fewer than {least} rows",
            )
            for name, before, after in shown
        ),
        f"And {len(rest):,} more, together {percent(sum(cell[2] for cell in rest) / production)} of production."
        if rest
        else "",
    )


def waterfall(said: Said, steps: Sequence[tuple[str, int, str]], rows: int) -> Bars | None:
    """What is left after each of some steps; a step is a name, the rows left, and a remark."""
    if not steps or not rows:
        return None
    return Bars(
        said.title,
        said.summary,
        ("Step", "Rows of production left"),
        tuple(
            BarRow(named(name), (Bar(width(left, rows), told(left, left / rows), Look.PRODUCTION),), remark)
            for name, left, remark in steps
        ),
    )


def width(value: float, widest: float) -> float:
    """Of a hundred; what is not nothing can be seen."""
    share = round(100 * value / widest, 1)
    return max(share, 0.8) if value else 0.0


def told(count: int, share: float) -> str:
    """`12,345 (3.1%)`."""
    return f"{count:,} ({percent(share)})" if count else "none"


def named(name: str) -> str:
    """A value as a name: nothing hidden in it, and cut where it is long."""
    text = " ".join(visible(name).split())
    return f"{text[:_LONGEST]}…" if len(text) > _LONGEST else text or "(empty)"
