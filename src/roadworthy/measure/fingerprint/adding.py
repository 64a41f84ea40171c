"""Adding up what was measured of a column in two parts.

What one part does not know, the whole does not know: a metric that is absent in a part with values is absent in the
sum. A part without values changes nothing. So the order and the grouping in which parts are added make no difference,
but for the last digits of sums in double precision.
"""

from __future__ import annotations

import datetime as dt
import heapq
import math
from collections.abc import Iterable, Mapping
from typing import TypeVar

from roadworthy.measure.fingerprint.histogram import added
from roadworthy.measure.fingerprint.model import (
    MOST_DAYS,
    MOST_VALUES,
    Column,
    Distinct,
    Form,
    Looks,
    Moments,
    Numbers,
    Share,
    Texts,
    Vocabulary,
)

Key = TypeVar("Key")
Value = TypeVar("Value")
When = TypeVar("When", dt.date, dt.datetime)


def counts(left: Mapping[Key, int], right: Mapping[Key, int]) -> dict[Key, int]:
    """Counts by key, added."""
    found = dict(left)
    for key, count in right.items():
        found[key] = found.get(key, 0) + count
    return found


def latest(found: Mapping[When, int], most: int) -> tuple[dict[When, int], int]:
    """The latest so many, and how much the others hold together.

    The latest, and not the commonest, because what is left out in a part is then left out in the whole as well.
    """
    if len(found) <= most:
        return dict(found), 0
    kept = {when: found[when] for when in sorted(heapq.nlargest(most, found))}
    return kept, sum(found.values()) - sum(kept.values())


def tuples(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    """Counts by position; nothing where one side has none."""
    return tuple(a + b for a, b in zip(left, right, strict=True)) if len(left) == len(right) else ()


def shares(left: Share | None, right: Share | None) -> Share | None:
    """Counts among so many."""
    return Share(left.count + right.count, left.of + right.of) if left and right else None


def words(left: str, right: str, mark: str) -> str:
    """Two descriptions as one; the same if they are the same."""
    return mark.join(sorted({*left.split(mark), *right.split(mark)} - {""}))


def form(left: Form, right: Form) -> Form:
    """The narrowest form that holds both: nothing below all, text above all."""
    if left is right or right is Form.EMPTY:
        return left
    if left is Form.EMPTY:
        return right
    if left.numeric and right.numeric:
        return Form.DECIMAL
    return Form.TIMESTAMP if left.temporal and right.temporal else Form.TEXT


def columns(left: Column, right: Column) -> Column:
    """A column of two parts; their rows are disjoint."""
    if _nothing(left) and not _nothing(right):
        left, right = right, left
    alone = _nothing(right)
    joint = left.form if alone and not _nothing(left) else form(left.form, right.form)
    return Column(
        name=left.name,
        physical=words(left.physical, right.physical, " | "),
        form=joint,
        rows=left.rows + right.rows,
        missing=left.missing + right.missing,
        unread=left.unread + right.unread,
        distinct=left.distinct if alone else _distinct(left, right),
        numbers=_numbers(left.numbers, right.numbers, alone=alone) if joint.numeric else None,
        moments=_moments(left.moments, right.moments, alone=alone) if joint.temporal else None,
        texts=left.texts if alone else _texts(left.texts, right.texts),
        vocabulary=left.vocabulary if alone else _vocabulary(left.vocabulary, right.vocabulary),
        looks=left.looks if alone else _looks(left.looks, right.looks),
        label=min((each for each in (left.label, right.label) if each), default=None),
    )


def _nothing(column: Column) -> bool:
    return column.present == 0


def _distinct(left: Column, right: Column) -> Distinct | None:
    if left.distinct is None or right.distinct is None:
        return None
    both = _vocabulary(left.vocabulary, right.vocabulary)
    if both is not None and not both.rare_values:
        return Distinct(len(both.counts), len(both.counts), len(both.counts))
    low = max(left.distinct.low, right.distinct.low)
    high = left.distinct.high + right.distinct.high
    # Between `all the same values` and `no value twice` nothing is known; the middle of the ratio errs least.
    return Distinct(low, round(math.sqrt(low * high)), high)


def _numbers(left: Numbers | None, right: Numbers | None, *, alone: bool) -> Numbers | None:
    if left is None or right is None:
        return left if alone else None
    return Numbers(
        least=min(_finite(left.least, right.least), default=left.least),
        greatest=max(_finite(left.greatest, right.greatest), default=left.greatest),
        total=left.total + right.total,
        squares=left.squares + right.squares,
        histogram=added(left.histogram, right.histogram),
        not_a_number=left.not_a_number + right.not_a_number,
        infinite=left.infinite + right.infinite,
        whole=left.whole + right.whole,
    )


def _finite(*values: float) -> Iterable[float]:
    return [value for value in values if not math.isnan(value)]


def _moments(left: Moments | None, right: Moments | None, *, alone: bool) -> Moments | None:
    if left is None or right is None:
        return left if alone else None
    days, beyond = latest(counts(left.days, right.days), MOST_DAYS)
    return Moments(
        least=min(left.least, right.least, key=_instant),
        greatest=max(left.greatest, right.greatest, key=_instant),
        zoned=left.zoned and right.zoned,
        days=days,
        other_days=left.other_days + right.other_days + beyond,
        hours=tuples(left.hours, right.hours),
        weekdays=tuples(left.weekdays, right.weekdays),
        at_midnight=left.at_midnight + right.at_midnight,
        future=left.future + right.future,
    )


def _instant(moment: dt.datetime) -> dt.datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _texts(left: Texts | None, right: Texts | None) -> Texts | None:
    if left is None or right is None:
        return None
    return Texts(
        lengths=added(left.lengths, right.lengths),
        empty=left.empty + right.empty,
        padded=left.padded + right.padded,
        beyond_ascii=left.beyond_ascii + right.beyond_ascii,
        replaced=left.replaced + right.replaced,
        total_length=left.total_length + right.total_length,
    )


def _vocabulary(left: Vocabulary | None, right: Vocabulary | None) -> Vocabulary | None:
    """Exact of both, or nothing; `rare_values` of a released one becomes an upper bound."""
    if left is None or right is None:
        return None
    found = counts(left.counts, right.counts)
    if len(found) > MOST_VALUES:
        return None
    return Vocabulary(found, left.rare_rows + right.rare_rows, left.rare_values + right.rare_values)


def _looks(left: Looks | None, right: Looks | None) -> Looks | None:
    """Nothing is cut to the commonest here: what is common in the whole may be rare in a part. `settled` cuts."""
    if left is None or right is None:
        return None
    return Looks(
        of=left.of + right.of,
        masks=counts(left.masks, right.masks),
        parses=counts(left.parses, right.parses),
        leading_zeros=left.leading_zeros + right.leading_zeros,
        placeholders=counts(left.placeholders, right.placeholders),
        damaged=left.damaged + right.damaged,
        decomposed=left.decomposed + right.decomposed,
        markup=left.markup + right.markup,
        top=counts(left.top, right.top),
        personal=counts(left.personal, right.personal),
    )
