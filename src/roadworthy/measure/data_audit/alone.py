"""How well one column alone tells the label: a column that tells it nearly perfectly was filled after the fact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from roadworthy.measure.data_audit.model import Matching
from roadworthy.measure.data_audit.unproven import sampled
from roadworthy.measure.fingerprint.model import Column, Fingerprint, Form
from roadworthy.measure.fingerprint.relation import Engine, Field, Opened
from roadworthy.measure.fingerprint.terms import Declared

MOST_ROWS = 100_000
"""Rows on which it is tried."""
FEWEST = 30
"""Rows of each of the label's two values below which nothing is said."""
_CLASSES = 2
_MOST_VALUES = 1_000
_MOST_BINS = 400
_MOST_COLUMNS = 500
"""Columns that are tried: one after the other, each by a statement of its own."""


def single_column(
    pilot: Fingerprint,
    production: Fingerprint,
    matching: Matching,
    declared: Declared,
    before: Opened | None,
    after: Opened | None,
    engine: Engine,
) -> Mapping[str, float]:
    """Pilot's column to the area under the ROC curve of the label by that column alone, 0.5 to 1, on a sample.

    The pilot is asked where it is in reach and has enough of both values, since its measured quality is what a leak
    makes untrue; else production. A list of values is ordered by the label's rate on one half of the rows and judged
    on the other, because an order taken from the rows that it is judged on tells the label of any list of rare values.
    """
    if declared.label is None:
        return {}
    names = {pair.production: pair.pilot for pair in matching.pairs}
    sides: list[tuple[Opened, Fingerprint, str, Mapping[str, str]]] = []
    if before is not None and declared.label in names:
        sides.append((before, pilot, names[declared.label], {}))
    if after is not None:
        sides.append((after, production, declared.label, names))
    for opened, side, label, called in sides:
        found = _tried(opened, side, label, engine)
        if found is not None:
            return {called.get(name, name): area for name, area in found.items()}
    return {}


def _tried(opened: Opened, side: Fingerprint, label: str, engine: Engine) -> Mapping[str, float] | None:
    values = _two_values(side.column(label))
    if values is None:
        return None
    apart = {label, side.declared.label_time, *side.declared.key}
    usable = [
        (field, column)
        for field in opened.relation.fields
        if field.name not in apart and (column := side.column(field.name)) is not None and _worth(column)
    ]
    target = next((field for field in opened.relation.fields if field.name == label), None)
    if target is None or not usable:
        return None
    usable = usable[:_MOST_COLUMNS]
    kept = _kept(opened, side.rows, target, [field for field, _ in usable], engine)
    areas = {}
    for number, (field, column) in enumerate(usable):
        rows = engine.rows(_counts(kept, f"c{number}", column, engine.dialect))
        area = _area(rows, values[1], ordered=column.form.numeric)
        if area is not None:
            areas[field.name] = area
    return areas


def _two_values(column: Column | None) -> tuple[str, str] | None:
    """The two values of a label that has two, each often enough; the rarer one second."""
    if column is None or column.vocabulary is None or len(column.vocabulary.counts) != _CLASSES:
        return None
    (often, _), (rare, count) = Counter(column.vocabulary.counts).most_common()
    return (often, rare) if count >= FEWEST else None


def _worth(column: Column) -> bool:
    if column.present == 0:
        return False
    if column.form.numeric:
        return True
    listed = column.vocabulary is not None and len(column.vocabulary.counts) <= _MOST_VALUES
    return listed and column.form in {Form.TEXT, Form.BOOLEAN}


def _kept(opened: Opened, rows: int, target: Field, fields: Sequence[Field], engine: Engine) -> str:
    text = "STRING" if engine.dialect == "spark" else "VARCHAR"
    half = opened.relation.row_number
    parts = [
        f"CAST({target.expression} AS {text}) AS label_",
        f"{'0' if half is None else f'MOD({half}, 2)'} AS half_",
        *(f"{field.expression} AS c{number}" for number, field in enumerate(fields)),
    ]
    drawn = sampled(opened.relation, rows, MOST_ROWS)
    return engine.keep("alone", f"SELECT {', '.join(parts)} FROM {opened.relation.source}{drawn}")


def _counts(kept: str, name: str, column: Column, dialect: str) -> str:
    """Rows by half, label and value; numbers in bins of about equal count, ordered."""
    if column.form.numeric:
        bucket = f"NTILE({_MOST_BINS}) OVER (ORDER BY {name})"
        # Equal numbers must not fall into two bins, or their order in the file would count.
        inner = f"SELECT label_, 0 AS half_, {name} AS v, {bucket} AS t FROM {kept} WHERE {name} IS NOT NULL"
        same = f"SELECT label_, half_, MIN(t) OVER (PARTITION BY v) AS bucket_ FROM ({inner}) AS a"
    else:
        text = "STRING" if dialect == "spark" else "VARCHAR"
        same = f"SELECT label_, half_, CAST({name} AS {text}) AS bucket_ FROM {kept}"
    keys = "half_, bucket_, label_"
    return f"SELECT {keys}, COUNT(*) FROM ({same}) AS b WHERE label_ IS NOT NULL GROUP BY {keys}"


def _area(rows: Sequence[Sequence[object]], positive: str, *, ordered: bool) -> float | None:
    cells: dict[tuple[int, object], list[int]] = {}
    for half, bucket, label, count in rows:
        cell = cells.setdefault((int(str(half)), bucket), [0, 0])
        cell[label == positive] += int(str(count))
    if ordered:
        order = sorted(cells, key=lambda key: int(str(key[1])))
        found = area([cells[key] for key in order])
        return None if found is None else max(found, 1 - found)
    return _crossed(cells)


def _crossed(cells: Mapping[tuple[int, object], Sequence[int]]) -> float | None:
    """The mean of both halves, each ordered by the label's rate in the other."""
    halves = sorted({half for half, _ in cells})
    if len(halves) < _CLASSES:
        return None
    found = [area(list(_by_rate(cells, judged=half, learned=1 - half))) for half in halves]
    known = [each for each in found if each is not None]
    return sum(known) / len(known) if len(known) == len(halves) else None


def _by_rate(
    cells: Mapping[tuple[int, object], Sequence[int]], *, judged: int, learned: int
) -> Iterator[Sequence[int]]:
    total = [sum(cell[label] for (half, _), cell in cells.items() if half == learned) for label in (0, 1)]
    overall = total[1] / max(1, sum(total))

    def rate(bucket: object) -> float:
        """The rate with one row of the overall rate added, so that a value seen once does not lead the order."""
        negative, positive = cells.get((learned, bucket), (0, 0))
        return (positive + overall) / (negative + positive + 1)

    levels: dict[float, list[int]] = {}
    for (half, bucket), cell in cells.items():
        if half == judged:
            level = levels.setdefault(rate(bucket), [0, 0])
            level[0] += cell[0]
            level[1] += cell[1]
    for each in sorted(levels):
        yield levels[each]


def area(cells: Sequence[Sequence[int]]) -> float | None:
    """The area under the ROC curve of cells in ascending order, each (negatives, positives); ties count half.

    Mann and Whitney's statistic over all pairs of one positive and one negative. None without either.
    """
    negatives = sum(cell[0] for cell in cells)
    positives = sum(cell[1] for cell in cells)
    if not negatives or not positives:
        return None
    below = 0
    won = 0.0
    for negative, positive in cells:
        won += positive * (below + negative / 2)
        below += negative
    return won / (negatives * positives)
