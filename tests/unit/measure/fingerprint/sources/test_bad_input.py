"""What is wrong with a source is said with its place, and the rest is read."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from roadworthy.foundation.errors import InvalidInput, NotFound
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.model import Form
from roadworthy.measure.fingerprint.relation import Opened, Row
from roadworthy.measure.fingerprint.sources import staging
from roadworthy.measure.fingerprint.sources.opening import open_source


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    with DuckEngine(threads=2) as one:
        yield one


def rows(engine: DuckEngine, opened: Opened) -> list[Row]:
    listing = ", ".join(field.expression for field in opened.relation.fields)
    return engine.rows(f"SELECT {listing} FROM {opened.relation.source} ORDER BY {opened.relation.row_number}")


def faults(opened: Opened) -> dict[str, str]:
    return {part.name: part.fault for part in opened.parts if part.fault}


def parquet(path: Path, query: str = "SELECT range AS a, 'x' AS b FROM range(100)") -> Path:
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


def test_a_truncated_parquet_file_is_named_and_the_others_are_read(engine: DuckEngine, tmp_path: Path) -> None:
    whole = parquet(tmp_path / "a.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(whole[: len(whole) // 2])
    for number in range(50):
        (tmp_path / f"c{number:02}.parquet").write_bytes(whole)
    opened = open_source(str(tmp_path), engine)
    assert set(faults(opened)) == {"b.parquet"}
    assert len(rows(engine, opened)) == 51 * 100
    assert {part.name: part.rows for part in opened.parts}["b.parquet"] == 0


def test_only_a_truncated_file_is_an_error_with_its_name(engine: DuckEngine, tmp_path: Path) -> None:
    whole = parquet(tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(whole[:-20])
    with pytest.raises(InvalidInput) as refused:
        open_source(str(tmp_path / "a.parquet"), engine)
    assert refused.value.code == "source-unreadable"
    assert refused.value.place.source == "a.parquet"


def test_where_nothing_can_be_read_every_reason_is_listed(engine: DuckEngine, tmp_path: Path) -> None:
    for name in ("a.parquet", "b.parquet"):
        (tmp_path / name).write_bytes(b"PAR1 and then nothing of the kind")
    with pytest.raises(InvalidInput) as refused:
        open_source(str(tmp_path), engine)
    assert [finding.place.source for finding in refused.value.findings] == ["a.parquet", "b.parquet"]


def test_a_quote_that_never_closes_is_named_by_its_line(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,note\n1,fine\n2,"never closed\n3,more\n4,more\n')
    (tmp_path / "b.csv").write_text("id,note\n5,fine\n")
    opened = open_source(str(tmp_path), engine)
    assert list(faults(opened)) == ["a.csv"]
    assert faults(opened)["a.csv"].startswith("line 3: a quote that opens in this line is never closed")
    assert rows(engine, opened) == [(5, "fine")]


def test_a_quote_that_closes_at_another_row_is_a_fault_too(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,note\n1,"lost\n2,x\n3,"y"\n4,z\n')
    with pytest.raises(InvalidInput, match="line 2"):
        open_source(str(tmp_path / "a.csv"), engine)


def test_cells_over_several_lines_are_no_fault(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,note\n1,"two\nlines"\n2,"a ""quote"""\n')
    assert rows(engine, open_source(str(tmp_path / "a.csv"), engine)) == [(1, "two\nlines"), (2, 'a "quote"')]


def test_quotes_inside_a_cell_are_kept(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,note\n1,5" pipe\n2,"he said "hi" ok"\n3,z\n')
    found = rows(engine, open_source(str(tmp_path / "a.csv"), engine))
    assert [row[0] for row in found] == [1, 2, 3]
    assert found[0][1] == '5" pipe'


def test_rows_of_another_width_are_kept_and_said(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,note,more\n1,x,y\n2\n3,a,b,c,d\n")
    opened = open_source(str(tmp_path / "a.csv"), engine)
    assert rows(engine, opened) == [(1, "x", "y"), (2, None, None), (3, "a", "b,c,d")]
    assert any("1 rows end early" in note for note in opened.notes)
    assert any("1 rows have too many cells" in note for note in opened.notes)


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("id,name\n1,café\n".encode("latin-1"), "Windows-1252"),
        ("id,name\n1,café\n".encode("utf-16"), "UTF-16"),
        ("id,name\n1,café\n".encode("utf-16-le"), "UTF-16"),
        ("id,name\n1,café\n".encode("utf-8-sig"), ""),
        ("id,name\r1,café\r".encode(), ""),
        ("id,name\r\n1,café\r\n".encode(), ""),
        ("sep=;\nid;name\n1;café\n".encode(), ""),
    ],
)
def test_encodings_are_found_out(content: bytes, note: str, engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    opened = open_source(str(tmp_path / "a.csv"), engine)
    assert [field.name for field in opened.relation.fields] == ["id", "name"]
    assert rows(engine, opened) == [(1, "café")]
    assert any(note in each for each in opened.notes) or not note


def test_a_file_in_two_encodings_loses_nothing(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("id,name\n1,café\n".encode() + "2,naïve\n".encode("cp1252"))
    assert rows(engine, open_source(str(tmp_path / "a.csv"), engine)) == [(1, "café"), (2, "naïve")]


def test_a_cell_of_five_megabytes_is_read(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name\n1," + "x" * 5_000_000 + "\n2,y\n")
    found = rows(engine, open_source(str(tmp_path / "a.csv"), engine))
    assert [(row[0], len(row[1])) for row in found] == [(1, 5_000_000), (2, 1)]


def test_of_a_thousand_and_more_columns_all_are_read_in_several_tables(engine: DuckEngine, tmp_path: Path) -> None:
    count = 2 * staging.WIDTH + 3
    names = [f"c{place}" for place in range(count)]
    for number in (1, 2):
        body = "".join(",".join(str(row * place % 97) for place in range(count)) + "\n" for row in range(number, 4))
        (tmp_path / f"{number}.csv").write_text(",".join(names) + "\n" + body)
    (tmp_path / "3.csv").write_text(",".join(names[: staging.WIDTH]) + "\n" + ",".join("5" * staging.WIDTH) + "\n")
    opened = open_source(str(tmp_path), engine)
    assert [field.name for field in opened.relation.fields] == names
    assert opened.relation.fields[-1].form is Form.INTEGER
    last, first = opened.relation.fields[-1], opened.relation.fields[1]
    found = engine.rows(f"SELECT {first.expression}, {last.expression} FROM {opened.relation.source} ORDER BY rowid")
    assert found == [*((row, row * (count - 1) % 97) for row in (1, 2, 3, 2, 3)), (5, None)]
    assert [part.rows for part in opened.parts] == [3, 2, 1]
    opened.close()


def test_an_empty_file_among_others_is_named(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    (tmp_path / "b.csv").write_text("id\n1\n")
    assert faults(open_source(str(tmp_path), engine)) == {"a.csv": "the file is empty"}


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.xlsx", "a.xml"])
def test_an_empty_file_alone_is_an_error(name: str, engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(InvalidInput) as refused:
        open_source(str(tmp_path / name), engine)
    assert refused.value.place.source == name
    assert refused.value.remedy


def test_a_file_with_a_header_only_has_columns_and_no_rows(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name\n")
    opened = open_source(str(tmp_path / "a.csv"), engine)
    assert [field.name for field in opened.relation.fields] == ["id", "name"]
    assert rows(engine, opened) == []


def test_a_schema_that_changes_halfway_is_seen_by_part(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("id,name,amount\n1,a,5\n")
    (tmp_path / "2.csv").write_text("id,name,amount,currency\n2,b,6,EUR\n")
    opened = open_source(str(tmp_path), engine)
    assert rows(engine, opened) == [(1, "a", 5, None), (2, "b", 6, "EUR")]
    assert [len(part.columns) for part in opened.parts] == [3, 4]


def test_parquet_of_another_type_halfway_is_brought_together(engine: DuckEngine, tmp_path: Path) -> None:
    parquet(tmp_path / "1.parquet", "SELECT 1::INTEGER AS id, 'x' AS name")
    parquet(tmp_path / "2.parquet", "SELECT 2::BIGINT AS id, 'y' AS name, 3 AS more")
    opened = open_source(str(tmp_path), engine)
    assert rows(engine, opened) == [(1, "x", None), (2, "y", 3)]
    assert [dict(part.columns)["id"] for part in opened.parts] == ["INTEGER", "BIGINT"]


def test_lines_that_are_no_json_are_counted(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": 1}\n{"id": \n{"id": 3}\n')
    opened = open_source(str(tmp_path / "a.jsonl"), engine)
    assert rows(engine, opened) == [(1,), (3,)]
    assert opened.parts[0].lost == "one line is no JSON and left out, the first is line 2, empty ones apart"


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz"])
def test_a_truncated_archive_is_named(ending: str, engine: DuckEngine, tmp_path: Path) -> None:
    packs: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
    packed = packs[ending](b"id,name\n" + b"".join(b"%d,%d\n" % (i, i * 7919 % 1000) for i in range(60_000)))
    (tmp_path / f"a.csv.{ending}").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "b.csv").write_text("id,name\n1,x\n")
    opened = open_source(str(tmp_path), engine)
    assert list(faults(opened)) == [f"a.csv.{ending}"]
    assert rows(engine, opened) == [(1, "x")]


def test_a_source_that_changes_or_goes_away_is_seen(engine: DuckEngine, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.csv").write_text("id\n1\n")
    opened = open_source(str(tmp_path), engine)
    assert not opened.still_same()
    (tmp_path / "a.csv").write_text("id\n1\n2\n")
    (tmp_path / "b.csv").unlink()
    assert opened.still_same() == ["a.csv", "b.csv"]


def test_nothing_there_is_an_error_with_a_remedy(engine: DuckEngine, tmp_path: Path) -> None:
    for location in (str(tmp_path / "no.csv"), str(tmp_path), str(tmp_path / "*.csv")):
        with pytest.raises(NotFound) as refused:
            open_source(location, engine)
        assert refused.value.code == "source-not-found"


def test_a_picture_is_no_source(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    with pytest.raises(InvalidInput) as refused:
        open_source(str(tmp_path), engine)
    assert refused.value.code == "source-format-unknown"


def test_values_that_do_not_read_are_counted_and_kept(engine: DuckEngine, tmp_path: Path) -> None:
    lines = [str(place) for place in range(95)] + ["ten", "n/a", "", "-", "twelve"]
    (tmp_path / "a.csv").write_text("n,x\n" + "".join(f"{line},1\n" for line in lines))
    field = open_source(str(tmp_path / "a.csv"), engine).relation.fields[0]
    assert field.form is Form.INTEGER
    opened = open_source(str(tmp_path / "a.csv"), engine)
    found = engine.rows(f"SELECT count({field.raw}), count({field.expression}) FROM {opened.relation.source}")
    assert found == [(99, 95)]


def test_a_lone_fraction_makes_a_column_decimal_instead_of_being_rounded(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("n,x\n" + "1,1\n" * 20_000 + "1.5,1\n" + "1,1\n" * 20_000)
    opened = open_source(str(tmp_path / "a.csv"), engine)
    assert opened.relation.fields[0].form is Form.DECIMAL
    assert engine.rows(f"SELECT max({opened.relation.fields[0].expression}) FROM {opened.relation.source}") == [(1.5,)]
