"""A new day costs a day: parts that are known are not measured again, and the sum is that of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from roadworthy.measure.fingerprint import partwise
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.measuring import measure
from roadworthy.measure.fingerprint.model import Fingerprint
from roadworthy.measure.fingerprint.partwise import measure_parts
from roadworthy.measure.fingerprint.progress import Cancelled
from roadworthy.measure.fingerprint.sources.opening import open_source
from roadworthy.measure.fingerprint.terms import Declared
from tests.harness.any_fingerprint import NOW


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    with DuckEngine(threads=2) as one:
        yield one


def day(folder: Path, number: int, rows: int = 20) -> None:
    lines = "".join(
        f"{number * 100 + place},{'red' if place % 2 else 'green'},{place * 1.5}\n" for place in range(rows)
    )
    (folder / f"2026-03-{number:02}.csv").write_text("id,colour,amount\n" + lines)


def test_only_what_is_new_or_changed_is_measured(engine: DuckEngine, tmp_path: Path) -> None:
    declared = Declared(key=("id",))
    day(tmp_path, 1)
    day(tmp_path, 2)
    first = measure_parts(open_source(str(tmp_path), engine), engine, declared, known={}, now=NOW, batch=0)
    assert first.fresh == ("2026-03-01.csv", "2026-03-02.csv")
    day(tmp_path, 3)
    day(tmp_path, 2, rows=25)
    opened = open_source(str(tmp_path), engine)
    second = measure_parts(opened, engine, declared, known=first.parts, now=NOW, batch=0)
    assert second.fresh == ("2026-03-02.csv", "2026-03-03.csv")
    assert {key.part for key in second.parts} == {f"2026-03-0{number}.csv" for number in (1, 2, 3)}
    whole = measure(opened, engine, declared, now=NOW)
    assert second.whole.rows == whole.rows == 65
    assert second.whole.key == whole.key
    colour, all_colours = second.whole.column("colour"), whole.column("colour")
    assert colour is not None
    assert all_colours is not None
    assert colour.vocabulary == all_colours.vocabulary
    assert colour.texts == all_colours.texts
    assert [part.rows for part in second.whole.parts] == [20, 25, 20]


def test_another_declaration_measures_everything_anew(engine: DuckEngine, tmp_path: Path) -> None:
    day(tmp_path, 1)
    day(tmp_path, 2)
    opened = open_source(str(tmp_path), engine)
    first = measure_parts(opened, engine, Declared(), known={}, now=NOW)
    again = measure_parts(opened, engine, Declared(), known=first.parts, now=NOW)
    assert not again.fresh
    assert again.whole == first.whole
    other = measure_parts(opened, engine, Declared(key=("id",)), known=first.parts, now=NOW)
    assert len(other.fresh) == 2


def test_a_part_that_cannot_be_read_is_named_and_makes_it_partial(engine: DuckEngine, tmp_path: Path) -> None:
    day(tmp_path, 1)
    (tmp_path / "2026-03-02.csv").write_text('id,colour,amount\n1,"open\n')
    found = measure_parts(open_source(str(tmp_path), engine), engine, Declared(), known={}, now=NOW).whole
    assert found.partial == "1 of 2 parts could not be read"
    assert [part.name for part in found.faults] == ["2026-03-02.csv"]


def table(folder: Path, number: int, rows: int = 30) -> None:
    """A day as Parquet, which is read where it lies."""
    target = folder / f"day-{number:03}.parquet"
    listed = f"{number} * 1000 + n AS id, 'c' || n % 3 AS colour, n * 1.5 AS amount"
    duckdb.connect().execute(f"COPY (SELECT {listed} FROM range({rows}) AS r(n)) TO '{target}' (FORMAT parquet)")


def test_small_parts_share_a_batch_and_a_new_day_is_one_of_its_own(engine: DuckEngine, tmp_path: Path) -> None:
    declared = Declared(key=("id",))
    for number in range(6):
        table(tmp_path, number)
    first = measure_parts(open_source(str(tmp_path), engine), engine, declared, known={}, now=NOW)
    assert (len(first.parts), len(first.fresh), first.taken) == (1, 6, 0)
    table(tmp_path, 6)
    opened = open_source(str(tmp_path), engine)
    second = measure_parts(opened, engine, declared, known=first.parts, now=NOW)
    assert (len(second.parts), second.fresh, second.taken) == (2, ("day-006.parquet",), 6)
    whole = measure(opened, engine, declared, now=NOW)
    assert second.whole.rows == whole.rows == 210
    assert second.whole.key == whole.key
    assert [column.numbers for column in second.whole.columns] == [column.numbers for column in whole.columns]
    table(tmp_path, 3, rows=31)
    third = measure_parts(open_source(str(tmp_path), engine), engine, declared, known=second.parts, now=NOW)
    assert third.taken == 1, "the day that changed takes its batch along"
    assert third.whole.rows == 211


def test_many_small_batches_are_measured_again_as_one(
    engine: DuckEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partwise, "MOST_SMALL", 3)
    known: dict[partwise.PartKey, Fingerprint] = {}
    batches = []
    for number in range(6):
        table(tmp_path, number)
        found = measure_parts(open_source(str(tmp_path), engine), engine, Declared(), known=known, now=NOW)
        known = dict(found.parts)
        batches.append(len(known))
        assert found.whole.rows == 30 * (number + 1)
    assert batches == [1, 2, 3, 4, 1, 2]


def test_what_was_finished_before_somebody_stopped_is_taken_the_next_time(engine: DuckEngine, tmp_path: Path) -> None:
    for number in range(4):
        table(tmp_path, number)
    opened = open_source(str(tmp_path), engine)
    kept: dict[partwise.PartKey, Fingerprint] = {}
    told: list[float] = []

    class Stops:
        def step(self, what: str, done: float, total: float) -> None:
            told.append(done / total)
            if len(kept) == 2 and "day-002" in what:
                raise Cancelled

    stops = Stops()
    with pytest.raises(Cancelled):
        measure_parts(opened, engine, Declared(), known={}, now=NOW, progress=stops, keep=kept.__setitem__, batch=0)
    assert told == sorted(told)
    assert told[-1] == 0.5
    again = measure_parts(opened, engine, Declared(), known=kept, now=NOW, batch=0)
    assert again.fresh == ("day-002.parquet", "day-003.parquet")
    assert again.whole == measure_parts(opened, engine, Declared(), known={}, now=NOW, batch=0).whole


def test_a_part_whose_pages_do_not_read_is_found_in_its_batch(engine: DuckEngine, tmp_path: Path) -> None:
    for number in range(5):
        table(tmp_path, number, rows=3_000)
    broken = tmp_path / "day-003.parquet"
    content = bytearray(broken.read_bytes())
    content[40:4_000] = b"x" * 3_960
    broken.write_bytes(bytes(content))
    found = measure_parts(open_source(str(tmp_path), engine), engine, Declared(), known={}, now=NOW)
    assert [part.name for part in found.whole.faults] == ["day-003.parquet"]
    assert found.whole.rows == 12_000
    assert len(found.fresh) == 4


def test_a_file_with_a_column_of_its_own_reads_as_its_neighbours_do(engine: DuckEngine, tmp_path: Path) -> None:
    table(tmp_path, 0)
    table(tmp_path, 1)
    wider = f"COPY (SELECT 9 AS id, 'c' AS colour, 1.5 AS amount, true AS late) TO '{tmp_path / 'day-002.parquet'}'"
    duckdb.connect().execute(f"{wider} (FORMAT parquet)")
    opened = open_source(str(tmp_path), engine)
    found = measure_parts(opened, engine, Declared(), known={}, now=NOW, batch=0).whole
    late = found.column("late")
    assert late is not None
    assert (found.rows, late.missing) == (61, 60)
