"""A new day costs a day: parts that are known are not measured again, and the sum is that of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.measuring import measure
from roadworthy.measure.fingerprint.partwise import measure_parts
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
    first = measure_parts(open_source(str(tmp_path), engine), engine, declared, known={}, now=NOW)
    assert first.fresh == ("2026-03-01.csv", "2026-03-02.csv")
    day(tmp_path, 3)
    day(tmp_path, 2, rows=25)
    opened = open_source(str(tmp_path), engine)
    second = measure_parts(opened, engine, declared, known=first.parts, now=NOW)
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
