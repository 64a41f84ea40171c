"""What can be opened: every usual kind of file, folders, databases and object storage."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import fsspec
import psycopg
import pytest
import xlsxwriter

from roadworthy.foundation.errors import InvalidInput, NotFound, Unavailable
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.model import Form
from roadworthy.measure.fingerprint.relation import Opened, Row
from roadworthy.measure.fingerprint.sources.forms import reading
from roadworthy.measure.fingerprint.sources.opening import open_source
from roadworthy.measure.fingerprint.sources.options import ReadOptions

DAY = dt.date(2026, 3, 4)


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    with DuckEngine(threads=2) as one:
        yield one


def rows(engine: DuckEngine, opened: Opened) -> list[Row]:
    listing = ", ".join(field.expression for field in opened.relation.fields)
    return engine.rows(f"SELECT {listing} FROM {opened.relation.source} ORDER BY {opened.relation.row_number}")


def forms(opened: Opened) -> dict[str, Form]:
    return {field.name: field.form for field in opened.relation.fields}


@pytest.mark.parametrize(
    ("column", "values", "form", "formats"),
    [
        ("a", ["1", "22", "-3"], Form.INTEGER, ()),
        ("a", ["007", "123"], Form.TEXT, ()),
        ("a", ["1.5", "2", "3e4"], Form.DECIMAL, ()),
        ("a", ["1,234.50", "12"], Form.DECIMAL, ()),
        ("a", ["1.234,50", "0,5"], Form.DECIMAL, ()),
        ("a", ["true", "False"], Form.BOOLEAN, ()),
        ("a", ["2026-03-04", "2026-03-05"], Form.DATE, ("iso",)),
        ("a", ["2026-03-04T10:00:00Z", "2026-03-04 10:00"], Form.TIMESTAMP, ("iso-zoned", "iso-time")),
        ("a", ["31.12.2026", "1.2.2026"], Form.DATE, ("%d.%m.%Y",)),
        ("a", ["31/12/2026", "01/02/2026"], Form.DATE, ("%d/%m/%Y",)),
        ("a", ["12/31/2026", "01/02/2026"], Form.DATE, ("%m/%d/%Y",)),
        ("a", ["20260304", "20260305"], Form.DATE, ("%Y%m%d",)),
        ("a", ["57595522", "42539566"], Form.INTEGER, ()),
        ("a", ["24/03/2026 15:10"], Form.TIMESTAMP, ("%d/%m/%Y %H:%M",)),
        ("created_at", ["1767225600", "1767225700"], Form.TIMESTAMP, ()),
        ("customer", ["1767225600", "1767225700"], Form.INTEGER, ()),
        ("a", ["n/a", None, "-", "5", "6"], Form.INTEGER, ()),
        ("a", ["1", "2", "three"], Form.TEXT, ()),
        ("a", [None, None], Form.EMPTY, ()),
    ],
)
def test_what_a_column_of_text_holds(
    column: str, values: list[str | None], form: Form, formats: tuple[str, ...]
) -> None:
    how = reading(column, values)
    assert (how.form, how.formats) == (form, formats)


def test_a_day_that_could_be_a_month_is_said() -> None:
    note = reading("a", ["01/02/2026", "03/04/2026"]).note
    assert note is not None
    assert "day first" in note


def test_dates_in_four_formats_are_read_together(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("d,x\n2026-03-04,1\n04.03.2026,2\n4/3/2026,3\n31/12/2026,3\n20260304,4\n")
    assert [row[0] for row in rows(engine, open_source(str(tmp_path / "a.csv"), engine))] == [
        DAY,
        DAY,
        DAY,
        dt.date(2026, 12, 31),
        DAY,
    ]


def test_an_offset_is_not_lost(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("t,x\n2026-03-04T12:00:00+02:00,1\n2026-03-04T10:00:00Z,2\n2026-03-04 10:00,3\n")
    found = {row[0] for row in rows(engine, open_source(str(tmp_path / "a.csv"), engine))}
    assert found == {dt.datetime(2026, 3, 4, 10)}  # noqa: DTZ001 - the engine gives UTC without a zone


def test_json_becomes_paths(engine: DuckEngine, tmp_path: Path) -> None:
    records = [{"id": 1, "who": {"born": "2026-03-04"}, "tags": [{"t": "a"}, {"t": "b"}]}, {"id": "x", "more": 1.5}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, records)))
    opened = open_source(str(tmp_path / "a.jsonl"), engine)
    assert forms(opened) == {
        "id": Form.TEXT,
        "who.born": Form.DATE,
        "tags": Form.NESTED,
        "tags.count": Form.INTEGER,
        "tags[0].t": Form.TEXT,
        "more": Form.DECIMAL,
    }
    (tmp_path / "b.json").write_text(json.dumps(records[:1]))
    assert len(rows(engine, open_source(str(tmp_path / "b.json"), engine))) == 1
    (tmp_path / "c.json").write_text(json.dumps({"count": 50, "data": [{"a": place} for place in range(50)]}, indent=1))
    assert rows(engine, open_source(str(tmp_path / "c.json"), engine)) == [(place,) for place in range(50)]


def test_xml_records_are_found(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(
        "<all><made>2026</made>" + "".join(f"<p id='{i}'><n><f>x{i}</f></n></p>" for i in range(9)) + "</all>"
    )
    opened = open_source(str(tmp_path / "a.xml"), engine)
    assert [field.name for field in opened.relation.fields] == ["@id", "n.f"]
    assert rows(engine, opened)[8] == (8, "x8")


def test_xml_does_not_read_other_files(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hidden")
    (tmp_path / "a.xml").write_text(
        f"<!DOCTYPE a [<!ENTITY x SYSTEM 'file://{tmp_path}/secret'>]><a><b><c>&x;</c></b><b><c>2</c></b></a>"
    )
    opened = open_source(str(tmp_path / "a.xml"), engine)
    assert "hidden" not in str(rows(engine, opened))


def test_messages_of_hl7_become_rows(engine: DuckEngine, tmp_path: Path) -> None:
    message = "MSH|^~\\&|A|B|||202603041500||MDM^T02|1\rPID|1||77^^^X\rOBX|1|TX|||one\rOBX|2|TX|||two\r"
    (tmp_path / "a.hl7").write_text(message * 2)
    opened = open_source(str(tmp_path / "a.hl7"), engine)
    names = [field.name for field in opened.relation.fields]
    assert len(rows(engine, opened)) == 2
    assert {"MSH-9.2", "PID-3", "OBX-5"} <= set(names)
    assert rows(engine, opened)[0][names.index("OBX-5")] == "one\ntwo"


def test_workbooks_are_read_from_their_largest_sheet(engine: DuckEngine, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        book.add_worksheet("notes").write_row(0, 0, ["hello"])
        sheet = book.add_worksheet("data")
        for place, row in enumerate([["id", "day"], [1, "2026-03-04"], [2, "2026-03-04"]]):
            sheet.write_row(place, 0, row)
    opened = open_source(str(tmp_path / "a.xlsx"), engine)
    assert rows(engine, opened) == [(1, DAY), (2, DAY)]
    assert any("`data`" in note for note in opened.notes)
    with pytest.raises(InvalidInput, match="no sheet `none`"):
        open_source(str(tmp_path / "a.xlsx"), engine, options=ReadOptions(sheet="none"))


def test_documents_stand_beside_what_an_index_says(engine: DuckEngine, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"d{number}.md").write_text(f"# Title {number}\n\nA text of some length, number {number}.\n" * 9)
    (tmp_path / "index.csv").write_text("file,owner\nd0.md,ann\nd1.md,bob\nd2.md,\n")
    opened = open_source(str(tmp_path), engine)
    names = [field.name for field in opened.relation.fields]
    assert names == ["path", "title", "text", "modified", "size", "file", "owner"]
    assert [(row[1], row[6]) for row in rows(engine, opened)] == [
        ("Title 0", "ann"),
        ("Title 1", "bob"),
        ("Title 2", None),
    ]


def test_a_folder_of_several_datasets_is_refused_with_their_names(engine: DuckEngine, tmp_path: Path) -> None:
    for name, content in (("orders", "id,amount\n1,2\n"), ("people", "email,name\nx,y\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.csv").write_text(content)
        (tmp_path / name / "b.csv").write_text(content)
    with pytest.raises(InvalidInput) as refused:
        open_source(str(tmp_path), engine)
    assert refused.value.code == "source-several"
    assert "`orders/`" in refused.value.remedy
    assert "`people/`" in refused.value.remedy
    assert len(rows(engine, open_source(str(tmp_path / "orders"), engine))) == 2


def test_what_lies_beside_the_data_is_left_aside_and_said(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "sources.csv").write_text("source,steward\na,b\n")
    for day in range(9):
        (tmp_path / f"2026-03-0{day}.csv").write_text("id,amount\n" + "1,2\n" * 50)
    opened = open_source(str(tmp_path), engine)
    assert len(rows(engine, opened)) == 450
    assert any("left aside: `sources.csv`" in note for note in opened.notes)


def test_partitions_become_columns(engine: DuckEngine, tmp_path: Path) -> None:
    engine.rows(
        f"COPY (SELECT range AS a, range % 3 AS g FROM range(9)) TO '{tmp_path}/q' (FORMAT parquet, PARTITION_BY (g))"
    )
    opened = open_source(f"{tmp_path}/q", engine)
    assert forms(opened) == {"a": Form.INTEGER, "g": Form.INTEGER}
    assert [part.name for part in opened.parts] == [f"g={g}/data_0.parquet" for g in range(3)]
    found = engine.rows(f"SELECT {opened.relation.part}, count(*) FROM {opened.relation.source} GROUP BY 1 ORDER BY 1")
    assert found == [(part.name, 3) for part in opened.parts]


# ---------------------------------------------------------------- databases and storage


def test_sqlite_is_read_and_not_written(engine: DuckEngine, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (id INTEGER, name TEXT)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(1, "x"), (2, None)])
    assert rows(engine, open_source(f"sqlite:{path}#t", engine)) == [(1, "x"), (2, None)]
    assert rows(engine, open_source(f"sqlite:{path}#SELECT max(id) AS m FROM t", engine)) == [(2,)]
    with pytest.raises(NotFound, match="no table `u`") as unknown:
        open_source(f"sqlite:{path}#u", engine)
    assert "t" in unknown.value.remedy
    with pytest.raises(InvalidInput):
        open_source(f"sqlite:{path}", engine)


@pytest.mark.postgres
def test_postgres_is_read_with_its_types(
    engine: DuckEngine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = postgres_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id bigint, ok boolean, at timestamptz, day date, code text, tags text[])")
        connection.execute("INSERT INTO t VALUES (1, true, '2026-03-04 12:00+02', '2026-03-04', '007', '{a,b}')")
        connection.execute("INSERT INTO t VALUES (2, NULL, NULL, NULL, '', NULL)")
        connection.execute("DROP ROLE IF EXISTS nobody_here")
    monkeypatch.setenv("WAREHOUSE", address)
    opened = open_source("env:WAREHOUSE#public.t", engine)
    at = dt.datetime(2026, 3, 4, 10)  # noqa: DTZ001 - the engine gives UTC without a zone
    assert rows(engine, opened) == [(1, True, at, DAY, "007", "{a,b}"), (2, None, None, None, "", None)]
    assert opened.relation.fields[2].physical == "timestamptz"
    assert opened.location == "env:WAREHOUSE#public.t"
    with pytest.raises(NotFound) as unknown:
        open_source("env:WAREHOUSE#nothing", engine)
    assert unknown.value.code == "source-table-unknown"
    with pytest.raises(InvalidInput) as written:
        open_source("env:WAREHOUSE#WITH x AS (INSERT INTO t VALUES (3) RETURNING id) SELECT * FROM x", engine)
    assert written.value.code == "source-query-failed"
    with pytest.raises(Unavailable) as slow:
        open_source("env:WAREHOUSE#SELECT pg_sleep(5)", engine, options=ReadOptions(statement_timeout=0.2))
    assert slow.value.code == "source-timed-out"


def test_a_database_that_is_not_there_is_said_without_its_password(engine: DuckEngine) -> None:
    with pytest.raises(Unavailable) as gone:
        open_source("postgresql://me:hunter2@127.0.0.1:1/x#t", engine)
    assert gone.value.code == "source-unreachable"
    assert "hunter2" not in str(gone.value)
    with pytest.raises(NotFound) as unset:
        open_source("env:NO_SUCH_VARIABLE_HERE#t", engine)
    assert unset.value.code == "source-variable-unset"


def test_object_storage_is_read_and_watched(engine: DuckEngine) -> None:
    system = fsspec.filesystem("memory")
    system.pipe("/bucket/day/a.csv", b"id,x\n1,a\n")
    system.pipe("/bucket/day/b.csv", b"id,x\n2,b\n")
    opened = open_source("memory://bucket/day", engine)
    assert rows(engine, opened) == [(1, "a"), (2, "b")]
    assert not opened.still_same()
    system.rm("/bucket/day/b.csv")
    assert opened.still_same() == ["b.csv"]
    with pytest.raises(NotFound):
        open_source("memory://bucket/none", engine)


def test_a_missing_driver_is_named(engine: DuckEngine) -> None:
    with pytest.raises(Unavailable) as missing:
        open_source("s3://bucket/folder", engine)
    assert missing.value.code == "source-driver-missing"
    assert "s3fs" in missing.value.remedy
    with pytest.raises(Unavailable) as unknown:
        open_source("nosuch://bucket", engine)
    assert unknown.value.code == "source-scheme-unknown"
