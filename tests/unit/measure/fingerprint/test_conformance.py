"""DuckDB and Spark measure the same file to the same fingerprint."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.measuring import measure
from roadworthy.measure.fingerprint.model import Column, Fingerprint
from roadworthy.measure.fingerprint.sources.opening import open_source
from roadworthy.measure.fingerprint.terms import Declared
from tests.harness import adversarial

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from roadworthy.measure.fingerprint.engines.spark import SparkEngine

NOW = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
DECLARED = Declared(key=("id",), event_time="event", ingest_time="ingest", taxonomy=("group", "kind"))
TOLERANCE = 1e-9
"""Of sums in double precision, relative: engines add in their own order."""


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return adversarial.write(tmp_path_factory.mktemp("hard") / "hard.parquet")


@pytest.fixture(scope="module")
def spark_engine(spark: SparkSession) -> Iterator[SparkEngine]:
    from roadworthy.measure.fingerprint.engines.spark import SparkEngine

    engine = SparkEngine(spark)
    yield engine
    engine.close()


def on_duckdb(path: Path, declared: Declared = DECLARED) -> Fingerprint:
    with DuckEngine() as engine:
        return measure(open_source(str(path), engine), engine, declared, now=NOW)


def on_spark(path: Path, engine: SparkEngine, declared: Declared = DECLARED) -> Fingerprint:
    from roadworthy.measure.fingerprint.sources.on_spark import open_on_spark

    return measure(open_on_spark(str(path), engine), engine, declared, now=NOW)


@pytest.fixture(scope="module")
def both(hard: Path, spark_engine: SparkEngine) -> tuple[Fingerprint, Fingerprint]:
    return on_duckdb(hard), on_spark(hard, spark_engine)


def comparable(column: Column) -> dict[str, Any]:
    """All of a column but the store's own name for its type."""
    found = {field.name: getattr(column, field.name) for field in dataclasses.fields(column)}
    del found["physical"]
    return found


def close(first: float, second: float) -> bool:
    return math.isclose(first, second, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


@pytest.mark.parametrize("name", adversarial.table(1).column_names)
def test_a_column_is_the_same_on_both_engines(name: str, both: tuple[Fingerprint, Fingerprint]) -> None:
    duck, spark = (each.column(name) for each in both)

    assert duck is not None
    assert spark is not None
    if duck.numbers is not None and spark.numbers is not None:
        assert close(duck.numbers.total, spark.numbers.total)
        assert close(duck.numbers.squares, spark.numbers.squares)
        spark = dataclasses.replace(
            spark, numbers=dataclasses.replace(spark.numbers, total=duck.numbers.total, squares=duck.numbers.squares)
        )
    assert comparable(duck) == comparable(spark)


def test_nested_paths_are_the_same_columns(both: tuple[Fingerprint, Fingerprint]) -> None:
    duck, spark = ([column.name for column in each.columns] for each in both)

    assert duck == spark
    assert {"nested.zip", "nested.geo.lat", "list.count"} <= set(duck)


def test_what_ties_rows_together_is_the_same(both: tuple[Fingerprint, Fingerprint]) -> None:
    duck, spark = both

    assert duck.key == spark.key
    assert duck.copies == spark.copies
    assert duck.arrival == spark.arrival
    assert duck.pairs == spark.pairs
    assert duck.breakdowns == spark.breakdowns


def test_a_key_of_text_is_sketched_to_the_same_hashes(tmp_path: Path, spark_engine: SparkEngine) -> None:
    path = adversarial.write(tmp_path / "keys.parquet", columns=("id", "code", "ingest"))
    declared = Declared(key=("code",), ingest_time="ingest")
    duck, spark = on_duckdb(path, declared), on_spark(path, spark_engine, declared)

    assert duck.key is not None
    assert duck.key.hashes
    assert duck.key == spark.key


def test_nanoseconds_are_read_by_one_engine_and_the_other_says_so(tmp_path: Path, spark_engine: SparkEngine) -> None:
    path = adversarial.write_nanoseconds(tmp_path / "nanos.parquet")

    moments = on_duckdb(path, Declared()).columns[1].moments

    assert moments is not None
    assert moments.least == dt.datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=dt.UTC)
    with pytest.raises(RoadworthyError, match=r"(?i)nano"):
        on_spark(path, spark_engine, Declared())


def test_moments_of_the_old_kind_are_the_same(tmp_path: Path, spark_engine: SparkEngine) -> None:
    path = adversarial.write_int96(tmp_path / "old.parquet")
    duck, spark = on_duckdb(path, Declared()).column("at"), on_spark(path, spark_engine, Declared()).column("at")

    assert duck is not None
    assert spark is not None
    assert duck.moments is not None
    assert spark.moments is not None
    # Nothing in such a file says whether it was meant in UTC: Spark takes it for an instant, DuckDB for a clock.
    assert dataclasses.replace(duck.moments, zoned=True) == dataclasses.replace(spark.moments, zoned=True)
    assert duck.present == spark.present > 0
