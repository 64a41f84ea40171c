from __future__ import annotations

import datetime as dt
import io
import string

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import InvalidInput, TooLarge
from roadworthy.inventory.importing import limits
from roadworthy.inventory.importing.reading import read
from tests.unit.inventory.importing.build import csv_of, formulas, xlsx_of, zip_of

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")
LETTERS = string.ascii_letters + string.digits + " -'é£ü’–“”,;\t|\"\n"
CELL = st.text(alphabet=LETTERS, max_size=12)
WORD = st.text(alphabet=string.ascii_letters + " éß漢", max_size=9)
TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=2, max_size=8)
)


def rows_of(content: bytes) -> list[list[str]]:
    return [list(row) for row in read("file", content).sheets[0].rows]


@given(
    table=TABLES,
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(ENCODINGS),
    end=st.sampled_from(("\n", "\r\n", "\r")),
)
def test_quoted_text_in_any_dialect_reads_back_equal(
    table: list[list[str]], delimiter: str, encoding: str, end: str
) -> None:
    table = [["first", *row] for row in table]

    content = csv_of(table, delimiter, encoding, end, quote=True)

    assert rows_of(content) == table


@given(table=st.lists(st.lists(WORD, min_size=3, max_size=3), min_size=3, max_size=9))
def test_workbooks_read_back_equal(table: list[list[str]]) -> None:
    table = [["a", "b", "c"], *([f"x{cell.strip()}" for cell in row] for row in table)]

    assert rows_of(xlsx_of({"Sheet": table})) == table


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_where_others_stand_in_the_text(delimiter: str) -> None:
    table = [["title", "purpose"], ["one", "to do this, and that; or else"], ["two", "more, of it"], ["three", "a | b"]]

    assert rows_of(csv_of(table, delimiter)) == table


def test_lines_may_end_in_any_way_within_one_file() -> None:
    assert rows_of(b"a,b\r\n1,2\n3,4\r5,6") == [["a", "b"], ["1", "2"], ["3", "4"], ["5", "6"]]


def test_windows_text_keeps_its_quotes_and_dashes() -> None:
    content = csv_of([["name", "note"], ["Agency’s model", "a – b"]], encoding="cp1252")

    book = read("file", content)

    assert book.sheets[0].rows[1] == ("Agency’s model", "a – b")
    assert "Windows-1252" in book.sheets[0].notes[0]


def test_a_few_windows_bytes_in_utf8_text_spoil_nothing_else() -> None:
    content = "name,note\nÜbersicht,größer – länger\nčeské,ř\n".encode() + b"old,don\x92t\n"

    assert rows_of(content)[1:] == [["Übersicht", "größer – länger"], ["české", "ř"], ["old", "don’t"]]


def test_utf16_needs_no_mark() -> None:
    assert rows_of("name;note\r\nné;x\r\n".encode("utf-16-le")) == [["name", "note"], ["né", "x"]]


def test_zero_bytes_are_left_out_and_noted() -> None:
    sheet = read("file", b"a,b\n1\x00,2\n").sheets[0]

    assert sheet.rows[1] == ("1", "2")
    assert any("zero bytes" in note for note in sheet.notes)


def test_the_line_that_names_the_delimiter_is_no_row() -> None:
    assert rows_of(b"sep=;\r\na,x;b\r\n1;2\r\n") == [["a,x", "b"], ["1", "2"]]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'a,b\n1,"x\n2,y\n3,z\n', 2),
        (b'a,b,c\n1,"x,2\n3,"y",4\n5,"z",6\n', 2),
        (b'a,b\n"fine\nover two",y\n1,"x\n2,y\n', 4),
        (b'a,b\r1,2\r3,"x\r4,5', 3),
    ],
)
def test_a_quote_that_never_closes_is_named_by_its_line(content: bytes, line: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        read("bad.csv", content)

    assert caught.value.code == "import-quote-unclosed"
    assert caught.value.place.source == "bad.csv"
    assert caught.value.place.line == line
    assert f"line {line}" in caught.value.remedy


def test_text_behind_a_closing_quote_is_kept_and_noted() -> None:
    sheet = read("file", b'a,b\n"x" y,2\n"p",3\n').sheets[0]

    assert sheet.rows[1:] == (("x y", "2"), ("p", "3"))
    assert "line 2" in sheet.notes[0]


def test_merged_cells_are_filled_and_said() -> None:
    content = xlsx_of(
        {"S": [["Unit", "Title"], ["North", "one"], ["", "two"], ["South", "three"]]}, merged={"S": ["A2:A3"]}
    )

    sheet = read("file.xlsx", content).sheets[0]

    assert [row[0] for row in sheet.rows] == ["Unit", "North", "North", "South"]
    assert "A2:A3" in sheet.notes[0]


def test_a_formula_gives_its_value() -> None:
    assert rows_of(formulas("Claims triage"))[1] == ["Claims triage", "Pilot"]


def test_a_formula_without_value_is_noted() -> None:
    book = read("file.xlsx", formulas(""))

    assert any("A2" in note and "formulas" in note for note in (*book.notes, *book.sheets[0].notes))


def test_dates_and_numbers_of_a_workbook_become_plain_text() -> None:

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["a", "b", "c", "d"])
    sheet.append([dt.date(2024, 2, 29), 3.0, 2.5, True])
    target = io.BytesIO()
    book.save(target)

    assert rows_of(target.getvalue())[1] == ["2024-02-29", "3", "2.5", "TRUE"]


def test_tables_of_a_page_become_sheets_with_spans_filled() -> None:
    page = (
        b"<!DOCTYPE html><html><head><style>td{}</style></head><body><nav><table><tr><td>menu</td></tr></table></nav>"
        b"<table><caption>Inventory</caption><thead><tr><th rowspan=2>Title</th><th colspan=2>Owner</th></tr>"
        b"<tr><th>Name</th><th>Email</th></tr></thead><tbody>"
        b"<tr><td>One&nbsp;&amp; two</td><td>A<br>B</td><td>a@b.example</td></tr>"
        b"<tr><td>Three</td><td colspan=2>none</td></tr></tbody></table></body></html>"
    )

    book = read("page.html", page)

    assert book.form == "HTML"
    assert [sheet.name for sheet in book.sheets] == ["table 1", "Inventory"]
    assert book.sheets[1].rows == (
        ("Title", "Owner", "Owner"),
        ("Title", "Name", "Email"),
        ("One\N{NO-BREAK SPACE}& two", "A\nB", "a@b.example"),
        ("Three", "none", "none"),
    )


def test_a_page_that_calls_itself_csv_is_still_a_page() -> None:
    with pytest.raises(InvalidInput) as caught:
        read("inventory.csv", b'<img src="/logo.jpg"><br>\nApologies, the page is not available.')

    assert caught.value.code == "import-page-without-table"


def _ole_locked() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le") + bytes(512)


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "import-file-empty"),
    "white space": (b" \r\n\t\r\n", "import-file-empty"),
    "a mark and nothing": (b"\xef\xbb\xbf", "import-file-empty"),
    "delimiters only": (b",,,\n,,,\n", "import-file-empty"),
    "a zip that is no sheet": (zip_of({"notes.txt": b"hello"}), "import-zip-without-sheet"),
    "an empty zip": (b"PK\x05\x06" + bytes(18), "import-zip-without-sheet"),
    "a zip cut off": (xlsx_of({"S": [["a", "b"], ["1", "2"]]})[:400], "import-workbook-damaged"),
    "a sheet of nonsense": (zip_of({"xl/workbook.xml": b"no markup"}), "import-workbook-damaged"),
    "a locked workbook": (_ole_locked(), "import-workbook-locked"),
    "another OLE document": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2048), "import-workbook-damaged"),
    "a PDF": (b"%PDF-1.7 ...", "import-not-a-spreadsheet"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(64), "import-not-a-spreadsheet"),
    "JSON": (b'[{"title": "x"}]', "import-not-a-spreadsheet"),
    "noise": (bytes(range(1, 32)) * 8, "import-not-a-spreadsheet"),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_what_is_no_spreadsheet_is_refused_with_place_and_remedy(case: str) -> None:
    content, code = REFUSED[case]

    with pytest.raises(InvalidInput) as caught:
        read("bad", content)

    assert caught.value.code == code
    assert caught.value.place.source == "bad"
    assert caught.value.remedy


def test_ten_thousand_columns_are_over_a_limit_that_is_named() -> None:
    header = ",".join(f"column {number}" for number in range(10_000))

    with pytest.raises(TooLarge, match="1,000") as caught:
        read("wide.csv", f"{header}\n{',' * 9_999}\n".encode())

    assert caught.value.code == "import-too-many-columns"


def test_ten_thousand_columns_of_a_workbook_are_over_it_too() -> None:
    with pytest.raises(TooLarge, match="10,000 columns"):
        read("wide.xlsx", xlsx_of({"S": [[f"c{number}" for number in range(10_000)]]}))


def test_a_cell_of_five_megabytes_is_named() -> None:
    with pytest.raises(TooLarge, match="5,000,000") as caught:
        read("big.csv", b"title,note\nx," + b"y" * 5_000_000 + b"\n")

    assert caught.value.place.cell == "B2"


def test_a_file_above_the_limit_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BYTES", 10)

    with pytest.raises(TooLarge) as caught:
        read("big.csv", b"a,b,c,d,e,f,g")

    assert caught.value.code == "import-file-too-large"


def test_a_zip_bomb_is_stopped_while_it_unpacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_UNPACKED", 1_000_000)
    bomb = zip_of({"xl/workbook.xml": b"<w/>", "xl/worksheets/sheet1.xml": bytes(50_000_000)})
    assert len(bomb) < 100_000

    with pytest.raises(TooLarge) as caught:
        read("bomb.xlsx", bomb)

    assert caught.value.code == "import-workbook-unpacks-too-large"


def test_two_cells_at_the_corners_of_a_sheet_do_not_fill_the_memory() -> None:

    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "title"
    book.worksheets[0]["XFD1048576"] = "far"
    target = io.BytesIO()
    book.save(target)

    with pytest.raises(TooLarge) as caught:
        read("far.xlsx", target.getvalue())

    assert caught.value.place.cell == "XFD1048576"


def ods(body: str) -> bytes:
    names = ["office:1.0", "table:1.0", "text:1.0"]
    spaces = " ".join(f'xmlns:{name.split(":")[0]}="urn:oasis:names:tc:opendocument:xmlns:{name}"' for name in names)
    content = (
        f"<?xml version='1.0'?><office:document-content {spaces}><office:body><office:spreadsheet>"
        f"<table:table table:name='Inventory'>{body}</table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    manifest = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return zip_of({"mimetype": kind, "content.xml": content.encode(), "META-INF/manifest.xml": manifest})


def ods_row(*cells: str, more: str = "") -> str:
    made = "".join(
        f"<table:table-cell office:value-type='string'><text:p>{cell}</text:p></table:table-cell>" for cell in cells
    )
    return f"<table:table-row>{made}{more}</table:table-row>"


def test_an_ods_sheet_is_read_and_its_endless_empty_end_is_no_bomb() -> None:
    empty = '<table:table-cell table:number-columns-repeated="16380"/>'
    nothing = '<table:table-cell table:number-columns-repeated="16384"/>'
    end = f'<table:table-row table:number-rows-repeated="1048570">{nothing}</table:table-row>'

    book = read("file.ods", ods(ods_row("Title", "Stage", more=empty) + ods_row("Chat", "Pilot", more=empty) + end))

    assert book.form == "ODS"
    assert [list(row) for row in book.sheets[0].rows] == [["Title", "Stage"], ["Chat", "Pilot"]]


def test_an_ods_row_that_repeats_a_million_times_is_stopped() -> None:
    cell = "<table:table-cell><text:p>x</text:p></table:table-cell>"
    row = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'

    with pytest.raises(TooLarge) as caught:
        read("bomb.ods", ods(row))

    assert caught.value.code == "import-too-many-rows"


def test_a_shared_text_that_every_cell_shows_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_UNPACKED", 1_000_000)
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row in range(1_000):
            sheet.write_string(row, 0, "x" * 30_000)

    with pytest.raises(TooLarge, match="shared texts"):
        read("bomb.xlsx", target.getvalue())


def test_many_formulas_with_values_are_looked_at_in_one_pass() -> None:

    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row in range(20_000):
            sheet.write_formula(row, 0, f"=A{row + 2}", None, "x")
        sheet.write_formula(20_000, 0, "=1", None, "")

    assert any("A20001" in note for note in read("file.xlsx", target.getvalue()).notes)


@given(content=st.binary(max_size=400))
def test_any_bytes_give_a_workbook_or_an_error_that_explains_itself(content: bytes) -> None:
    try:
        book = read("file", content)
    except InvalidInput as error:
        assert error.remedy  # noqa: PT017 - both outcomes are right, and both are checked
    else:
        assert book.sheets


@given(
    content=st.binary(max_size=300),
    start=st.sampled_from((b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<table>", b'"')),
)
def test_broken_containers_never_get_through(content: bytes, start: bytes) -> None:
    try:
        read("file", start + content)
    except InvalidInput as error:
        assert error.remedy  # noqa: PT017 - see above
