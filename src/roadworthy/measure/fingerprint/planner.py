"""Which metrics a column needs, in which scan. Nothing in here runs anything.

Three ways lead to a column's numbers. A column of few values (told by a sample, proven by counting) is counted by
value, and everything else about it is worked out of those counts. A column of many values gets aggregates and a
histogram. What needs a regular expression is asked of the sample only: measured, that was 59 % of the cost of a naive
profile.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from roadworthy.measure.fingerprint import metrics as m
from roadworthy.measure.fingerprint.model import MOST_DAYS, MOST_VALUES, Form
from roadworthy.measure.fingerprint.relation import Field

FEW = 2_000
"""Different values in a sample up to which a column is counted by value at once, which is cheaper than an estimate."""
MOST_HOURS = 100_000
"""Hours between first and last moment (11 years) up to which one count by hour gives days, weekdays and hours."""
MOST_LOOKED = 100_000
"""Values of a column that are looked at with regular expressions, of a source that is larger than its sample."""
LONG = 200
"""Mean bytes of a text from which on its values are documents: nobody keeps a vocabulary of those."""
COUNTABLE = frozenset({Form.INTEGER, Form.DECIMAL, Form.BOOLEAN, Form.TEXT})


def probes(fields: Iterable[Field]) -> list[m.Scalar]:
    """What is asked of the sample before anything else: how many values, how long."""
    wanted: list[m.Scalar] = []
    for field in fields:
        if field.form in COUNTABLE or field.form.temporal:
            wanted.append(m.Counted(field))
        if field.form is Form.TEXT:
            wanted.append(m.Octets(field))
        wanted.append(m.Present(field))
    return wanted


def counts_of(fields: Iterable[Field]) -> list[m.Scalar]:
    """Presence, of columns that will be counted by value: the rest follows from the values."""
    return [metric for field in fields for metric in _presence(field)]


def _presence(field: Field) -> Iterator[m.Scalar]:
    yield m.Present(field)
    if field.raw is not None:
        yield m.Given(field)


def aggregates(
    field: Field, now: int, *, estimate: bool, tallied: Container[type[m.Tallied]] = ()
) -> Iterator[m.Scalar | m.Tallied]:
    """The cheap pass over a column of many values.

    Args:
        field: the column.
        now: the moment of measuring, in microseconds since 1970.
        estimate: whether the number of different values is not known yet.
        tallied: histograms that the engine gives in the same pass.
    """
    yield from _presence(field)
    if estimate and (field.form in COUNTABLE or field.form.temporal):
        yield m.Estimated(field)
    if field.form.numeric:
        yield from (m.Least(field), m.Greatest(field), m.Total(field), m.Squares(field))
        if field.form is Form.DECIMAL:
            yield m.Whole(field)
            if floating(field):
                yield from (m.NotANumber(field), m.Infinite(field))
    elif field.form.temporal:
        yield from (m.Earliest(field), m.Latest(field), m.Later(field, now))
        if field.form is Form.TIMESTAMP:
            yield m.Midnights(field)
    elif field.form is Form.TEXT:
        yield from (m.Padded(field), m.BeyondAscii(field), m.Replaced(field))
        if m.Lengths in tallied:
            yield m.Lengths(field)


def floating(field: Field) -> bool:
    """Whether its type has NaN and infinities."""
    return field.form is Form.DECIMAL and not field.physical.upper().startswith(("DECIMAL", "NUMERIC"))


def shapes(field: Field, span_hours: int) -> Iterator[m.Grouped]:
    """The histograms of a column of many values.

    Args:
        field: the column.
        span_hours: hours from its first moment to its last, for moments.
    """
    if field.form.numeric:
        yield m.Bins(field)
    elif field.form is Form.TEXT:
        yield m.Lengths(field)
    elif field.form is Form.DATE:
        yield m.Days(field, MOST_DAYS)
        if span_hours > MOST_DAYS * 24:
            yield m.Clock(field)
    elif field.form is Form.TIMESTAMP and span_hours <= MOST_HOURS:
        yield m.Hours(field, MOST_HOURS + 1)
    elif field.form is Form.TIMESTAMP:
        yield from (m.Days(field, MOST_DAYS), m.Clock(field))


def few(
    fields: Iterable[Field], counted: Mapping[Field, int], most: int, lengths: Mapping[Field, float]
) -> list[Field]:
    """Columns that are counted by value: those with at most so many values, and no documents."""
    return [
        field
        for field in fields
        if field.form in COUNTABLE and counted.get(field, most + 1) <= most and lengths.get(field, 0.0) <= LONG
    ]


def values(fields: Sequence[Field]) -> list[m.Grouped]:
    """Counts by value."""
    return [m.Values(field, MOST_VALUES) for field in fields]
