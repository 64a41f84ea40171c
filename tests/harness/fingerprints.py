"""Fingerprints made from a few rows in memory, for tests of what is said about them: no engine, no files."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from roadworthy.measure.data_audit.model import Context, Live, Matching, Pair, Pairing
from roadworthy.measure.fingerprint.model import (
    BINS_PER_E,
    MOST_VALUES,
    Arrival,
    Breakdown,
    Cell,
    Column,
    Distinct,
    Fingerprint,
    Form,
    KeyPrint,
    LogHistogram,
    Looks,
    Moments,
    Numbers,
    Pairs,
    Share,
    Texts,
    Vocabulary,
)
from roadworthy.measure.fingerprint.terms import Declared

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
_PLACEHOLDERS = frozenset(("n/a", "N/A", "NA", "-", "unknown", "XX", "none", "1900-01-01"))
_DAMAGED = re.compile("Ã.|â€|\ufeff")


def fingerprint(
    columns: Mapping[str, Sequence[Any]],
    declared: Declared | None = None,
    *,
    name: str = "source",
    by: Sequence[str] = (),
) -> Fingerprint:
    """What measuring would say of these rows: columns by name, values as Python has them, `by` to break down by."""
    said = declared or Declared()
    rows = len(next(iter(columns.values()), ()))
    records = list(zip(*columns.values(), strict=True))
    segments = tuple(dict.fromkeys((*said.taxonomy, *by)))
    return Fingerprint(
        name=name,
        location=f"memory:{name}",
        engine="rows 1",
        measured_at=NOW,
        rows=rows,
        columns=tuple(_column(each, values) for each, values in columns.items()),
        declared=said,
        key=_key(columns, said, rows),
        copies=Share(rows - len(set(map(repr, records))), rows),
        arrival=_arrival(columns, said),
        breakdowns=tuple(_breakdown(each, columns, said) for each in segments if each in columns),
        pairs=tuple(_pairs(one, two, columns) for one, two in itertools.combinations(said.taxonomy, 2)),
    )


def pair(
    pilot: Fingerprint,
    production: Fingerprint,
    *,
    renamed: Mapping[str, str] | None = None,
    live: Live | None = None,
    context: Context | None = None,
) -> Pair:
    """Both sides, with columns matched by their names, and as `renamed` says."""
    called = renamed or {}
    there = {column.name for column in production.columns}
    pairs = [
        Pairing(column.name, called.get(column.name, column.name), 1.0)
        for column in pilot.columns
        if called.get(column.name, column.name) in there
    ]
    found = {each.production for each in pairs}
    kept = {each.pilot for each in pairs}
    matching = Matching(
        tuple(pairs),
        tuple(column.name for column in pilot.columns if column.name not in kept),
        tuple(column.name for column in production.columns if column.name not in found),
    )
    return Pair(pilot, production, matching, live or Live(), context or Context("source", now=NOW))


def histogram(values: Sequence[float]) -> LogHistogram:
    """The bins of these values."""
    positive = Counter(_bin(value) for value in values if value > 0)
    negative = Counter(_bin(value) for value in values if value < 0)
    return LogHistogram(sum(value == 0 for value in values), positive, negative)


def _bin(value: float) -> int:
    return math.floor(math.log(abs(value)) * BINS_PER_E)


def _column(name: str, values: Sequence[Any]) -> Column:
    present = [value for value in values if value is not None]
    form = _form(present)
    counts = Counter(str(value) for value in present)
    different = len(counts)
    return Column(
        name=name,
        physical=form.value.upper(),
        form=form,
        rows=len(values),
        missing=len(values) - len(present),
        distinct=Distinct(different, different, different),
        numbers=_numbers(present) if form.numeric else None,
        moments=_moments(present) if form.temporal else None,
        texts=_texts(present) if form is Form.TEXT else None,
        vocabulary=Vocabulary(dict(counts)) if different <= MOST_VALUES else None,
        looks=_looks(present),
    )


def _form(present: Sequence[Any]) -> Form:
    kinds = {type(value) for value in present}
    if not kinds:
        return Form.EMPTY
    if kinds <= {int}:
        return Form.INTEGER
    if kinds <= {int, float}:
        return Form.DECIMAL
    forms = {bool: Form.BOOLEAN, dt.date: Form.DATE, dt.datetime: Form.TIMESTAMP}
    return forms.get(next(iter(kinds)), Form.TEXT) if len(kinds) == 1 else Form.TEXT


def _numbers(present: Sequence[Any]) -> Numbers:
    finite = [float(value) for value in present if math.isfinite(value)]
    return Numbers(
        least=min(finite, default=0.0),
        greatest=max(finite, default=0.0),
        total=sum(finite),
        squares=sum(value * value for value in finite),
        histogram=histogram(finite),
        not_a_number=sum(math.isnan(value) for value in present),
        infinite=sum(math.isinf(value) for value in present),
        whole=sum(value == int(value) for value in finite),
    )


def _moments(present: Sequence[Any]) -> Moments:
    midnight = dt.time()
    at = [value if isinstance(value, dt.datetime) else dt.datetime.combine(value, midnight) for value in present]
    zoned = at[0].tzinfo is not None
    utc = [value.astimezone(dt.UTC) if value.tzinfo else value.replace(tzinfo=dt.UTC) for value in at]
    hours = Counter(value.hour for value in utc)
    weekdays = Counter(value.weekday() for value in utc)
    timed = isinstance(present[0], dt.datetime)
    return Moments(
        least=min(utc),
        greatest=max(utc),
        zoned=zoned,
        days=dict(Counter(value.date() for value in utc)),
        hours=tuple(hours[hour] for hour in range(24)) if timed else (),
        weekdays=tuple(weekdays[day] for day in range(7)),
        at_midnight=sum(value.time() == dt.time() for value in utc),
        future=sum(value > NOW for value in utc),
    )


def _texts(present: Sequence[Any]) -> Texts:
    texts = [str(value) for value in present]
    return Texts(
        lengths=histogram([len(text) for text in texts]),
        empty=sum(not text for text in texts),
        padded=sum(text != text.strip() for text in texts),
        beyond_ascii=sum(not text.isascii() for text in texts),
        replaced=sum("\ufffd" in text for text in texts),
        total_length=sum(map(len, texts)),
    )


def mask(text: str) -> str:
    """Digits as 9, capitals as A, small letters as a; runs of three and more shortened with `+`."""
    signs = "".join("9" if s.isdigit() else "A" if s.isupper() else "a" if s.isalpha() else s for s in text)
    return re.sub(r"(9|A|a)\1{2,}", r"\1+", signs)


def _looks(present: Sequence[Any]) -> Looks:
    texts = [str(value) for value in present]
    return Looks(
        of=len(texts),
        masks=dict(Counter(map(mask, texts)).most_common(50)),
        leading_zeros=sum(text.isdigit() and len(text) > 1 and text[0] == "0" for text in texts),
        placeholders=dict(Counter(text for text in texts if text in _PLACEHOLDERS)),
        damaged=sum(bool(_DAMAGED.search(text)) for text in texts),
        markup=sum(bool(re.search(r"&(amp|#\d+);|</?[a-z]+>", text)) for text in texts),
        top=dict(Counter(texts).most_common(1000)) if len(set(texts)) > MOST_VALUES else {},
        personal={"email": count} if (count := sum("@" in text for text in texts)) else {},
    )


def _key(columns: Mapping[str, Sequence[Any]], declared: Declared, rows: int) -> KeyPrint | None:
    if not declared.key:
        return None
    keys = list(zip(*(columns[name] for name in declared.key), strict=True))
    present = [key for key in keys if None not in key]
    return KeyPrint(declared.key, rows, len(set(present)), rows - len(present))


def _hour(at: dt.datetime) -> dt.datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _arrival(columns: Mapping[str, Sequence[Any]], declared: Declared) -> Arrival | None:
    if declared.event_time not in columns or declared.ingest_time not in columns:
        return None
    event, ingest = columns[str(declared.event_time)], columns[str(declared.ingest_time)]
    lags = [(b - a).total_seconds() for a, b in zip(event, ingest, strict=True)]
    loads, events = Counter(map(_hour, ingest)), Counter(map(_hour, event))
    return Arrival(str(declared.event_time), str(declared.ingest_time), histogram(lags), dict(loads), dict(events))


def _breakdown(by: str, columns: Mapping[str, Sequence[Any]], declared: Declared) -> Breakdown:
    places: dict[str, list[int]] = {}
    for row, value in enumerate(columns[by]):
        if value is not None:
            places.setdefault(str(value), []).append(row)
    largest = sorted(places, key=lambda value: -len(places[value]))[:50]
    cells = {value: _cell(places[value], columns, declared) for value in largest}
    return Breakdown(by, len(columns[by]), cells)


def _cell(rows: Sequence[int], columns: Mapping[str, Sequence[Any]], declared: Declared) -> Cell:
    inside = {name: [values[row] for row in rows] for name, values in columns.items()}
    numeric = {name: [v for v in values if v is not None] for name, values in inside.items()}
    event = inside.get(declared.event_time or "", [])
    hours = Counter(at.hour for at in event if isinstance(at, dt.datetime))
    return Cell(
        rows=len(rows),
        missing={name: values.count(None) for name, values in inside.items() if None in values},
        histograms={name: histogram(found) for name, found in numeric.items() if _form(found).numeric},
        days=dict(Counter(at.date() if isinstance(at, dt.datetime) else at for at in event)),
        hours=tuple(hours[hour] for hour in range(24)) if hours else (),
    )


def _pairs(one: str, two: str, columns: Mapping[str, Sequence[Any]]) -> Pairs:
    together = Counter(zip(map(str, columns[one]), map(str, columns[two]), strict=True))
    return Pairs((one, two), dict(together))
