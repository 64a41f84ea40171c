"""What leaves the house: no value under the floor, no value of a person, and sums that still hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import InvalidInput, Refused
from roadworthy.measure.fingerprint import codec
from roadworthy.measure.fingerprint.model import (
    Breakdown,
    Cell,
    Column,
    Corpus,
    Fingerprint,
    Form,
    KeyPrint,
    LogHistogram,
    Looks,
    Moments,
    Numbers,
    Pairs,
    PartState,
    Vocabulary,
)
from roadworthy.measure.fingerprint.privacy import SHORTEST_SECRET, coarser, ends, released
from roadworthy.measure.fingerprint.terms import Declared, Privacy, Values
from tests.harness.any_fingerprint import HISTOGRAMS, NOW

SECRET = b"s" * SHORTEST_SECRET
COUNTED = st.lists(st.integers(1, 12), min_size=0, max_size=6)


def tokens(where: str, counts: list[int]) -> dict[str, int]:
    """Values that stand nowhere else, each with its count in its name."""
    return {f"secret-{where}-{place}-rows-{count:03}": count for place, count in enumerate(counts)}


@st.composite
def holding(draw: st.DrawFn) -> tuple[Fingerprint, set[tuple[str, int]]]:
    """A fingerprint with a value of its own in every place where values can stand, and those values with their rows."""
    placed: dict[str, int] = {}

    def some(where: str) -> dict[str, int]:
        found = tokens(where, draw(COUNTED))
        placed.update(found)
        return found

    def lone(where: str) -> str:
        word = f"secret-{where}-lone"
        placed[word] = 1
        return word

    text = Column(
        "text",
        "VARCHAR",
        Form.TEXT,
        100,
        vocabulary=Vocabulary(some("vocabulary")),
        looks=Looks(100, placeholders=some("placeholders"), top=some("top"), masks={lone("mask"): 1}),
        label=lone("label"),
    )
    personal = Column(
        "person",
        "VARCHAR",
        Form.TEXT,
        100,
        vocabulary=Vocabulary({lone("person"): 100}),
        looks=Looks(100, top={lone("person-top"): 100}, personal={"email": 3}),
    )
    cells = {value: Cell(count) for value, count in some("cell").items()}
    one = Fingerprint(
        "name",
        lone("location"),
        "duckdb 2",
        NOW,
        100,
        (text, personal),
        declared=Declared(filters=(lone("filter"),)),
        parts=(PartState(lone("part"), 1, version=lone("version"), fault=lone("fault")),),
        key=KeyPrint(("text",), 100, 100, 0, hashes={12_345: 1}, threshold=2**20),
        breakdowns=(Breakdown("text", 100, cells), Breakdown("person", 100, {lone("person-cell"): Cell(100)})),
        pairs=(
            Pairs(("text", "other"), {(value, "x"): count for value, count in some("pair").items()}),
            Pairs(("text", "person"), {(lone("person-pair"), "x"): 100}),
        ),
        corpus=Corpus(
            "text",
            100,
            LogHistogram(),
            words=some("word"),
            access_lists=some("access"),
            examples={"feature": (lone("example"),)},
        ),
        partial=lone("partial"),
    )
    hidden = {(word, count if "person" not in word else 0) for word, count in placed.items()}
    return one, hidden


@given(holding(), st.integers(2, 10))
def test_no_value_under_the_floor_is_anywhere(drawn: tuple[Fingerprint, set[tuple[str, int]]], floor: int) -> None:
    one, values = drawn
    content = codec.to_json(released(one, Privacy(Values.COMMON, floor))).decode()
    for value, rows in values:
        assert (value in content) <= (rows >= floor), value
    assert "12345" not in content


@given(holding())
@pytest.mark.parametrize("values", [Values.NONE, Values.HASHED])
def test_without_values_there_is_none_at_all(values: Values, drawn: tuple[Fingerprint, set[tuple[str, int]]]) -> None:
    one, _ = drawn
    content = codec.to_json(released(one, Privacy(values), SECRET))
    assert b"secret-" not in content
    assert b"12345" not in content


@given(holding(), st.integers(1, 10))
def test_rows_of_a_vocabulary_stay_what_they_are(drawn: tuple[Fingerprint, set[tuple[str, int]]], floor: int) -> None:
    one, _ = drawn
    for column in released(one, Privacy(Values.COMMON, floor)).columns:
        before = one.column(column.name)
        assert before is not None
        assert before.vocabulary is not None
        assert column.vocabulary is not None
        rows = sum(column.vocabulary.counts.values()) + column.vocabulary.rare_rows
        assert rows == sum(before.vocabulary.counts.values())
        assert len(column.vocabulary.counts) + column.vocabulary.rare_values == len(before.vocabulary.counts)


def lowest(counts: Mapping[int, int]) -> int:
    return min(counts.values(), default=10**9)


@given(HISTOGRAMS, st.integers(1, 40))
def test_no_bin_is_under_the_floor_and_the_sum_stays(histogram: LogHistogram, floor: int) -> None:
    found = coarser(histogram, floor)
    assert found.count == (histogram.count if histogram.count >= floor else 0)
    assert min(lowest(found.positive), lowest(found.negative)) >= floor
    assert found.zero == 0 or found.zero >= floor


def test_the_ends_of_a_range_are_edges_of_bins() -> None:
    low, high = ends(LogHistogram(2, {0: 5}, {20: 1}))
    assert low == pytest.approx(-(2.718281828 ** (21 / 20)))
    assert high == pytest.approx(2.718281828 ** (1 / 20))


def test_the_least_and_greatest_of_a_person_are_not_told() -> None:
    histogram = LogHistogram(0, {0: 10, 200: 1})
    numbers = Numbers(1.0, 22_026.5, 11.0, 11.0, histogram)
    day = dt.date(1931, 5, 6)
    moments = Moments(
        dt.datetime(1931, 5, 6, tzinfo=dt.UTC), NOW, zoned=False, days={day: 1, NOW.date(): 10}, hours=(1,) * 24
    )
    one = Fingerprint(
        "s",
        "s",
        "duckdb 2",
        NOW,
        11,
        (
            Column("amount", "DOUBLE", Form.DECIMAL, 11, numbers=numbers),
            Column("born", "DATE", Form.DATE, 11, moments=moments),
            Column("phone", "BIGINT", Form.INTEGER, 11, numbers=numbers, looks=Looks(11, personal={"phone": 11})),
        ),
    )
    amount, born, phone = released(one, Privacy(Values.COMMON, 5)).columns
    assert amount.numbers is not None
    assert amount.numbers.histogram == LogHistogram(0, {0: 11})
    assert amount.numbers.greatest < 2
    assert born.moments is not None
    assert born.moments.days == {NOW.date(): 10}
    assert born.moments.least.date() == NOW.date()
    assert born.moments.other_days == 1
    assert set(born.moments.hours) == {0}
    assert phone.numbers is None


def keyed(name: str, counts: dict[str, int], secret: bytes) -> Fingerprint:
    column = Column("a", "VARCHAR", Form.TEXT, 10, vocabulary=Vocabulary(counts))
    key = KeyPrint(("a",), 10, 10, 0, hashes={7: 1, 8: 2}, threshold=2**24)
    return released(Fingerprint(name, name, "duckdb 2", NOW, 10, (column,), key=key), Privacy(Values.HASHED), secret)


def test_two_houses_with_one_secret_can_compare() -> None:
    one, two = keyed("one", {"x": 1, "y": 2}, SECRET), keyed("two", {"y": 5}, SECRET)
    other = keyed("three", {"y": 5}, b"t" * SHORTEST_SECRET)
    first, second, third = (set((each.columns[0].vocabulary or Vocabulary({})).counts) for each in (one, two, other))
    assert second < first
    assert not third & first
    assert one.privacy.salt == two.privacy.salt != other.privacy.salt
    assert one.key is not None
    assert two.key is not None
    assert one.key.hashes == two.key.hashes
    assert set(one.key.hashes) != {7, 8}


def test_clear_stays_clear() -> None:
    one = Fingerprint("s", "s", "duckdb 2", NOW, 1, ())
    assert released(one, Privacy()) is one


def test_a_short_secret_is_refused() -> None:
    one = Fingerprint("s", "s", "duckdb 2", NOW, 1, ())
    for secret in (None, b"short"):
        with pytest.raises(InvalidInput) as refused:
            released(one, Privacy(Values.HASHED), secret)
        assert refused.value.code == "fingerprint-secret-short"


def test_what_was_released_is_not_released_again() -> None:
    one = replace(Fingerprint("s", "s", "duckdb 2", NOW, 1, ()), privacy=Privacy(Values.COMMON, 5))
    with pytest.raises(Refused) as refused:
        released(one, Privacy(Values.COMMON, 2))
    assert refused.value.code == "fingerprint-already-released"
