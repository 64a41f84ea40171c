"""Files that are not what their names say, packed ones, and links: each is read, or named with the reason."""

from __future__ import annotations

import gzip
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from roadworthy.foundation.errors import InvalidInput
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.lacking import lacking
from roadworthy.measure.fingerprint.sources.opening import open_source

ROWS = "id,region\n" + "".join(f"{number},north\n" for number in range(100))


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    with DuckEngine(threads=1) as one:
        yield one


def _names(path: Path, engine: DuckEngine) -> list[str]:
    return [field.name for field in open_source(str(path), engine).relation.fields]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (bytes(range(256)) * 20, "its content is no text"),
        (b"PAR1" + bytes(200), "it is Parquet, though its name ends in `.csv`"),
        (gzip.compress(ROWS.encode()), "it is compressed with gzip, though"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "it is a web page"),
    ],
)
def test_a_file_in_disguise_is_named_and_the_others_are_read(
    content: bytes, why: str, engine: DuckEngine, tmp_path: Path
) -> None:
    for number in range(20):
        (tmp_path / f"{number:02}.csv").write_text(ROWS)
    (tmp_path / "07.csv").write_bytes(content)
    opened = open_source(str(tmp_path), engine)
    faults = {part.name: part.fault for part in opened.parts if part.fault}
    assert list(faults) == ["07.csv"]
    assert why in (faults["07.csv"] or "")
    assert lacking(opened.parts) == "1 of 20 parts could not be read"
    with pytest.raises(InvalidInput) as refused:
        open_source(str(tmp_path / "07.csv"), engine)
    assert refused.value.place.source == "07.csv"


def test_a_link_that_leads_nowhere_is_named(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ROWS)
    (tmp_path / "b.csv").symlink_to(tmp_path / "gone.csv")
    (tmp_path / "c.csv").symlink_to(tmp_path / "c.csv")
    opened = open_source(str(tmp_path), engine)
    assert {part.name for part in opened.parts if part.fault == "it is a link that leads nowhere"} == {"b.csv", "c.csv"}


def test_what_is_in_a_zip_archive_stands_in_its_place(engine: DuckEngine, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("2026/one.csv", ROWS)
        archive.writestr("2026/two.csv", ROWS)
    opened = open_source(str(tmp_path / "a.zip"), engine)
    assert [(part.name, part.rows) for part in opened.parts] == [
        ("a.zip/2026/one.csv", 100),
        ("a.zip/2026/two.csv", 100),
    ]
    (tmp_path / "a.zip").write_bytes((tmp_path / "a.zip").read_bytes()[:-30])
    with pytest.raises(InvalidInput, match="no zip archive that can be read"):
        open_source(str(tmp_path / "a.zip"), engine)


def test_text_that_zstd_packed_is_read(engine: DuckEngine, tmp_path: Path) -> None:
    target = tmp_path / "a.csv.zst"
    duckdb.connect().execute(f"COPY (SELECT range AS id, 'x' AS region FROM range(9)) TO '{target}' (HEADER)")
    assert _names(target, engine) == ["id", "region"]


@pytest.mark.parametrize("sign", ["~", "^", "\x01", "\x1f"])
def test_rare_delimiters_are_found_out(sign: str, engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ROWS.replace(",", sign))
    assert _names(tmp_path / "a.csv", engine) == ["id", "region"]


def test_a_layout_that_changes_halfway_is_told_with_the_line(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ROWS + "id,region,more\n" + "1,north,x\n" * 100)
    opened = open_source(str(tmp_path / "a.csv"), engine)
    assert "101 of 201 rows have another number of cells" in (opened.parts[0].lost or "")
    assert "line 102" in (opened.parts[0].lost or "")
    assert not any("Windows-1252" in note for note in opened.notes)


def test_names_that_stand_twice_are_told_and_names_of_ours_are_free(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,a,A,__part,rowid\n1,2,3,4,5\n2,3,4,5,6\n")
    opened = open_source(str(tmp_path / "a.csv"), engine)
    assert [field.name for field in opened.relation.fields] == ["id", "a", "A_1", "__part", "rowid_1"]
    assert any("`A`, `a` stand in the header more than once" in note for note in opened.notes)


def test_a_database_named_without_a_table_says_which_it_holds(engine: DuckEngine, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
        connection.commit()
    with pytest.raises(InvalidInput) as refused:
        open_source(str(tmp_path / "shop.db"), engine)
    assert refused.value.code == "source-table-missing"
    assert "it holds orders" in refused.value.remedy
