"""Fingerprints of any content, for laws: what no measurement would come up with must still be added up and written."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from roadworthy.measure.fingerprint import model, terms

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
COUNTS = st.integers(0, 50)
WORDS = st.text(min_size=1, max_size=6)
SHORT = st.sampled_from(("a", "b", "c"))
FINITE = st.floats(allow_nan=False, allow_infinity=False, width=32)
SUMS = st.integers(-(2**40), 2**40).map(lambda eighths: eighths / 8)
"""Numbers that add up exactly in any order. Of others a sum can lose all that is small beside what cancels out."""
DAYS = st.dates(dt.date(2025, 1, 1), dt.date(2026, 1, 1))
INSTANTS = st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2026, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001 - Hypothesis adds the zone


def counted(keys: st.SearchStrategy[str] = WORDS) -> st.SearchStrategy[dict[str, int]]:
    """Counts by a word."""
    return st.dictionaries(keys, COUNTS, max_size=4)


def tuple_of(length: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Counts by position."""
    return st.lists(COUNTS, min_size=length, max_size=length).map(tuple)


BINS = st.dictionaries(st.integers(-300, 300), st.integers(1, 20), max_size=5)
HISTOGRAMS = st.builds(model.LogHistogram, COUNTS, BINS, BINS)
SHARES = st.builds(model.Share, COUNTS, COUNTS)
NUMBERS = st.builds(model.Numbers, FINITE, FINITE, SUMS, SUMS, HISTOGRAMS, COUNTS, COUNTS, COUNTS)
MOMENTS = st.builds(
    model.Moments,
    INSTANTS,
    INSTANTS,
    st.booleans(),
    st.dictionaries(DAYS, COUNTS, max_size=4),
    COUNTS,
    tuple_of(24),
    tuple_of(7),
    COUNTS,
    COUNTS,
)
TEXTS = st.builds(model.Texts, HISTOGRAMS, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
VOCABULARIES = st.builds(model.Vocabulary, counted())
LOOKS = st.builds(
    model.Looks, COUNTS, counted(), counted(), COUNTS, counted(), COUNTS, COUNTS, COUNTS, counted(), counted()
)
CELLS = st.builds(
    model.Cell,
    COUNTS,
    counted(SHORT),
    st.dictionaries(SHORT, HISTOGRAMS, max_size=2),
    st.dictionaries(DAYS, COUNTS, max_size=2),
    tuple_of(24),
)
CORPORA = st.builds(
    model.Corpus,
    st.just("text"),
    COUNTS,
    HISTOGRAMS,
    counted(),
    counted(),
    tuple_of(20),
    counted(),
    COUNTS,
    COUNTS,
    COUNTS,
    COUNTS,
    counted(),
    counted(),
    st.none() | SHARES,
    st.none() | SHARES,
    counted(),
)
ARRIVALS = st.builds(
    model.Arrival,
    st.just("at"),
    st.just("in"),
    HISTOGRAMS,
    st.dictionaries(INSTANTS, COUNTS, max_size=3),
    st.dictionaries(INSTANTS, COUNTS, max_size=3),
)


@st.composite
def columns(draw: st.DrawFn, name: str, rows: int) -> model.Column:
    """A column of so many rows; one without a value knows nothing about values."""
    missing = draw(st.integers(0, rows))
    physical = draw(st.sampled_from(("VARCHAR", "BIGINT")))
    if missing == rows:
        return model.Column(name, physical, draw(st.sampled_from((model.Form.EMPTY, model.Form.TEXT))), rows, missing)
    form = draw(st.sampled_from(model.Form))
    low = draw(st.integers(1, 9))
    distinct = model.Distinct(low, low + 1, low + draw(st.integers(2, 9)))
    return model.Column(
        name,
        physical,
        form,
        rows,
        missing,
        unread=draw(COUNTS),
        distinct=draw(st.none() | st.just(distinct)),
        numbers=draw(NUMBERS) if form.numeric else None,
        moments=draw(MOMENTS) if form.temporal else None,
        texts=draw(st.none() | TEXTS),
        vocabulary=draw(st.none() | VOCABULARIES),
        looks=draw(st.none() | LOOKS),
    )


@st.composite
def fingerprints(draw: st.DrawFn) -> model.Fingerprint:
    """A fingerprint that could be a part of any other one drawn here."""
    rows = draw(st.integers(1, 60))
    names = draw(st.lists(SHORT, unique=True, max_size=3))
    return model.Fingerprint(
        name=draw(WORDS),
        location=draw(WORDS),
        engine=draw(st.sampled_from(("duckdb 2.0.0", "spark 4.3.0"))),
        measured_at=draw(INSTANTS),
        rows=rows,
        columns=tuple(draw(columns(name, rows)) for name in names),
        parts=tuple(model.PartState(name, rows) for name in draw(st.lists(WORDS, max_size=2))),
        copies=draw(st.none() | SHARES),
        arrival=draw(st.none() | ARRIVALS),
        breakdowns=tuple(
            model.Breakdown(by, draw(COUNTS), draw(st.dictionaries(WORDS, CELLS, max_size=2)))
            for by in draw(st.lists(SHORT, unique=True, max_size=2))
        ),
        pairs=draw(
            st.just(())
            | st.builds(
                model.Pairs, st.just(("a", "b")), st.dictionaries(st.tuples(WORDS, WORDS), COUNTS, max_size=3)
            ).map(lambda one: (one,))
        ),
        corpus=draw(st.none() | CORPORA),
        sampling=draw(st.none() | st.builds(terms.Sampling, COUNTS, COUNTS, st.sampled_from(("by hash", "by row")))),
        size=draw(st.none() | COUNTS),
        partial=draw(st.none() | st.sampled_from(("cancelled", "one file is broken"))),
    )
