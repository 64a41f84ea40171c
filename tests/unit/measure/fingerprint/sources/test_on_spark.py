"""What Spark opens, and what it says of what it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from roadworthy.foundation.errors import InvalidInput, NotFound
from roadworthy.measure.fingerprint.model import Form
from roadworthy.measure.fingerprint.relation import Opened

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from roadworthy.measure.fingerprint.engines.spark import SparkEngine

LINES = [
    "id,amount,day,note",
    *(f"{number},{number}.50,2026-01-0{number % 9 + 1},it's {number}" for number in range(60)),
]
TABLE = pa.table({"id": list(range(60)), "amount": [number + 0.5 for number in range(60)]})


@pytest.fixture(scope="module")
def engine(spark: SparkSession) -> Iterator[SparkEngine]:
    """One for all tests here."""
    from roadworthy.measure.fingerprint.engines.spark import SparkEngine

    made = SparkEngine(spark)
    yield made
    made.close()


def opened(location: object, engine: SparkEngine) -> Opened:
    from roadworthy.measure.fingerprint.sources.on_spark import open_on_spark

    return open_on_spark(str(location), engine)


def forms(of: Opened) -> dict[str, Form]:
    return {field.name: field.form for field in of.relation.fields}


def rows(of: Opened, engine: SparkEngine) -> int:
    return int(engine.rows(f"SELECT count(*) FROM {of.relation.source}")[0][0])


def test_text_of_a_csv_file_is_read_as_what_it_is(tmp_path: Path, engine: SparkEngine) -> None:
    path = tmp_path / "payments.csv"
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")

    found = opened(path, engine)

    assert found.name == "payments"
    assert forms(found) == {"id": Form.INTEGER, "amount": Form.DECIMAL, "day": Form.DATE, "note": Form.TEXT}
    assert sum(part.rows for part in found.parts) == 60
    field = next(each for each in found.relation.fields if each.name == "amount")
    assert engine.rows(f"SELECT sum({field.expression}) FROM {found.relation.source}") == [(1800.0,)]


def test_a_folder_of_parquet_has_a_part_for_each_file(tmp_path: Path, engine: SparkEngine) -> None:
    for name, count in (("a", 20), ("b", 40)):
        pq.write_table(TABLE.slice(0, count), tmp_path / f"{name}.parquet")

    found = opened(tmp_path, engine)

    assert [part.rows for part in found.parts] == [20, 40]
    assert [Path(part.name).name for part in found.parts] == ["a.parquet", "b.parquet"]
    assert found.relation.part is not None


def test_lines_of_json_keep_their_nested_columns(tmp_path: Path, engine: SparkEngine) -> None:
    path = tmp_path / "orders.jsonl"
    path.write_text('{"id": 1, "customer": {"mail": "a"}, "lines": [{"n": 2}, {"n": 3}]}\n' * 5, encoding="utf-8")

    found = opened(path, engine)

    assert {"id", "customer.mail", "lines.count", "lines[0].n"} <= set(forms(found))
    count = next(each for each in found.relation.fields if each.name == "lines.count")
    assert engine.rows(f"SELECT min({count.expression}) FROM {found.relation.source}") == [(2,)]


def test_a_table_is_opened_by_its_name(engine: SparkEngine) -> None:
    engine.session.createDataFrame([(1, "a"), (2, "b")], "id bigint, word string").createOrReplaceTempView("words_here")

    found = opened("words_here", engine)

    assert forms(found)["word"] is Form.TEXT
    assert found.parts == ()
    assert rows(found, engine) == 2


@pytest.mark.parametrize("name", ["nowhere.parquet", "nowhere.csv", "no_such_table"])
def test_what_is_not_there_is_told_with_its_place(name: str, tmp_path: Path, engine: SparkEngine) -> None:
    location = str(tmp_path / name) if "." in name else name

    with pytest.raises(NotFound, match="there is nothing at") as told:
        opened(location, engine)

    assert told.value.code == "source-not-found"
    assert name in told.value.message


def test_a_broken_file_among_good_ones_ends_the_reading_and_is_named(tmp_path: Path, engine: SparkEngine) -> None:
    pq.write_table(TABLE, tmp_path / "good.parquet")
    (tmp_path / "late.parquet").write_bytes(b"this is no Parquet at all, however it is called")

    with pytest.raises(InvalidInput, match=r"late\.parquet") as told:
        opened(tmp_path, engine)

    assert told.value.code == "source-unreadable"


def test_what_was_opened_is_let_go(tmp_path: Path, engine: SparkEngine) -> None:
    path = tmp_path / "few.parquet"
    pq.write_table(TABLE, path)
    found = opened(path, engine)

    found.close()

    with pytest.raises(InvalidInput):
        rows(found, engine)


def test_the_session_is_set_back_when_few_rows_were_asked_about(spark: SparkSession) -> None:
    from roadworthy.measure.fingerprint.engines.spark import OF_FEW, SETTINGS, SparkEngine

    keys = (*SETTINGS, *OF_FEW)
    before = {key: spark.conf.get(key, None) for key in keys}
    engine = SparkEngine(spark)
    kept = engine.keep("whole", "SELECT id, id % 3 AS kind FROM range(0, 90, 1, 8)")

    assert sorted(engine.rows(f"SELECT kind, count(*) FROM {kept} GROUP BY 1")) == [(0, 30), (1, 30), (2, 30)]
    assert {key: spark.conf.get(key, None) for key in OF_FEW} == {key: before[key] for key in OF_FEW}
    engine.close()
    assert {key: spark.conf.get(key, None) for key in keys} == before


def test_what_was_kept_takes_no_memory_afterwards(spark: SparkSession) -> None:
    from roadworthy.measure.fingerprint.engines.spark import SparkEngine

    def held() -> int:
        return int(spark.sparkContext._jsc.sc().getRDDStorageInfo().__len__())

    before = held()
    engine = SparkEngine(spark)
    for seed in (1, 2):
        kept = engine.keep("sample", f"SELECT id * {seed} AS id FROM range(0, 50, 1, 4)")
        assert engine.rows(f"SELECT max(id) FROM {kept}") == [(49 * seed,)]
        assert held() == before + 1

    engine.close()

    assert held() == before
