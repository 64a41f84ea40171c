"""Values from both sides that show what a gap is about, masked where the column holds personal data."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from roadworthy.measure.data_audit.model import Check, Example, Pair, Verdict
from roadworthy.measure.data_audit.rules.standins import stand_ins
from roadworthy.measure.fingerprint.histogram import quantile
from roadworthy.measure.fingerprint.model import Column

MOST = 3
"""Of each side."""
LONGEST = 60
"""Characters of an example."""
PERSONAL = 0.01
"""Share of values with personal data from which all values of the column are masked."""
_WRITTEN_WHOLE, _WRITTEN_OUT = 1_000, 1e12
_MINUTE = "%Y-%m-%d %H:%M"
_NEW = frozenset({"vocabulary-unseen", "segments-unproven", "format-changed", "column-retyped", "entities-unseen"})
_FORMS = frozenset({"format-changed", "personal-data-unexpected"})
_DAMAGED = re.compile(r"[ÃÂâ][\u0080-\u00bf€™œ“”]|\ufffd|[\x00-\x08\x0b\x0c\x0e-\x1f]|[ÃÂ]")
_SMALL, _CAPITAL, _DIGIT = re.compile(r"[a-zß-öø-ÿ]+"), re.compile(r"[A-ZÀ-ÖØ-Þ]+"), re.compile(r"[0-9]+")


def examples(checks: Sequence[Check], pair: Pair) -> tuple[Example, ...]:
    """Up to three values of each side for the first check about a column that both sides have."""
    first = checks[0]
    if first.verdict is not Verdict.GAP or first.column is None:
        return ()
    match = next((each for each in pair.matching.pairs if first.column in {each.pilot, each.production}), None)
    pilot = pair.pilot.column(match.pilot if match else first.column)
    production = pair.production.column(match.production if match else first.column)
    masked = any(personal(column) for column in (pilot, production) if column is not None)
    ours = _values(pilot) if pilot is not None else {}
    found = [
        *(_told("pilot", pilot, first, ()) if pilot is not None else ()),
        *(_told("production", production, first, ours) if production is not None else ()),
    ]
    return tuple(Example(each.side, shown(each.text, masked=masked), each.count) for each in found)


def personal(column: Column) -> bool:
    """Whether its values must not be shown."""
    looks = column.looks
    return looks is not None and bool(looks.of) and max(looks.personal.values(), default=0) > PERSONAL * looks.of


def shown(text: str, *, masked: bool = False) -> str:
    """A value as it may be shown: shortened, or as its form only."""
    if masked:
        text = _DIGIT.sub("9", _CAPITAL.sub("A", _SMALL.sub("a", text)))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _told(side: str, column: Column, check: Check, known: Collection[str]) -> Iterator[Example]:
    """Of production what the rule is about, of the pilot what is common there."""
    values = _values(column)
    if check.rule in _FORMS and column.looks is not None and column.looks.masks:
        yield from _commonest(side, column.looks.masks)
    elif check.rule == "missing-values" and side == "production":
        yield from _commonest(side, stand_ins(column))
    elif check.rule == "encoding-damaged" and side == "production":
        yield from _commonest(side, {value: rows for value, rows in values.items() if _DAMAGED.search(value)})
    elif check.rule in _NEW and side == "production" and known:
        yield from _commonest(side, {value: rows for value, rows in values.items() if value not in known})
    elif column.numbers is not None and column.numbers.histogram.count:
        yield from _numbers(side, column)
    elif column.moments is not None:
        yield Example(
            side, " to ".join(f"{each:{_MINUTE}}" for each in (column.moments.least, column.moments.greatest))
        )
    else:
        yield from _commonest(side, values)


def _numbers(side: str, column: Column) -> Iterator[Example]:
    numbers = column.numbers
    if numbers is not None:
        middle = quantile(numbers.histogram, 0.5)
        least, greatest, half = (_number(each) for each in (numbers.least, numbers.greatest, middle))
        yield Example(side, f"{least} to {greatest}, in the middle {half}", column.present)


def _number(value: float) -> str:
    """As people write it; only what is very small or very large goes by powers of ten."""
    if _WRITTEN_WHOLE <= abs(value) < _WRITTEN_OUT:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def _values(column: Column) -> Mapping[str, int]:
    if column.vocabulary is not None and column.vocabulary.counts:
        return column.vocabulary.counts
    return column.looks.top if column.looks is not None else {}


def _commonest(side: str, values: Mapping[str, int]) -> Iterator[Example]:
    for value in sorted(values, key=lambda each: (-values[each], each))[:MOST]:
        yield Example(side, value, values[value])
