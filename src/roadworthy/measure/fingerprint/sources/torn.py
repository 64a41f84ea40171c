"""Parquet whose footer promises what its pages do not hold: which row groups can be read, and where the first fault is.

A page has no checksum most of the time, so a fault shows only when its values are unpacked. That is done when measuring
met one, and not before: it costs a pass over everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.sources import quoting

_TOGETHER = 200
"""Columns that are looked at by one statement."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Torn:
    """A file of which a part can be read."""

    rows: int
    """Rows that can be; 0 where none is left."""
    kept: str
    """SQL that those rows fulfil, over `file_row_number`: the reader skips the other row groups by it."""
    said: str
    """What is lost, in words."""


def torn(path: str, columns: Sequence[str], engine: DuckEngine) -> Torn | None:
    """What can be read of a file; None where all of it can.

    Raises:
        InvalidInput, Unavailable: not even its row groups can be listed.
    """
    if _fault(path, columns, engine) is None:
        return None
    listed = engine.rows(
        f"SELECT row_group_id, any_value(row_group_num_rows) FROM parquet_metadata({quoting.text(path)}) "
        "GROUP BY 1 ORDER BY 1"
    )
    begin, rows = 0, 0
    lost: list[tuple[int, int, int]] = []
    first = ""
    for number, count in ((int(number), int(count)) for number, count in listed):
        within = f"file_row_number BETWEEN {begin} AND {begin + count - 1}"
        fault = _fault(path, columns, engine, within)
        if fault is None:
            rows += count
        else:
            lost.append((number, begin, begin + count))
            first = first or _first(path, columns, engine, within, fault)
        begin += count
    kept = " AND ".join(f"NOT (file_row_number BETWEEN {low} AND {high - 1})" for _, low, high in lost)
    return Torn(rows, kept, _said(lost, len(listed), first))


def _fault(path: str, columns: Sequence[str], engine: DuckEngine, within: str = "true") -> str | None:
    """What the engine says while it reads every value of these columns; None where it says nothing."""
    for begin in range(0, len(columns), _TOGETHER):
        looks = ", ".join(f"max(hash({quoting.name(name)}))" for name in columns[begin : begin + _TOGETHER])
        try:
            engine.rows(
                f"SELECT {looks} FROM read_parquet({quoting.text(path)}, hive_partitioning = false) WHERE {within}"
            )
        except RoadworthyError as error:
            return error.message
    return None


def _first(path: str, columns: Sequence[str], engine: DuckEngine, within: str, fault: str) -> str:
    """The first column that cannot be read, found by halves, and why."""
    some = list(columns)
    while len(some) > 1:
        half = some[: len(some) // 2]
        some = half if _fault(path, half, engine, within) is not None else some[len(half) :]
    return f"in its column `{some[0]}`: {fault}" if some else fault


def _said(lost: Sequence[tuple[int, int, int]], groups: int, first: str) -> str:
    if not lost:
        return "its pages could not be read at once, and could one by one"
    numbers = ", ".join(f"{number + 1:,}" for number, _, _ in lost[:_SHOWN])
    more = f" and {len(lost) - _SHOWN:,} more" if len(lost) > _SHOWN else ""
    rows = sum(high - low for _, low, high in lost)
    which = f"row group{'s' if len(lost) > 1 else ''} {numbers}{more} of {groups:,}"
    return f"{which} ({rows:,} rows from row {lost[0][1] + 1:,} on) cannot be read, first {first}"
