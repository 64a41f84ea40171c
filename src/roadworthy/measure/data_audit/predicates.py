"""What the pilot proved of one row, as conditions that a row of production may break."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from roadworthy.measure.data_audit.model import Matching
from roadworthy.measure.fingerprint.histogram import quantile
from roadworthy.measure.fingerprint.model import Column, Fingerprint, Form, Numbers
from roadworthy.measure.fingerprint.terms import Declared

FEWEST = 5
"""Rows that a value of a closed list has on average; a column with fewer is no list."""
OPEN = 0.05
"""Share of values seen once (Good and Turing's estimate of what was not seen) above which a list is not closed."""
IDENTIFYING = 0.9
"""Share of different values above which whole numbers are numbers of things and not amounts."""
_FEW = 0.05
_UNEVEN = 0.1
_STRETCH = 20
"""Times the pilot's stretch that a counter may have gone on for; a change of unit moves further than it stretches."""


@dataclass(frozen=True, slots=True)
class Proven:
    """What the pilot showed of one column."""

    column: str
    """The pilot's name."""
    production: str
    """Production's name for it."""
    values: frozenset[str] | None = None
    """Every value of a closed list."""
    never_missing: bool = False
    low: float | None = None
    high: float | None = None
    """Range of numbers."""
    rows: int = 0
    """Rows on which it rests."""
    always_read: bool = False
    """Every value of the pilot reads as the column's form."""
    numeric: bool = False
    """The pilot has numbers."""


def proven(pilot: Fingerprint, matching: Matching, declared: Declared) -> tuple[Proven, ...]:
    """What the pilot showed of every column that both sides have."""
    return tuple(_proven(pilot, matching, declared))


def _proven(pilot: Fingerprint, matching: Matching, declared: Declared) -> Iterator[Proven]:
    governed = set(declared.taxonomy) | set(pilot.declared.taxonomy)
    keys = {*declared.key, *pilot.declared.key}
    for pair in matching.pairs:
        column = pilot.column(pair.pilot)
        if column is None or column.present == 0:
            continue
        is_key = pair.production in keys or pair.pilot in keys
        low, high = (None, None) if is_key else bounds(column)
        yield Proven(
            column=pair.pilot,
            production=pair.production,
            values=None
            if is_key
            else closed_list(column, governed=not governed.isdisjoint({pair.pilot, pair.production})),
            never_missing=column.missing == 0,
            low=low,
            high=high,
            always_read=column.unread == 0,
            numeric=column.form.numeric,
            rows=column.present,
        )


def closed_list(column: Column, *, governed: bool = False) -> frozenset[str] | None:
    """The values of a column that is a list of values, which no sample of more rows would make much longer.

    Returns:
        None where it is no such list, or the fingerprint does not carry all of its values.
    """
    vocabulary = column.vocabulary
    if vocabulary is None or vocabulary.rare_rows or not vocabulary.counts:
        return None
    if governed:
        return frozenset(vocabulary.counts)
    if column.form not in {Form.TEXT, Form.BOOLEAN}:
        return None
    rows = sum(vocabulary.counts.values())
    once = sum(count == 1 for count in vocabulary.counts.values())
    if rows < FEWEST * len(vocabulary.counts) or once > OPEN * rows:
        return None
    return frozenset(vocabulary.counts)


def bounds(column: Column) -> tuple[float | None, float | None]:
    """The least and greatest number; of a column that numbers things none, since the next thing has the next number."""
    numbers = column.numbers
    if numbers is None or numbers.histogram.count == 0 or _identifying(column):
        return (None, None)
    return (numbers.least, numbers.greatest)


def possible_outside(rows: int) -> float:
    """Share of rows beyond either end of its range that a sample of so many rows leaves possible, at 99 %.

    With a share s beyond an end, no row of n is there with probability (1 - s) ** n.
    """
    return min(1.0, 2 * (1 - 0.01 ** (1 / rows))) if rows else 1.0


def moved_on(pilot: Column, production: Column) -> bool:
    """Whether whole numbers went on counting.

    All but a twentieth lie beyond the pilot's, over a stretch of the same kind, and on both sides as evenly from the
    least to the greatest as a count does: amounts that are all larger than before are no count.
    """
    one, two = pilot.numbers, production.numbers
    if one is None or two is None or not (_counts(one) and _counts(two)):
        return False
    beyond = quantile(two.histogram, _FEW) >= quantile(one.histogram, 1 - _FEW)
    stretch = one.greatest - one.least
    follows = two.least <= one.greatest + _STRETCH * stretch
    return beyond and follows and two.greatest - two.least <= _STRETCH * stretch


def _counts(numbers: Numbers) -> bool:
    """Whether whole numbers lie evenly between their ends: their mean is the middle, to a tenth of the stretch."""
    count = numbers.histogram.count
    if not count or numbers.whole < count:
        return False
    middle = (numbers.least + numbers.greatest) / 2
    return abs(numbers.total / count - middle) <= _UNEVEN * (numbers.greatest - numbers.least)


def _identifying(column: Column) -> bool:
    """Whether it numbers things: whole, and hardly any twice."""
    different = column.distinct.low if column.distinct else 0
    return column.form is Form.INTEGER and column.present > 1 and different >= IDENTIFYING * column.present


def literal(text: str, dialect: str) -> str:
    """Text as a string of SQL. Spark reads backslashes, DuckDB does not."""
    if dialect == "spark":
        escaped = text.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def number(value: float) -> str:
    """A number as SQL in double precision, exactly."""
    return f"CAST({value!r} AS DOUBLE)"


@dataclass(frozen=True, slots=True)
class Names:
    """Under which names a query has a column."""

    value: str
    """In its form."""
    raw: str | None
    """As text before it was read; None where the store is typed."""
    numeric: bool
    """Whether production has numbers too."""


def conditions(each: Proven, at: Names, dialect: str) -> Sequence[tuple[str, str]]:
    """What a row must not be, with the reason in words.

    Args:
        each: what was proven of a column.
        at: how the query calls production's.
        dialect: `duckdb` or `spark`.
    """
    found = []
    name = f"`{each.production}`"
    text = f"CAST({at.value} AS {'STRING' if dialect == 'spark' else 'VARCHAR'})"
    if each.values is not None and each.numeric == at.numeric:
        listed = ", ".join(literal(known, dialect) for known in sorted(each.values))
        found.append((f"new value of {name}", f"{at.value} IS NOT NULL AND {text} NOT IN ({listed})"))
    if each.never_missing:
        # A value that does not read is told as such and not as missing as well.
        found.append((f"{name} is missing", f"{at.raw or at.value} IS NULL"))
    read = at.value if at.numeric else f"TRY_CAST({text} AS DOUBLE)"
    if each.low is not None and each.high is not None:
        found.append((f"{name} out of range", f"({read} < {number(each.low)} OR {read} > {number(each.high)})"))
    if each.numeric and not at.numeric:
        found.append((f"{name} is no number", f"{at.value} IS NOT NULL AND {read} IS NULL"))
    elif each.always_read and at.raw:
        found.append((f"{name} does not read", f"{at.raw} IS NOT NULL AND {at.value} IS NULL"))
    return found
