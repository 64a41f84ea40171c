"""Whole statements, made of what an engine's emitter spells: many metrics of many columns in few scans."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from roadworthy.measure.fingerprint import metrics as m
from roadworthy.measure.fingerprint.emit import grouping, stacking
from roadworthy.measure.fingerprint.emit.base import MASKED, Emitter
from roadworthy.measure.fingerprint.relation import Field

MASKS = {"[0-9]": "9", "\\p{Lu}": "A", "\\p{Ll}": "a"}
"""What each sign of a mask stands for."""


def select(emit: Emitter, wanted: Sequence[m.Scalar | m.Tallied], source: str) -> str:
    """One statement for many scalars, in their order; among them grouped metrics that the engine has `tallied`."""
    return f"SELECT {', '.join(_scalar(emit, metric) for metric in wanted)} FROM {source}"


def _scalar(emit: Emitter, metric: m.Scalar | m.Tallied) -> str:
    template = emit.scalars.get(type(metric)) or emit.tallied[type(metric)]
    if isinstance(metric, m.Rows):
        return template
    field: Field = metric.field
    own = {each.name: getattr(metric, each.name) for each in dataclasses.fields(metric)}
    return template.format_map({
        **own,
        **emit.pieces(field.expression),
        "x": f"({field.expression})",
        "raw": f"({field.raw or field.expression})",
        "d": emit.double(field),
        "f": emit.finite(field),
        "integral": emit.whole(emit.finite(field)),
        "t": emit.micros(field),
    })  # fmt: skip


def groups(emit: Emitter, wanted: Sequence[m.Grouped], source: str, *, small: bool = False) -> str:
    """One statement for several grouped metrics: rows of (place in `wanted`, key, second key or NULL, count)."""
    found, others = stacking.stacked(emit, wanted, source) if small and emit.stacks else ([], range(len(wanted)))
    for place in others:
        inner = grouping.statement(emit, wanted[place], source)
        found.append(
            f"SELECT {place} AS m, {emit.as_text('a')} AS a, {emit.as_text('b')} AS b, n FROM ({inner}) AS g{place}"
        )
    return " UNION ALL ".join(found)


def words(emit: Emitter, values: Sequence[tuple[str, str]], source: str) -> str:
    """Rows of (place, value, count) of texts: of SQL of each, and of which rows it is wanted."""
    if emit.stacks:
        return stacking.words(values, source)
    return " UNION ALL ".join(
        f"SELECT {place} AS m, {text} AS v, count(*) AS n FROM {source} WHERE {where} GROUP BY 1, 2"
        for place, (text, where) in enumerate(values)
    )


def matching(emit: Emitter, wanted: Sequence[m.Matching], source: str) -> str:
    """Of a source of (m, v, n): rows of (m, all values, values that match each)."""
    hits = ", ".join(f"sum(n) FILTER (WHERE {_matched(emit, each)})" for each in wanted)
    return f"SELECT m, sum(n), {hits} FROM {source} GROUP BY m"


def _matched(emit: Emitter, wanted: m.Matching) -> str:
    fits = emit.matched("v", wanted.pattern)
    # CASE, since both sides of AND are worked out for every row.
    return f"CASE WHEN v < ':' THEN {fits} END" if wanted.early else fits


def listed(emit: Emitter, wanted: m.Listed, source: str) -> str:
    """Of a source of (m, v, n): rows of (m, value, count), of the values in a list."""
    words = ", ".join(emit.literal(word) for word in wanted.words)
    longest = 2 * max(len(word.encode()) for word in wanted.words)
    pieces = emit.pieces("v")
    # Folding takes fifty times as long as `lower`, without which no value of clean edges is in a list of small letters.
    edged = f"v < '!' OR {pieces['begins_hard']} OR {pieces['ends_hard']} OR {pieces['last']} < '!'"
    likely = f"{pieces['octets']} <= {longest} AND (lower(v) IN ({words}) OR {edged})"
    folded = f"CASE WHEN {likely} THEN {emit.folded('v')} END"
    return f"SELECT m, v, sum(n) FROM {source} WHERE {folded} IN ({words}) GROUP BY 1, 2"


def masks(emit: Emitter, wanted: m.Masks, source: str) -> str:
    """Of a source of (m, v, n): rows of (m, mask, count), the commonest of each m."""
    # Runs first, and single signs once values of equal runs are counted together: to translate sign by sign takes four
    # times as long (measured).
    runs, mask = f"left(v, {MASKED})", "runs"
    for signs, shown in MASKS.items():
        runs, mask = emit.replaced(runs, f"{signs}{{2,}}", f"{shown}+"), emit.replaced(mask, signs, shown)
    shortened = f"SELECT m, {runs} AS runs, sum(n) AS n FROM {source} GROUP BY 1, 2"
    counted = f"SELECT m, {mask} AS mask, sum(n) AS n FROM ({shortened}) AS s GROUP BY 1, 2"
    ranked = f"SELECT *, row_number() OVER (PARTITION BY m ORDER BY n DESC, mask) AS place FROM ({counted}) AS c"
    return f"SELECT m, mask, n FROM ({ranked}) AS r WHERE place <= {wanted.most} ORDER BY m, place"


def special(emit: Emitter, metric: m.Special, source: str) -> str:
    """A statement of its own with one row: see the functions of `grouping`."""
    return grouping.special(emit, metric, source)
