"""From what an engine answered to columns of a fingerprint."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from roadworthy.measure.fingerprint import histogram
from roadworthy.measure.fingerprint import metrics as m
from roadworthy.measure.fingerprint.metrics import WHITE
from roadworthy.measure.fingerprint.model import (
    MOST_DAYS,
    MOST_VALUES,
    Column,
    Distinct,
    Form,
    Moments,
    Numbers,
    Texts,
    Vocabulary,
)
from roadworthy.measure.fingerprint.planner import MOST_HOURS
from roadworthy.measure.fingerprint.relation import Field
from roadworthy.measure.fingerprint.scanning import Answers

ESTIMATE = 0.1
"""Relative error that an estimated number of different values may have (measured: 6.5 % of 20 million)."""
MOST_DECIMALS = 1_000
"""Different values up to which numbers with fractions are kept as a vocabulary: above it they are a measurement."""
LONGEST_VALUE = 1_000
"""Characters of the longest value that a vocabulary keeps; a longer one makes the column no vocabulary."""
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
FIRST = dt.datetime(dt.MINYEAR, 1, 1, tzinfo=dt.UTC)
LAST = dt.datetime(dt.MAXYEAR, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC)
_WEEK = 7 * 24


def written(form: Form, text: str) -> str:
    """A value as a vocabulary writes it: 4, 4.0 and 4.00 are one number, whatever type they were stored in."""
    if form is Form.INTEGER:
        return str(int(text))
    if form is not Form.DECIMAL:
        return text
    number = float(text)
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)


def moment(micros: int) -> dt.datetime:
    """The instant of microseconds since 1970; the nearest that a calendar of four-digit years has."""
    try:
        return EPOCH + dt.timedelta(microseconds=micros)
    except OverflowError:
        return LAST if micros > 0 else FIRST


def rounded(value: float) -> float:
    """A sum to twelve digits: the rest depends on the order in which an engine added. Beyond the largest: that."""
    if math.isnan(value):
        return 0.0
    if math.isinf(value):
        return math.copysign(float.fromhex("0x1.fffffffffffffp+1023"), value)
    return float(f"{value:.12g}")


@dataclass(frozen=True, slots=True)
class Source:
    """What all columns of a source share."""

    rows: int
    answers: Answers
    counted: Mapping[Field, int]
    """Different values, where they were counted over all rows."""
    zoned: frozenset[Field]


def column(field: Field, source: Source) -> Column:
    """Everything about one column but its looks."""
    answers = source.answers
    by_value = _by_value(field, answers)
    present = sum(by_value.values()) if by_value is not None else answers.number(m.Present(field))
    given = answers.number(m.Given(field)) if field.raw is not None else present
    empty = source.rows > 0 and given == 0
    made = Column(
        name=field.name,
        physical=field.physical,
        form=Form.EMPTY if empty else field.form,
        rows=source.rows,
        # A source that changes between two statements gives numbers that contradict each other.
        missing=max(0, source.rows - given),
        unread=max(0, given - present),
        label=field.label,
    )
    if empty:
        return made
    if by_value is not None:
        return _from_values(made, by_value)
    return _from_aggregates(made, field, source, present)


def _by_value(field: Field, answers: Answers) -> dict[str, int] | None:
    found = answers.groups.get(m.Values(field, MOST_VALUES))
    if found is None or len(found) > MOST_VALUES:
        return None
    counts: Counter[str] = Counter()
    for key, _, rows in found:
        counts[key] += rows
    return dict(counts)


# ---------------------------------------------------------------- columns of few values


def _from_values(made: Column, by_value: Mapping[str, int]) -> Column:
    counts: Counter[str] = Counter()
    for text, rows in by_value.items():
        counts[written(made.form, text)] += rows
    distinct = Distinct(len(counts), len(counts), len(counts))
    most = MOST_DECIMALS if made.form is Form.DECIMAL else MOST_VALUES
    shown = {text: rows for text, rows in counts.items() if not _unfinite(made.form, text)}
    keeps = len(shown) <= most and all(len(text) <= LONGEST_VALUE for text in shown)
    return replace(
        made,
        distinct=distinct,
        numbers=_numbers(by_value.items()) if made.form.numeric else None,
        texts=texts_of(by_value.items()) if made.form is Form.TEXT else None,
        vocabulary=Vocabulary(dict(sorted(shown.items()))) if keeps else None,
    )


def _unfinite(form: Form, text: str) -> bool:
    return form is Form.DECIMAL and not math.isfinite(float(text))


def _numbers(by_value: Iterable[tuple[str, int]]) -> Numbers:
    pairs = [(float(text), rows) for text, rows in by_value]
    finite = [(number, rows) for number, rows in pairs if math.isfinite(number)]
    return Numbers(
        least=min((number for number, _ in finite), default=0.0),
        greatest=max((number for number, _ in finite), default=0.0),
        total=rounded(_total(finite)),
        squares=rounded(_squares(finite)),
        histogram=histogram.of(finite),
        not_a_number=sum(rows for number, rows in pairs if math.isnan(number)),
        infinite=sum(rows for number, rows in pairs if math.isinf(number)),
        whole=sum(rows for number, rows in finite if number.is_integer()),
    )


def _total(finite: Sequence[tuple[float, int]]) -> float:
    """Also where parts of the sum are beyond the largest double, and the sum itself may not be."""
    try:
        return math.fsum(number * rows for number, rows in finite)
    except (OverflowError, ValueError):
        exact = sum(Fraction(number) * rows for number, rows in finite)
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def _squares(finite: Sequence[tuple[float, int]]) -> float:
    try:
        return math.fsum(number * number * rows for number, rows in finite)
    except OverflowError:
        return math.inf


def texts_of(by_value: Iterable[tuple[str, int]]) -> Texts:
    """What is counted of a column of texts, from its values."""
    pairs = list(by_value)
    return Texts(
        lengths=histogram.of((float(len(text)), rows) for text, rows in pairs),
        empty=sum(rows for text, rows in pairs if not text),
        padded=sum(rows for text, rows in pairs if text != text.strip(WHITE)),
        beyond_ascii=sum(rows for text, rows in pairs if not text.isascii()),
        replaced=sum(rows for text, rows in pairs if "\N{REPLACEMENT CHARACTER}" in text),
        total_length=sum(len(text) * rows for text, rows in pairs),
    )


# ---------------------------------------------------------------- columns of many values


def _from_aggregates(made: Column, field: Field, source: Source, present: int) -> Column:
    answers = source.answers
    made = replace(made, distinct=_distinct(field, source, present))
    if field.form.numeric:
        return replace(made, numbers=_measured(field, answers, present))
    if field.form is Form.TEXT:
        return replace(made, texts=_texts(field, answers))
    if field.form.temporal:
        found = _moments(field, answers, zoned=field in source.zoned)
        days = len(found.days) if found is not None else 0
        if field.form is Form.DATE and found is not None and not found.other_days:
            made = replace(made, distinct=Distinct(days, days, days))
        return replace(made, moments=found)
    return made


def _distinct(field: Field, source: Source, present: int) -> Distinct | None:
    if field in source.counted:
        exact = source.counted[field]
        return Distinct(exact, exact, exact)
    estimate = source.answers.scalars.get(m.Estimated(field))
    if estimate is None:
        return None
    value = min(int(estimate), present)
    return Distinct(math.floor(value * (1 - ESTIMATE)), value, min(present, math.ceil(value * (1 + ESTIMATE))))


def _measured(field: Field, answers: Answers, present: int) -> Numbers:
    got = answers.scalars
    bins = histogram.unpacked(answers.whole_counts(m.Bins(field)))
    whole = present if field.form is Form.INTEGER else answers.number(m.Whole(field))
    return Numbers(
        least=float(got.get(m.Least(field)) or 0.0),
        greatest=float(got.get(m.Greatest(field)) or 0.0),
        total=rounded(float(got.get(m.Total(field)) or 0.0)),
        squares=rounded(float(got.get(m.Squares(field)) or 0.0)),
        histogram=bins,
        not_a_number=answers.number(m.NotANumber(field)),
        infinite=answers.number(m.Infinite(field)),
        whole=whole,
    )


def _texts(field: Field, answers: Answers) -> Texts:
    lengths = answers.whole_counts(m.Lengths(field))
    return Texts(
        lengths=histogram.of((float(length), rows) for length, rows in lengths.items()),
        empty=lengths.get(0, 0),
        padded=answers.number(m.Padded(field)),
        beyond_ascii=answers.number(m.BeyondAscii(field)),
        replaced=answers.number(m.Replaced(field)),
        total_length=sum(length * rows for length, rows in lengths.items()),
    )


def _moments(field: Field, answers: Answers, *, zoned: bool) -> Moments | None:
    least, greatest = (answers.scalars.get(kind(field)) for kind in (m.Earliest, m.Latest))
    if least is None or greatest is None:
        return None
    hourly = answers.whole_counts(m.Hours(field, MOST_HOURS + 1))
    week = answers.whole_counts(m.Clock(field))
    daily = answers.whole_counts(m.Days(field, MOST_DAYS))
    if hourly:
        daily, week = _of_hours(hourly)
    elif not week:
        week = _by((((day + 3) % 7) * 24, rows) for day, rows in daily.items())
    later = [key for key in answers.scalars if isinstance(key, m.Later) and key.field == field]
    days, other = most_days(daily, sum(week.values()))
    return Moments(
        least=moment(int(least)),
        greatest=moment(int(greatest)),
        zoned=zoned,
        days=days,
        other_days=other,
        hours=_folded(week, 24, lambda hour: hour % 24) if field.form is Form.TIMESTAMP else (),
        weekdays=_folded(week, 7, lambda hour: hour // 24),
        at_midnight=answers.number(m.Midnights(field)) if field.form is Form.TIMESTAMP else sum(week.values()),
        future=answers.number(later[0]) if later else 0,
    )


def _of_hours(hourly: Mapping[int, int]) -> tuple[dict[int, int], dict[int, int]]:
    """Counts per day since 1970 and per hour of the week, of counts per hour since 1970."""
    daily = _by((hour // 24, rows) for hour, rows in hourly.items())
    return daily, _by(((hour + 72) % _WEEK, rows) for hour, rows in hourly.items())


def _by(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    counts: Counter[int] = Counter()
    for key, rows in pairs:
        counts[key] += rows
    return dict(counts)


def most_days(daily: Mapping[int, int], total: int) -> tuple[dict[dt.date, int], int]:
    """The fullest days by date, in the order of the calendar, and how many rows are on others."""
    fullest = sorted(daily, key=lambda day: (-daily[day], day))[:MOST_DAYS]
    days = {date: daily[day] for day in sorted(fullest) if (date := _date(day)) is not None}
    return days, total - sum(days.values())


def _date(day: int) -> dt.date | None:
    try:
        return EPOCH.date() + dt.timedelta(days=day)
    except OverflowError:
        return None


def _folded(week: Mapping[int, int], size: int, place: Callable[[int], int]) -> tuple[int, ...]:
    counts = [0] * size
    for hour, rows in week.items():
        counts[place(hour)] += rows
    return tuple(counts)
