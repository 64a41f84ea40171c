from __future__ import annotations

import pytest

from roadworthy.foundation.errors import InvalidInput
from roadworthy.inventory.facts import FACTS
from roadworthy.inventory.importing.mapping import TARGETS, as_mapping, by_name, propose, signature
from roadworthy.inventory.importing.mapping_file import parse_mapping, write_mapping
from roadworthy.inventory.importing.model import ColumnMapping
from tests.unit.inventory.importing.build import QUESTIONS, csv_of, form, placed, table_of, targets

FORM_TARGETS = (
    "identifiers[id]", "title", "unit", "contact", "keep", "stage", "risk.impact", "keep", "topic", "class", "purpose",
    "benefits", "outputs", "inUseSince", "keep", "components[vendor].name", "governance.authorised-to-operate",
    "identifiers[authority-to-operate]", "data[].name", "links", "risk.personalData", "links", "keep", "keep", "links",
    "governance.tested-realistically", "governance.impact-assessed", "governance.risks-identified",
    "governance.independently-evaluated", "integration.monitored", "ownership.training", "integration.failsafe",
    "governance.appeal-offered", "ownership.users-consulted",
)  # fmt: skip


def test_every_question_of_the_federal_form_finds_its_field() -> None:
    proposed = propose(table_of(csv_of(form())))

    assert tuple(proposal.target for proposal in proposed) == FORM_TARGETS
    assert len(proposed) == len(QUESTIONS)
    assert all(proposal.reason for proposal in proposed)


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("40_has_ato", "governance.authorised-to-operate"),
        ("ATO Indicator", "governance.authorised-to-operate"),
        ("hi_failsafe_presence", "integration.failsafe"),
        ("useCaseName", "title"),
        ("Tool/Application Name", "title"),
        ("Deployment Phase", "stage"),
        ("Business Owner", "owners.business"),
        ("Development_Stage", "stage"),
        ("Executive sponsor", "owners.business"),
        ("Was an impact assessment completed?", "governance.impact-assessed"),
    ],
)
def test_names_that_organisations_use(header: str, target: str) -> None:
    found = by_name(header)

    assert found is not None
    assert found[0] == target


def test_every_question_of_ours_is_recognised() -> None:
    for fact in FACTS.values():
        found = by_name(fact.question)
        assert found is not None, fact.question
        assert found[0] == fact.name


def test_slips_of_the_pen_are_forgiven_with_less_confidence() -> None:
    table = table_of(csv_of([["Use Case Nmae", "Stage", "Agency"], ["One", "Pilot", "North"]]))

    first = propose(table)[0]

    assert first.target == "title"
    assert first.confidence < 0.8
    assert "use case name" in first.reason


def test_values_speak_where_names_say_nothing() -> None:
    stages = ("pilot", "live", "retired")
    body = [[f"Helper for team {n}", stage, f"p{n}@x.example", f"AB-{n}"] for n, stage in enumerate(stages)]
    rows = [["Alpha", "Beta", "Gamma", "Delta"], *body]

    assert list(targets(csv_of(rows)).values()) == ["title", "stage", "contact", "identifiers[id]"]


def test_values_that_contradict_a_name_lower_the_confidence() -> None:
    rows = [["Title", "Stage"], ["One", "blue"], ["Two", "green"], ["Three", "red"]]

    stage = propose(table_of(csv_of(rows)))[1]

    assert stage.confidence < 0.6
    assert "blue" in stage.reason


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            ["Title", "Department", "Agency", "Office"],
            {"Department": "organisation", "Agency": "unit", "Office": "keep"},
        ),
        (["Title", "Agency", "Bureau"], {"Agency": "organisation", "Bureau": "unit"}),
        (["Title", "Stage", "Bureau/Component"], {"Bureau/Component": "unit"}),
        (["Title", "Company", "Team"], {"Company": "organisation", "Team": "unit"}),
    ],
)
def test_parts_of_an_organisation_are_settled_by_what_the_table_has(
    headers: list[str], expected: dict[str, str]
) -> None:
    found = targets(csv_of([headers, [f"some {header}" for header in headers]]))

    assert {header: found[header] for header in expected} == expected


def test_two_columns_for_one_field_leave_one_kept_with_the_reason() -> None:
    proposed = propose(table_of(csv_of([["Title", "Summary", "Description"], ["One", "a", "b"]])))

    assert [proposal.target for proposal in proposed] == ["title", "purpose", "keep"]
    assert "`Summary`" in proposed[2].reason


def test_a_mapping_decides_by_header_letter_or_number_of_the_label() -> None:
    content = csv_of([["A name", "B", "C"], ["x", "y", "z"]])
    mapping = ColumnMapping(columns={"A name": "title", "column B": "purpose", "C": "benefits"})

    proposed = propose(table_of(content), mapping)

    assert [proposal.target for proposal in proposed] == ["title", "purpose", "benefits"]


def test_what_was_proposed_can_be_given_back() -> None:
    table = table_of(csv_of(form()))
    proposed = propose(table)

    again = propose(table, as_mapping(proposed))

    assert [proposal.target for proposal in again] == [proposal.target for proposal in proposed]


def test_a_mapping_with_slips_is_refused_with_suggestions() -> None:
    table = table_of(csv_of([["Title", "Stage"], ["One", "Pilot"]]))
    mapping = ColumnMapping(columns={"Titel": "title", "Stage": "stagee"}, constants={"organization": "X"})

    with pytest.raises(InvalidInput) as caught:
        propose(table, mapping)

    assert [finding.code for finding in caught.value.findings] == [
        "mapping-unknown-column", "mapping-unknown-target", "mapping-unknown-constant",
    ]  # fmt: skip
    assert "`Title`" in caught.value.findings[0].remedy
    assert "`stage`" in caught.value.findings[1].remedy
    assert "`organisation`" in caught.value.findings[2].remedy


def test_constants_stand_in_for_a_column_that_is_not_there() -> None:
    content = csv_of([["Title", "Stage"], ["One", "Pilot"]])

    row = placed(content, ColumnMapping(constants={"organisation": "Department of Examples"})).rows[0]

    assert row.spec["organisation"] == "Department of Examples"


def test_the_signature_is_of_the_headers_alone() -> None:
    one = table_of(csv_of([["Title", "Stage"], ["One", "Pilot"]]))
    other = table_of(csv_of([["TITLE ", "stage"], ["Two", "Retired"], ["Three", "Live"]], ";"))
    different = table_of(csv_of([["Title", "Status"], ["One", "Pilot"]]))

    assert signature(one) == signature(other)
    assert signature(one) != signature(different)


def test_a_mapping_file_is_read() -> None:
    text = "sheet: Inventory\nheader: 4\ncolumns:\n  Use Case Name: title\n  column F: keep\n"
    text += "constants:\n  organisation: Dept\n"

    mapping = parse_mapping("map.yaml", text)

    assert mapping == ColumnMapping(
        {"Use Case Name": "title", "column F": "keep"}, {"organisation": "Dept"}, "Inventory", 4
    )


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("colums:\n  a: title\n", "mapping-unknown-key", 1),
        ("columns:\n  a: title\n  b: tittle\n", "mapping-unknown-target", 3),
        ("header: first\n", "mapping-bad-header", 1),
        ("constants:\n  colour: red\n", "mapping-unknown-constant", 2),
        ("columns:\n  a:\n", "mapping-no-value", 2),
        ("- a\n- b\n", "mapping-not-a-mapping", 1),
        ("columns: !!python/object:x {}\n", "yaml-tag", 1),
    ],
)
def test_faults_of_a_mapping_file_have_their_line(text: str, code: str, line: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_mapping("map.yaml", text)

    assert caught.value.code == code
    assert caught.value.place.source == "map.yaml"
    assert caught.value.place.line == line


def test_a_written_mapping_reads_back_the_same() -> None:
    proposed = as_mapping(
        propose(table_of(csv_of(form()))), ColumnMapping(constants={"organisation": 'A "quoted": Dept'}, header=2)
    )

    assert parse_mapping("map.yaml", write_mapping(proposed)) == proposed


def test_facts_are_targets() -> None:
    assert set(FACTS) < TARGETS
