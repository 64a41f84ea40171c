"""Counts of many columns in one scan of few rows, for an engine to which every scan of a statement is dear.

The values of a row are laid under one another, each with the place of its metric, and counted together. Over few rows
that takes a quarter of the time of a scan for each metric (measured on Spark: planning two dozen scans took longer than
scanning). Over many rows it would not: numbers have to become texts before they are counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from roadworthy.measure.fingerprint import metrics as m
from roadworthy.measure.fingerprint.emit import grouping
from roadworthy.measure.fingerprint.planner import floating

if TYPE_CHECKING:
    from roadworthy.measure.fingerprint.emit.base import Emitter


def stacked(emit: Emitter, wanted: Sequence[m.Grouped], source: str) -> tuple[list[str], list[int]]:
    """Statements with rows of (m, a, b, n) for those metrics that can be stacked, and the places of the others."""
    cells: dict[tuple[object, ...], list[int]] = {}
    single: list[tuple[int, str]] = []
    others: list[int] = []
    for place, metric in enumerate(wanted):
        if isinstance(metric, m.Cellwise):
            cells.setdefault((metric.by, metric.within), []).append(place)
        elif (value := _alone(emit, metric)) is not None:
            single.append((place, value))
        else:
            others.append(place)
    found = [_cells(emit, wanted, places, source) for places in cells.values()]
    if single:
        found.append(_singles(emit, single, source))
    return found, others


def words(values: Sequence[tuple[str, str]], source: str) -> str:
    """Rows of (place, value, count).

    Args:
        values: SQL of a text, and of which rows it is wanted.
        source: what stands after FROM.
    """
    stack = _stack((place, f"CASE WHEN {where} THEN {text} END") for place, (text, where) in enumerate(values))
    laid = f"SELECT {stack} AS (m, v) FROM {source}"
    return f"SELECT m, v, count(*) AS n FROM ({laid}) AS s WHERE v IS NOT NULL GROUP BY 1, 2"


def _alone(emit: Emitter, metric: m.Grouped) -> str | None:
    """The key of a metric as text; None where it cannot be told from a text or has to be cut to the fullest."""
    match metric:
        # Zero has two signs and one value, which only a comparison of numbers knows.
        case m.Values() if not floating(metric.field):
            return emit.as_text(f"({metric.field.expression})")
        case m.Lengths():
            return emit.as_text(emit.pieces(f"({metric.field.expression})")["length"])
        case _:
            return None


def _singles(emit: Emitter, single: Sequence[tuple[int, str]], source: str) -> str:
    counted = f"SELECT m, a, count(*) AS n FROM (SELECT {_stack(single)} AS (m, a) FROM {source}) AS s"
    return f"SELECT m, a, {emit.as_text('NULL')} AS b, n FROM ({counted} WHERE a IS NOT NULL GROUP BY 1, 2) AS c"


def _cells(emit: Emitter, wanted: Sequence[m.Grouped], places: Sequence[int], source: str) -> str:
    """All columns within the values of one breakdown."""
    values, keys = [], []
    head = wanted[places[0]]
    for place in places:
        metric = wanted[place]
        assert isinstance(metric, m.Cellwise)  # noqa: S101 - they were chosen for that
        head = metric
        value, key = grouping.cellwise(emit, metric)
        values.append(f"{value} AS v{place}")
        keys.append((place, f"CAST({key(f'v{place}')} AS BIGINT)"))
    assert isinstance(head, m.Cellwise)  # noqa: S101 - as above
    within = ", ".join(emit.literal(word) for word in head.within)
    inner = f"SELECT {emit.as_text(head.by.expression)} AS c, {', '.join(values)} FROM {source}"
    laid = f"SELECT c, {_stack(keys)} AS (m, v) FROM ({inner}) AS s WHERE c IN ({within})"
    counted = f"SELECT m, c, v, count(*) AS n FROM ({laid}) AS l WHERE v IS NOT NULL GROUP BY 1, 2, 3"
    return f"SELECT m, c AS a, {emit.as_text('v')} AS b, n FROM ({counted}) AS g"


def _stack(values: Iterator[tuple[int, str]] | Sequence[tuple[int, str]]) -> str:
    each = [f"{place}, {value}" for place, value in values]
    return f"stack({len(each)}, {', '.join(each)})"
