"""What ties rows together: keys, copies, arrival, and pairs of governed values."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from roadworthy.measure.fingerprint import histogram
from roadworthy.measure.fingerprint import metrics as m
from roadworthy.measure.fingerprint.assembling import EPOCH
from roadworthy.measure.fingerprint.emit.arithmetic import PRIME
from roadworthy.measure.fingerprint.model import MOST_LOADS, MOST_VALUES, Arrival, Column, Form, KeyPrint, Pairs, Share
from roadworthy.measure.fingerprint.planner import MOST_HOURS
from roadworthy.measure.fingerprint.relation import Field, Relation
from roadworthy.measure.fingerprint.scanning import Counts, Scanner
from roadworthy.measure.fingerprint.terms import Declared

CLASS_ROWS = 10_000_000
"""Rows whose keys are counted in one statement, so that memory does not grow with the source."""
CLASS_BLOCKS = 4_000_000
"""Blocks of 64 keys that are counted in one statement, for the same reason."""
DENSE = 8
"""Rows per block of 64 possible keys from which on blocks are cheaper to count than keys."""
EXACT = 2**53
"""Whole numbers below it are exact in double precision."""
LARGE = 2_000_000
"""Rows from which on copies are looked for in one class of `COPY_CLASSES`."""
COPY_CLASSES = 64
SKETCHED = 16_384
"""Hashes that a sketch of keys keeps about; two sketches then tell an overlap within 1 point at 99 %."""
HASHES = 2**31
SOON = 5
"""Seconds within which a row of equal key and content counts as sent again."""
MOST_PAIRED = 4
"""Governed columns of which every pair is counted."""
_NAMED_KEY = re.compile(r"(?:^|[^a-z])(?:id|key|uuid|guid|number|nr|no|ref|reference)$", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Rows:
    """What relates: the rows, their columns as measured, and what was declared."""

    relation: Relation
    rows: int
    columns: Sequence[Column]
    declared: Declared
    zoned: frozenset[Field] = field(default_factory=frozenset)

    def field(self, name: str | None) -> Field | None:
        """A column by its name; None where the source has none of that name."""
        return next((one for one in self.relation.fields if one.name == name), None) if name else None

    def pairs(self) -> Iterator[tuple[Field, Column]]:
        """Columns with what was measured of them."""
        return zip(self.relation.fields, self.columns, strict=True)


# ---------------------------------------------------------------- keys


def key(source: Rows, scanner: Scanner) -> KeyPrint | None:
    """What is found of the declared key; of a likely one where none is declared; None where there is none.

    Raises:
        InvalidInput: the data made a query fail.
    """
    declared = [one for name in source.declared.key if (one := source.field(name)) is not None]
    whole = len(declared) == len(source.declared.key) > 0
    fields = tuple(declared) if whole else _likely(source)
    if not fields or not source.rows:
        return None
    distinct, missing, again = _counted(fields, source, scanner)
    threshold, hashes = _sketch(fields, distinct, source, scanner) if whole else (0, {})
    names = tuple(one.name for one in fields)
    return KeyPrint(names, source.rows, distinct, missing, not whole, again, hashes, threshold)


def _counted(fields: tuple[Field, ...], source: Rows, scanner: Scanner) -> tuple[int, int, int]:
    """Different keys, rows without one, rows that were sent again."""
    classes = -(-source.rows // CLASS_ROWS)
    wanted: list[m.Special] = [m.KeysOfClass(fields, remainder, classes) for remainder in range(classes)]
    if blocks := _blocks(fields, source):
        parts = -(-blocks // CLASS_BLOCKS)
        wanted = [m.DenseKeys(fields[0], remainder, parts) for remainder in range(parts)]
    weight = 1.5 * classes / len(wanted)
    found = [scanner.one("keys", one, source.relation.source, weight=weight) for one in wanted]
    rows, distinct, missing = (sum(column) for column in zip(*found, strict=True))
    again = 0
    if distinct < rows:
        again = sum(_again(fields, source, scanner, remainder, classes) for remainder in range(classes))
    return distinct, missing, again


def _blocks(fields: tuple[Field, ...], source: Rows) -> int:
    """Blocks of 64 numbers that hold all keys, where these are whole numbers and close together; else 0."""
    bounds = _bounds(fields, source)
    if bounds is None or max(map(abs, bounds)) >= EXACT:
        return 0
    blocks = (int(bounds[1]) >> 6) - (int(bounds[0]) >> 6) + 1
    return blocks if blocks * DENSE <= source.rows else 0


def _bounds(fields: tuple[Field, ...], source: Rows) -> tuple[float, float] | None:
    """Least and greatest of a key that is one whole number."""
    if len(fields) != 1 or fields[0].form is not Form.INTEGER:
        return None
    numbers = next(measured.numbers for one, measured in source.pairs() if one == fields[0])
    return (numbers.least, numbers.greatest) if numbers is not None else None


def _likely(source: Rows) -> tuple[Field, ...]:
    """The first column that is named like a key and whose values all differ, as far as an estimate can tell."""
    for one, measured in source.pairs():
        name = _CAMEL.sub("_", one.name)
        fits = one.form in {Form.INTEGER, Form.TEXT} and _NAMED_KEY.search(name)
        if fits and measured.distinct and measured.present and measured.distinct.high >= 0.98 * measured.present:
            return (one,)
    return ()


def _again(fields: tuple[Field, ...], source: Rows, scanner: Scanner, remainder: int, classes: int) -> int:
    """Rows that were sent again: nothing but the moments tells them from another within seconds."""
    moment = source.field(source.declared.ingest_time) or source.field(source.declared.event_time)
    if moment is None or not moment.form.temporal:
        return 0
    content = tuple(
        one
        for one in source.relation.fields
        if one not in fields and not one.form.temporal and scanner.emit.hashable(one)
    )
    wanted = m.Resent(fields, content, moment, SOON, remainder, classes)
    return scanner.one("rows sent again", wanted, source.relation.source, weight=2.0)[0]


def _sketch(fields: tuple[Field, ...], distinct: int, source: Rows, scanner: Scanner) -> tuple[int, dict[int, int]]:
    """The hashes under a threshold that is a power of two, so that of two sketches the finer one can be cut."""
    threshold = HASHES
    while distinct * threshold > SKETCHED * HASHES:
        threshold //= 2
    bounds = _bounds(fields, source)
    wanted = m.Sketch(fields, threshold, bounds is not None and bounds[0] >= 0 and bounds[1] < PRIME)
    answers = scanner.count("keys", [wanted], source.relation.source, weight=1.5)
    return threshold, dict(sorted(answers.whole_counts(wanted).items()))


# ---------------------------------------------------------------- copies


def copies(source: Rows, scanner: Scanner, found: KeyPrint | None) -> Share | None:
    """Rows beyond the first of equal ones; of a large source among one class of 64, in which equal rows fall together.

    Where every key differs there is none. Otherwise the class is by the hash of the two columns of most values: to hash
    whole rows costs as much as to read them (measured: 8.6 of 54 s), and is done only where those two repeat.

    Raises:
        InvalidInput: the data made a query fail.
    """
    fields = tuple(one for one in source.relation.fields if scanner.emit.hashable(one))
    if not fields or not source.rows:
        return None
    if found is not None and found.distinct == source.rows:
        return Share(0, source.rows)
    by: tuple[Field, ...] = ()
    if source.rows > LARGE:
        by = _telling(source) or fields
        rows, different = scanner.one("copies", m.CopiesOfClass(by, by, COPY_CLASSES), source.relation.source)
        if rows == different:
            return Share(0, rows)
    wanted = m.CopiesOfClass(fields, by, COPY_CLASSES)
    rows, different = scanner.one("copies", wanted, source.relation.source, weight=6.0)
    return Share(rows - different, rows)


def _telling(source: Rows) -> tuple[Field, ...]:
    """The two columns of most values: their hash spreads rows as evenly as any."""
    many = [
        (measured.distinct.value, place, one)
        for place, (one, measured) in enumerate(source.pairs())
        if measured.distinct is not None and measured.distinct.value >= MOST_VALUES
    ]
    return tuple(one for _, _, one in sorted(many, key=lambda each: (-each[0], each[1]))[:2])


# ---------------------------------------------------------------- time


def arrival(source: Rows, scanner: Scanner) -> Arrival | None:
    """When things happen against when they can be read, where both times are declared.

    Raises:
        InvalidInput: the data made a query fail.
    """
    event, ingest = source.field(source.declared.event_time), source.field(source.declared.ingest_time)
    if event is None or ingest is None or not (event.form.temporal and ingest.form.temporal):
        return None
    lags, loads, events = m.Lags(event, ingest), m.Hours(ingest, MOST_LOADS), m.Hours(event, MOST_LOADS)
    known = scanner.answers.groups
    for wanted in (loads, events):  # the column's own distribution is by hour too, unless it spans decades
        counted = known.get(m.Hours(wanted.field, MOST_HOURS + 1))
        if counted is not None and len(counted) <= MOST_LOADS:
            known[wanted] = counted
    asked = [metric for metric in (lags, loads, events) if metric not in known]
    answers = scanner.count("arrival", asked, source.relation.source, weight=1.5 * len(asked))
    return Arrival(
        event.name,
        ingest.name,
        histogram.unpacked(answers.whole_counts(lags)),
        _hourly(answers.whole_counts(loads)),
        _hourly(answers.whole_counts(events)),
    )


def _hourly(counts: Mapping[int, int]) -> dict[dt.datetime, int]:
    """Counts by the beginning of the hour; hours that a calendar of four-digit years lacks are left out."""
    found = {}
    for hour in sorted(counts):
        try:
            found[EPOCH + dt.timedelta(hours=hour)] = counts[hour]
        except OverflowError:
            continue
    return found


# ---------------------------------------------------------------- governed values


def pairs(source: Rows, scanner: Scanner) -> tuple[Pairs, ...]:
    """Rows by the values of every two governed columns, over all rows.

    Raises:
        InvalidInput: the data made a query fail.
    """
    governed = [
        one
        for name in source.declared.taxonomy
        for one, measured in source.pairs()
        if one.name == name and measured.vocabulary is not None
    ][:MOST_PAIRED]
    wanted: list[m.Grouped] = [
        m.Together(first, second, MOST_VALUES) for first, second in itertools.combinations(governed, 2)
    ]
    answers = scanner.count("pairs", wanted, source.relation.source, weight=0.5 * len(wanted))
    return tuple(
        Pairs((metric.first.name, metric.second.name), _paired(answers.groups[metric]))
        for metric in wanted
        if isinstance(metric, m.Together)
    )


def _paired(counts: Counts) -> dict[tuple[str, str], int]:
    found: Counter[tuple[str, str]] = Counter()
    for first, second, rows in counts:
        found[first, second or ""] += rows
    return dict(sorted(found.items()))
