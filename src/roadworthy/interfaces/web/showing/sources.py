"""The row of a sheet that a use case came from, cell by cell."""

from __future__ import annotations

from datetime import datetime

from roadworthy.interfaces.web.views.parts import Moment
from roadworthy.interfaces.web.views.use_case import Source, SourceCell
from roadworthy.inventory.importing.model import KEEP, letters
from roadworthy.inventory.importing.store import Run, SourceRow


def source_of(row: SourceRow, run: Run, now: datetime) -> Source:
    """Every cell that holds something, with what became of it."""
    columns = run.report["columns"]
    unplaced = {item["column"]: item["reason"] for item in row.unplaced}
    cells = []
    for position, text in enumerate(row.cells):
        if not text.strip():
            continue
        column = columns[position] if position < len(columns) else {"column": letters(position), "target": KEEP}
        became = "kept" if column["target"] == KEEP else column["target"]
        reason = unplaced.get(column["column"])
        cells.append(SourceCell(column["column"], text, f"{became}; {reason}" if reason else became))
    where = f"sheet {row.sheet}, row {row.row:,}" if row.sheet else f"row {row.row:,}"
    return Source(run.file, where, Moment.of(run.at, now), tuple(cells), row.flags)
