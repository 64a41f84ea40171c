from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.resources.names import check_name
from roadworthy.inventory.importing.model import ColumnMapping, PlacedRow
from roadworthy.inventory.importing.placing import NO_ID, NO_OWNER
from roadworthy.inventory.kinds import check_use_case
from roadworthy.inventory.model import UseCase
from tests.unit.inventory.importing.build import csv_of, form, placed

LETTERS = string.ascii_letters + string.digits + " -–'é漢,;:/()\n"


def named(rows: list[list[str]]) -> list[PlacedRow]:
    return list(placed(csv_of(rows)).rows)


def test_the_federal_form_becomes_use_cases() -> None:
    deployed, retired, pilot = placed(csv_of(form())).rows

    assert [row.name for row in (deployed, retired, pilot)] == ["xyz-1", "xyz-2", "xyz-3"]
    assert deployed.spec["stage"] == "production"
    assert deployed.spec["risk"] == {"impact": "rights-and-safety", "personalData": "none"}
    assert deployed.spec["components"] == [
        {"kind": "vendor", "name": "Vendor One"},
        {"kind": "vendor", "name": "Vendor Two"},
    ]
    assert deployed.spec["inUseSince"] == "2023-02-22"
    assert deployed.answers["governance.authorised-to-operate"].answer == "no"
    assert deployed.answers["governance.authorised-to-operate"].cell == "Q3"
    assert deployed.answers["ownership.training"].answer == "in-progress"
    assert deployed.answers["integration.failsafe"].answer == "not-applicable"
    assert retired.spec["stage"] == "retired"
    assert retired.answers == {}
    assert pilot.spec["class"] == "generative"
    assert pilot.spec["links"] == ["https://agency.example/pia.pdf"]
    assert pilot.spec["inUseSince"] == "2025-04-01"


def test_every_cell_is_kept_word_for_word() -> None:
    rows = [["Title", "Stage", "Anything"], [" Claims  triage ", "piloting?", "line one\nline two "]]

    assert named(rows)[0].cells == (" Claims  triage ", "piloting?", "line one\nline two ")


def test_what_fills_no_field_is_listed_with_cell_value_and_reason() -> None:
    row = named(
        [
            ["Title", "Stage", "Go-live", "Has ATO"],
            ["One", "somewhere", "soon", "maybe"],
            ["Two", "pilot", "2024-01-01", "yes"],
        ]
    )[0]

    assert [(item.cell, item.value) for item in row.unplaced] == [("B2", "somewhere"), ("C2", "soon"), ("D2", "maybe")]
    assert all(item.reason for item in row.unplaced)


def test_identifiers_name_use_cases_where_they_can() -> None:
    rows = named([["Use Case ID", "Title"], ["DHS-01", "One"], ["DHS-02", "Two"]])

    assert [row.name for row in rows] == ["dhs-01", "dhs-02"]
    assert rows[0].spec["identifiers"] == [{"scheme": "id", "value": "DHS-01"}]


def test_bare_numbers_are_kept_but_name_nothing() -> None:
    rows = named([["Use Case ID", "Title"], ["1", "One"], ["2", "Two"]])

    assert rows[0].name.startswith("one-")
    assert rows[0].spec["identifiers"] == [{"scheme": "id", "value": "1"}]


def test_two_rows_that_claim_one_identifier_are_both_kept_and_flagged() -> None:
    rows = named(
        [
            ["ID", "Title"],
            ["AB-1", "One"],
            ["AB-1", "Two"],
            ["AB-2", "Three"],
            ["AB-3", "Four"],
            ["AB-4", "Five"],
            ["AB-5", "Six"],
        ]
    )

    assert [row.name for row in rows[:2]] == ["ab-1", "ab-1-2"]
    assert any("also claimed by row 2" in flag for flag in rows[1].flags)
    assert rows[0].spec["title"] == "One"


def test_equal_organisation_unit_and_title_are_flagged_and_kept() -> None:
    rows = named(
        [["Title", "Agency", "Bureau"], ["Chat", "North", "IT"], ["Chat", "North", "IT"], ["Chat", "South", "IT"]]
    )

    assert len({row.name for row in rows}) == 3
    assert any("row 2" in flag for flag in rows[1].flags)
    assert not any("same organisation" in flag for flag in rows[2].flags)


def test_names_do_not_depend_on_other_rows() -> None:
    alone = named([["Title", "Agency"], ["Chat", "North"]])[0].name
    among = named([["Title", "Agency"], ["Chat", "South"], ["Chat", "North"]])[1].name

    assert alone == among


def test_rows_without_owner_or_identifier_are_flagged_and_contacts_are_no_owners() -> None:
    rows = named([["Title", "Business owner", "Contact email"], ["One", "Ann", ""], ["Two", "", "ai@x.example"]])

    assert NO_OWNER not in rows[0].flags
    assert NO_OWNER in rows[1].flags
    assert "owners" not in rows[1].spec
    assert all(NO_ID in row.flags for row in rows)


def test_an_identifier_in_front_of_the_title_is_split_off() -> None:
    rows = named([["Use Case ID/Name", "Stage"], ["USDA-001: Repair Spend", "Pilot"], ["USDA-002: Mapping", "Pilot"]])

    assert [row.name for row in rows] == ["usda-001", "usda-002"]
    assert rows[0].spec["title"] == "Repair Spend"


def test_a_row_without_title_stays_and_says_where_it_came_from() -> None:
    row = named([["Title", "Stage", "Agency"], ["One", "Pilot", "North"], ["", "Pilot", "North"]])[1]

    assert row.spec["title"] == "untitled (row 3)"
    assert "no title" in row.flags


def test_a_file_without_titles_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        placed(csv_of([["Stage", "Date retired"], ["Pilot", "2024-01-01"], ["Pilot", "2024-01-01"]]))

    assert caught.value.code == "import-no-title"


def test_contradictions_are_left_out_not_refused() -> None:
    rows = [
        ["Title", "Stage", "Start date", "Date retired", "Vendors"],
        ["One", "Pilot", "2024-05-01", "2024-01-01", "Ay; AY"],
    ]

    row = named(rows)[0]

    assert check_use_case("", row.use_case) == []
    assert "retired" not in row.spec
    assert ("D2", "2024-01-01") in [(item.cell, item.value) for item in row.unplaced]


def test_long_texts_are_cut_with_a_note_and_kept_in_the_cell() -> None:
    row = named([["Title", "Purpose"], ["One", "p" * 30_000]])[0]

    assert len(row.spec["purpose"]) == 20_000
    assert "30,000" in row.unplaced[0].reason
    assert len(row.cells[1]) == 30_000


def test_the_spelling_that_most_rows_use_is_stored() -> None:
    agencies = ["Veterans Affairs", "Veterans Affairs", "veterans affairs "]
    rows = placed(csv_of([["Title", "Agency"], *([f"Case {n}", agency] for n, agency in enumerate(agencies))]))

    assert {row.spec["organisation"] for row in rows.rows} == {"Veterans Affairs"}
    assert rows.variants[0].spellings == {"Veterans Affairs": 2, "veterans affairs ": 1}


def test_exports_put_back_their_names_and_shielded_cells() -> None:
    row = named([["Roadworthy name", "Title"], ["claims-triage", "'=Claims"], ["chat", "Chat"]])[0]

    assert row.name == "claims-triage"
    assert row.spec["title"] == "=Claims"


@given(
    rows=st.lists(
        st.lists(st.text(alphabet=LETTERS, max_size=15), min_size=6, max_size=6).filter(
            lambda row: any(map(str.strip, row))
        ),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_stands_in_the_cells_every_row_becomes_a_valid_use_case(rows: list[list[str]]) -> None:
    header = ["Use Case ID", "Title", "Agency", "Stage", "Date Initiated", "Has ATO"]
    mapping = ColumnMapping(header=1)

    try:
        placement = placed(csv_of([header, *rows], quote=True), mapping)
    except InvalidInput as error:
        assert error.code == "import-no-table"  # noqa: PT017 - every row was a total or a note
        return

    names = [row.name for row in placement.rows]
    assert len(set(names)) == len(names)
    assert all(check_name(name) is None for name in names)
    for row in placement.rows:
        assert UseCase.model_validate(dict(row.spec)) == row.use_case
        assert check_use_case(row.name, row.use_case) == []
