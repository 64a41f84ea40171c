"""Whole numbers in SQL: what is spelt for speed gives what Python's own numbers give, on both engines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.measure.fingerprint import metrics as m
from roadworthy.measure.fingerprint.emit import emitter, grouping
from roadworthy.measure.fingerprint.emit.arithmetic import DAY, PRIME
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.model import Form
from roadworthy.measure.fingerprint.relation import Engine, Field

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

EDGES = (0, 1, 63, 64, 65, DAY - 1, DAY, PRIME - 1, PRIME, 2**53, 2**62, 2**63 - 1)
NUMBERS = (*EDGES, *(-edge for edge in EDGES[1:]), -(2**63))
FIELD = Field("x", "x", "BIGINT", Form.INTEGER)
FIELDS = (FIELD,)
CLASSES = 3


@pytest.fixture(params=["duckdb", "spark"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "duckdb":
        with DuckEngine() as opened:
            yield opened
        return
    from roadworthy.measure.fingerprint.engines.spark import SparkEngine

    session: SparkSession = request.getfixturevalue("spark")
    yield SparkEngine(session)


def listed(numbers: Sequence[int | None]) -> str:
    """A source of one column `x` of 64-bit numbers, in the SQL of both engines."""
    rows = ", ".join("(CAST(NULL AS BIGINT))" if one is None else f"(CAST('{one}' AS BIGINT))" for one in numbers)
    return f"(SELECT x FROM (VALUES {rows}) AS t(x)) AS s"


@pytest.mark.parametrize("divisor", [64, grouping.HOUR, DAY])
def test_floored_rounds_down_over_the_whole_range(engine: Engine, divisor: int) -> None:
    sql = f"SELECT x, {emitter(engine.dialect).floored('x', divisor)} FROM {listed(NUMBERS)}"
    assert {int(row[0]): int(row[1]) for row in engine.rows(sql)} == {one: one // divisor for one in NUMBERS}


def dense(engine: Engine, numbers: Sequence[int | None]) -> tuple[int, int, int]:
    """Rows with a key, different keys, rows without: added up over the classes of blocks."""
    emit = emitter(engine.dialect)
    wanted = [m.DenseKeys(FIELD, remainder, CLASSES) for remainder in range(CLASSES)]
    found = [engine.rows(grouping.special(emit, one, listed(numbers)))[0] for one in wanted]
    rows, different, missing = (sum(int(value or 0) for value in column) for column in zip(*found, strict=True))
    return rows, different, missing


def truly(numbers: Sequence[int | None]) -> tuple[int, int, int]:
    there = [one for one in numbers if one is not None]
    return len(there), len(set(there)), len(numbers) - len(there)


def test_keys_counted_by_blocks_are_all_counted_once(engine: Engine) -> None:
    numbers = [*NUMBERS, *range(-130, 130), *range(0, 130, 7), None, None]
    assert dense(engine, numbers) == truly(numbers)


@given(numbers=st.lists(st.none() | st.integers(-400, 400), min_size=1, max_size=300))
def test_any_keys_counted_by_blocks(numbers: list[int | None]) -> None:
    with DuckEngine(threads=1) as engine:
        assert dense(engine, numbers) == truly(numbers)


def test_the_short_hash_of_narrow_keys_is_the_long_one(engine: Engine) -> None:
    emit = emitter(engine.dialect)
    numbers = [*(one for one in EDGES if one < PRIME), *range(0, PRIME, PRIME // 50)]
    short, long = (emit.key_hash(FIELDS, narrow=narrow) for narrow in (True, False))
    found = engine.rows(f"SELECT x, {short}, {long} FROM {listed(numbers)}")
    assert len(found) == len(numbers)
    assert all(int(row[1]) == int(row[2]) for row in found)
    assert all(0 <= int(row[1]) < PRIME for row in found)
    assert len({int(row[1]) for row in found}) == len(set(numbers))
