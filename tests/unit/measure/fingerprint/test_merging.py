"""Adding fingerprints up: in any order, in any grouping, and as if the whole had been measured at once."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roadworthy.foundation.errors import InvalidInput
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.measuring import measure
from roadworthy.measure.fingerprint.merging import merged, settled
from roadworthy.measure.fingerprint.model import (
    MOST_DAYS,
    Column,
    Distinct,
    Fingerprint,
    Form,
    KeyPrint,
    Looks,
    Moments,
    Vocabulary,
)
from roadworthy.measure.fingerprint.sources.opening import open_source
from roadworthy.measure.fingerprint.terms import Declared, Privacy, Values
from tests.harness.any_fingerprint import DAYS, NOW, fingerprints


def alike(left: Any, right: Any) -> bool:
    """Equal but for the order of mappings, the last digits of sums, and the order of columns and parts."""
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-6) or (math.isnan(left) and math.isnan(right))
    if is_dataclass(left) and type(left) is type(right):
        return all(alike(getattr(left, each.name), getattr(right, each.name)) for each in fields(left))
    if isinstance(left, Mapping):
        return left.keys() == right.keys() and all(alike(item, right[key]) for key, item in left.items())
    if isinstance(left, tuple):
        return len(left) == len(right) and all(alike(a, b) for a, b in zip(left, right, strict=True))
    return bool(left == right)


def sorted_out(one: Fingerprint) -> Fingerprint:
    return replace(
        one,
        columns=tuple(sorted(one.columns, key=lambda column: column.name)),
        parts=tuple(sorted(one.parts, key=lambda part: (part.name, part.rows))),
        breakdowns=tuple(sorted(one.breakdowns, key=lambda each: each.by)),
    )


@given(fingerprints(), fingerprints(), fingerprints())
def test_grouping_makes_no_difference(one: Fingerprint, two: Fingerprint, three: Fingerprint) -> None:
    left = merged([merged([one, two]), three])
    assert alike(left, merged([one, merged([two, three])]))
    assert alike(left, merged([one, two, three]))


@given(fingerprints(), fingerprints())
def test_order_makes_no_difference(one: Fingerprint, two: Fingerprint) -> None:
    assert alike(sorted_out(merged([one, two])), sorted_out(merged([two, one])))


@given(fingerprints())
def test_one_part_is_the_whole(one: Fingerprint) -> None:
    assert merged([one]) == one


def measured(engine: DuckEngine, rows: str, folder: Path, name: str) -> Fingerprint:
    path = folder / f"{name}.csv"
    path.write_text(rows)
    opened = open_source(str(path), engine)
    found = measure(opened, engine, Declared(key=("id",)), now=NOW)
    opened.close()
    return found


ROW = st.tuples(st.integers(0, 30), st.sampled_from(("red", "green", "")), st.none() | st.integers(-500, 500), DAYS)


@given(st.lists(ROW, min_size=4, max_size=40), st.data())
@settings(max_examples=6)
def test_the_sum_of_the_parts_is_the_whole(rows: list[tuple[Any, ...]], data: st.DataObject) -> None:
    cut = data.draw(st.integers(2, len(rows) - 2))
    with DuckEngine(threads=1) as engine:

        def of(some: list[tuple[Any, ...]], name: str) -> Fingerprint:
            lines = [f"{key},{word},{'' if number is None else number},{day}" for key, word, number, day in some]
            return measured(engine, "id,word,number,day\n" + "\n".join(lines) + "\n", engine.folder, name)

        whole = of(rows, "whole")
        total = settled(merged([of(rows[:cut], "first"), of(rows[cut:], "second")]))
    assert total.rows == whole.rows
    assert total.key is not None
    assert whole.key is not None
    assert total.key.rows == whole.key.rows
    assert total.key.hashes == whole.key.hashes
    assert total.key.distinct == whole.key.distinct
    for column in whole.columns:
        summed = total.column(column.name)
        assert summed is not None
        if summed.form is column.form:
            for metric in ("missing", "numbers", "moments", "texts", "vocabulary"):
                assert alike(getattr(summed, metric), getattr(column, metric)), metric


# ---------------------------------------------------------------- single decisions


def with_column(column: Column, **more: Any) -> Fingerprint:
    return Fingerprint("s", "s", "duckdb 2", NOW, column.rows, (column,), **more)


def test_a_column_that_a_part_lacks_is_missing_there() -> None:
    first = with_column(Column("a", "BIGINT", Form.INTEGER, 10))
    second = with_column(Column("b", "BIGINT", Form.INTEGER, 5))
    total = merged([first, second])
    assert [(column.name, column.rows, column.missing) for column in total.columns] == [("a", 15, 5), ("b", 15, 10)]


def test_a_column_that_is_text_in_one_part_is_text_without_numbers() -> None:
    first = with_column(Column("a", "BIGINT", Form.INTEGER, 10))
    second = with_column(Column("a", "VARCHAR", Form.TEXT, 5))
    total = merged([first, second]).columns[0]
    assert total.form is Form.TEXT
    assert total.physical == "BIGINT | VARCHAR"
    assert total.numbers is None


def test_distinct_values_without_a_vocabulary_become_a_range() -> None:
    first = with_column(Column("a", "VARCHAR", Form.TEXT, 10, distinct=Distinct(8, 8, 8)))
    second = with_column(Column("a", "VARCHAR", Form.TEXT, 10, distinct=Distinct(9, 9, 9)))
    distinct = merged([first, second]).columns[0].distinct
    assert distinct is not None
    assert (distinct.low, distinct.high) == (9, 17)
    assert not distinct.exact


def test_distinct_values_with_vocabularies_are_counted() -> None:
    first = with_column(
        Column("a", "V", Form.TEXT, 2, distinct=Distinct(2, 2, 2), vocabulary=Vocabulary({"x": 1, "y": 1}))
    )
    second = with_column(
        Column("a", "V", Form.TEXT, 2, distinct=Distinct(2, 2, 2), vocabulary=Vocabulary({"y": 1, "z": 1}))
    )
    assert merged([first, second]).columns[0].distinct == Distinct(3, 3, 3)


def test_keys_in_both_parts_are_counted_once() -> None:
    def key(hashes: dict[int, int]) -> KeyPrint:
        return KeyPrint(("a",), len(hashes), len(hashes), 0, hashes=hashes, threshold=2**31)

    first = with_column(Column("a", "V", Form.TEXT, 3), key=key({1: 1, 2: 1, 3: 1}))
    second = with_column(Column("a", "V", Form.TEXT, 2), key=key({3: 1, 4: 1}))
    total = merged([first, second]).key
    assert total is not None
    assert (total.rows, total.distinct, total.hashes[3]) == (5, 4, 2)


def test_of_too_many_days_the_latest_stay() -> None:
    begin, one = dt.date(2000, 1, 1), dt.timedelta(days=1)

    def moments(start: int) -> Moments:
        days = {begin + place * one: 1 for place in range(start, start + MOST_DAYS - 1)}
        return Moments(NOW, NOW, zoned=False, days=days)

    first = with_column(Column("a", "DATE", Form.DATE, 5, moments=moments(0)))
    second = with_column(Column("a", "DATE", Form.DATE, 5, moments=moments(10)))
    total = merged([first, second]).columns[0].moments
    assert total is not None
    assert len(total.days) == MOST_DAYS
    assert min(total.days) == begin + 9 * one
    assert total.other_days == 9


def test_what_is_settled_keeps_the_commonest() -> None:
    masks = {f"9{'+' * place}": place for place in range(100)}
    one = with_column(Column("a", "V", Form.TEXT, 5, looks=Looks(100, masks=masks)))
    looks = settled(one).columns[0].looks
    assert looks is not None
    assert len(looks.masks) == 50
    assert min(looks.masks.values()) == 50


def test_parts_under_other_declarations_are_not_added() -> None:
    one = with_column(Column("a", "V", Form.TEXT, 5))
    with pytest.raises(InvalidInput) as refused:
        merged([one, replace(one, declared=Declared(key=("a",)))])
    assert refused.value.code == "fingerprints-unlike"
    with pytest.raises(InvalidInput):
        merged([one, replace(one, privacy=Privacy(Values.NONE))])


def test_nothing_is_no_sum() -> None:
    with pytest.raises(InvalidInput) as refused:
        merged([])
    assert refused.value.code == "fingerprints-none"
