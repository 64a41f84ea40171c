from __future__ import annotations

import itertools

import pytest

from roadworthy.foundation.errors import InvalidInput
from roadworthy.inventory.importing.model import ColumnMapping
from tests.unit.inventory.importing.build import (
    QUESTIONS,
    SECTIONS,
    csv_of,
    form,
    placed,
    section_row,
    table_of,
    xlsx_of,
)

HEADER = ["Use Case Name", "Stage", "Agency", "Email"]
BODY = [["Claims triage", "Pilot", "North", "a@b.example"], ["Chat", "Retired", "South", "c@d.example"]]


def test_banners_above_and_notes_below_are_left_out_and_noted() -> None:
    rows = [["AI inventory"], ["As of 1 March"], [], HEADER, *BODY, ["Total", "2"], [], ["* figures are preliminary"]]

    table = table_of(csv_of(rows))

    assert table.header_row == 3
    assert [row.index for row in table.rows] == [4, 5]
    assert any("banner" in note for note in table.notes)
    assert any("a total: row 7" in note for note in table.notes)
    assert any("notes under the table: row 9" in note for note in table.notes)


def test_the_federal_form_with_its_two_header_rows() -> None:
    table = table_of(csv_of(form()))

    assert len(table.rows) == 3
    assert table.columns[0].name.startswith("Use Case ID")
    assert table.columns[9].group.startswith("SECTION 2")
    assert [table.cell(row, 1) for row in table.rows] == ["B3", "B4", "B5"]


def test_a_workbook_with_merged_sections_a_title_and_a_read_me() -> None:
    title = ["AI use case inventory"] + [""] * (len(QUESTIONS) - 1)
    starts = [start for start, _ in SECTIONS] + [len(QUESTIONS)]
    from roadworthy.inventory.importing.model import letters

    areas = [f"{letters(a)}2:{letters(b - 1)}2" for a, b in itertools.pairwise(starts)]
    content = xlsx_of(
        {
            "READ ME": [
                ["How to fill in this form"],
                ["Use Case Name", "Title of the use case"],
                ["Stage", "One of four"],
            ],
            "Inventory": [title, section_row(), *form()[1:]],
            "Lists": [["Stage of Development"], ["Pilot"], ["Deployed"]],
        },
        merged={"Inventory": [f"A1:{letters(len(QUESTIONS) - 1)}1", *areas]},
    )

    table = table_of(content)

    assert table.sheet == "Inventory"
    assert [row.cells[1] for row in table.rows] == ["Declassification review", "Old index", "Budget chat"]
    assert table.columns[9].group.startswith("SECTION 2")


def test_a_header_below_that_divides_a_group() -> None:
    rows = [["Title", "Owner", "", "Stage"], ["", "Name", "Email", ""], ["Claims", "Ann", "ann@x.example", "Pilot"]]

    table = table_of(csv_of(rows))

    assert [(column.name, column.group) for column in table.columns] == [
        ("Title", ""), ("Name", "Owner"), ("Email", "Owner"), ("Stage", ""),
    ]  # fmt: skip
    assert placed(csv_of(rows)).rows[0].spec["owners"] == {"product": "Ann"}


def test_a_header_of_merged_cells_reads_the_same() -> None:
    rows = [["Title", "Owner", "", "Stage"], ["", "Name", "Email", ""], ["Claims", "Ann", "ann@x.example", "Pilot"]]
    content = xlsx_of({"S": rows}, merged={"S": ["A1:A2", "B1:C1", "D1:D2"]})

    assert placed(content).rows[0].spec["owners"] == {"product": "Ann"}
    assert placed(content).rows[0].spec["title"] == "Claims"


def test_short_rows_are_filled_up_and_long_ones_keep_what_has_a_header() -> None:
    table = table_of(csv_of([HEADER, ["One"], ["Two", "Pilot", "North", "a@b.example", "extra"]]))

    assert table.rows[0].cells == ("One", "", "", "", "")
    assert table.rows[1].cells[4] == "extra"
    assert table.columns[4].name == "column E"


def test_empty_columns_between_others_are_left_out() -> None:
    rows = [["Title", "", "Stage"], ["One", "", "Pilot"], ["Two", "", "Retired"]]

    table = table_of(csv_of(rows))

    assert [column.index for column in table.columns] == [0, 2]
    assert any("empty columns were left out: B" in note for note in table.notes)


def test_headers_that_repeat_are_told_apart_by_the_column_before() -> None:
    again = "If Other, please explain."
    rows = [["Title", "Topic", again, "Stage", again], ["One", "Other", "why", "Pilot", "because"]]

    labels = [column.label for column in table_of(csv_of(rows)).columns]

    assert labels[2] == f"{again} (after: Topic)"
    assert labels[4] == f"{again} (after: Stage)"


def test_a_header_that_is_repeated_in_the_middle_is_no_use_case() -> None:
    assert len(table_of(csv_of([HEADER, BODY[0], HEADER, BODY[1]])).rows) == 2


def test_sheets_with_the_same_columns_continue_each_other() -> None:
    content = xlsx_of(
        {"North": [HEADER, BODY[0]], "South": [HEADER, BODY[1]], "Other": [["Colour", "Size"], ["red", "1"]]}
    )

    table = table_of(content)

    assert [(row.sheet, row.cells[0]) for row in table.rows] == [("North", "Claims triage"), ("South", "Chat")]
    assert any("`Other`" in note and "left out" in note for note in table.notes)


def test_a_mapping_chooses_sheet_and_header() -> None:
    content = xlsx_of({"A": [HEADER, *BODY], "B": [["x"], ["Name", "Colour"], ["Shed", "red"]]})

    table = table_of(content, ColumnMapping(sheet="B", header=2))

    assert [column.name for column in table.columns] == ["Name", "Colour"]


def test_an_unknown_sheet_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidInput) as caught:
        table_of(xlsx_of({"A": [HEADER, *BODY]}), ColumnMapping(sheet="Z"))

    assert "`A`" in caught.value.remedy


def test_a_file_with_a_header_and_no_rows_says_so() -> None:
    with pytest.raises(InvalidInput, match="no rows") as caught:
        table_of(csv_of([HEADER]))

    assert caught.value.code == "import-no-table"


def test_headers_in_another_language_are_found_by_their_place() -> None:
    rows = [["Bezeichnung", "Beschreibung", "Stand"], ["Alpha", "hilft", "live"], ["Beta", "rechnet", "pilot"]]

    table = table_of(csv_of(rows))

    assert [column.name for column in table.columns] == rows[0]
    assert len(table.rows) == 2
