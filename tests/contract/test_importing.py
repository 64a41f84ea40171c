"""Imports on both engines: whole or not at all, the second time without a trace, people's edits never overwritten."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import InvalidInput, NotFound
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.importing.merging import WHOLE
from roadworthy.inventory.importing.model import ColumnMapping
from roadworthy.inventory.kinds import USE_CASE
from tests.unit.inventory.importing.build import csv_of, form
from tests.unit.inventory.importing.desk import PERSON, Desk, desk_on

HEADER = ["ID", "Title", "Purpose", "Stage", "Has ATO"]
FIRST = [
    HEADER,
    ["AB-1", "Claims triage", "sort claims", "Pilot", "No"],
    ["AB-2", "Chat", "answer", "Initiated", "Yes"],
]


@pytest.fixture
def desk(store: Store) -> Desk:
    return desk_on(store)


def run(
    desk: Desk,
    rows: list[list[str]],
    name: str = "inventory.csv",
    mapping: ColumnMapping | None = None,
    take: Collection[str] = (),
) -> dict[str, Any]:
    return desk.imports.run(PERSON, name, csv_of(rows), mapping, take).to_dict()


def entries(desk: Desk) -> int:
    with desk.store.read() as connection:
        tables = set(sa.inspect(connection).get_table_names())
        names = tables & {"ledger_entries", "ledger_inbox"}
        return sum(connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in names)


def test_an_import_makes_use_cases_answers_and_keeps_every_cell(desk: Desk) -> None:
    report = desk.imports.run(PERSON, "form.csv", csv_of(form()))

    assert len(report.effects.created) == 3
    subject = desk.inventory.subject("xyz-1")
    assert subject.spec.title == "Declassification review"
    assert subject.answers["governance.impact-assessed"].answer == "in-progress"
    assert subject.answers["governance.impact-assessed"].place == "form.csv cell AA3"
    assert report.import_id is not None
    run_, source = desk.imports.source(report.import_id)
    assert (run_.file, run_.rows) == ("form.csv", 3)
    assert source[0].cells[32] == "c) Establishment is in-progress"
    assert desk.imports.sources_of("xyz-1")[0].row == 3


def test_a_second_run_changes_nothing(desk: Desk) -> None:
    run(desk, FIRST)
    before = entries(desk)

    again = run(desk, FIRST)

    assert (again["importId"], again["created"], again["updated"], again["unchanged"]) == (None, 0, 0, 2)
    assert entries(desk) == before
    assert len(desk.imports.runs()) == 1


def test_a_preview_says_what_a_run_would_do_and_writes_nothing(desk: Desk) -> None:
    preview = desk.imports.preview("inventory.csv", csv_of(FIRST))

    assert len(preview.effects.created) == 2
    assert [proposal.target for proposal in preview.reading.columns][:2] == ["identifiers[id]", "title"]
    assert desk.inventory.names() == []
    assert desk.imports.runs() == []


def test_what_only_the_file_changed_is_taken(desk: Desk) -> None:
    run(desk, FIRST)

    report = run(desk, [HEADER, ["AB-1", "Claims triage", "sort all claims", "Deployed", "Yes"], FIRST[2]])

    assert (report["updated"], report["unchanged"]) == (1, 1)
    assert desk.spec("ab-1")["stage"] == "production"
    assert desk.spec("ab-1")["purpose"] == "sort all claims"
    assert desk.inventory.subject("ab-1").answers["governance.authorised-to-operate"].answer == "yes"


def test_what_a_person_changed_stays_where_the_file_says_the_same_as_before(desk: Desk) -> None:
    run(desk, FIRST)
    desk.edit("ab-1", purpose="sort claims by urgency", sector="government")

    report = run(desk, FIRST)

    assert report["conflicts"] == []
    assert desk.spec("ab-1")["purpose"] == "sort claims by urgency"
    assert desk.spec("ab-1")["sector"] == "government"


def test_what_both_changed_is_a_conflict_and_the_persons_value_stands(desk: Desk) -> None:
    run(desk, FIRST)
    desk.edit("ab-1", purpose="by urgency")
    changed = [HEADER, ["AB-1", "Claims triage", "by amount", "Deployed", "No"], FIRST[2]]

    report = run(desk, changed)

    expected = {
        "useCase": "ab-1",
        "field": "purpose",
        "imported": "sort claims",
        "current": "by urgency",
        "new": "by amount",
    }
    assert report["conflicts"] == [expected]
    assert desk.spec("ab-1")["purpose"] == "by urgency"
    assert desk.spec("ab-1")["stage"] == "production"

    again = run(desk, changed)
    assert again["conflicts"] == [expected]
    assert again["importId"] is None

    run(desk, changed, take={"ab-1:purpose"})
    assert desk.spec("ab-1")["purpose"] == "by amount"
    assert run(desk, changed)["conflicts"] == []


def test_a_column_that_is_not_there_says_nothing(desk: Desk) -> None:
    run(desk, FIRST)

    run(desk, [["ID", "Title", "Stage"], ["AB-1", "Claims triage", "Deployed"], ["AB-2", "Chat", "Initiated"]])

    assert desk.spec("ab-1")["purpose"] == "sort claims"
    assert desk.spec("ab-1")["stage"] == "production"
    assert "governance.authorised-to-operate" in desk.inventory.subject("ab-1").answers


def test_an_emptied_cell_takes_back_what_it_said(desk: Desk) -> None:
    run(desk, FIRST)

    run(desk, [HEADER, ["AB-1", "Claims triage", "", "Pilot", ""], FIRST[2]])

    assert "purpose" not in desk.spec("ab-1")
    assert "governance.authorised-to-operate" not in desk.inventory.subject("ab-1").answers


def test_parts_that_a_person_added_stay(desk: Desk) -> None:
    rows = [["ID", "Title", "Vendors"], ["AB-1", "Claims", "Acme"]]
    run(desk, rows)
    desk.edit("ab-1", components=[{"kind": "vendor", "name": "Acme"}, {"kind": "model", "name": "forest"}])

    report = run(desk, rows)

    assert report["conflicts"] == []
    assert len(desk.spec("ab-1")["components"]) == 2


def test_a_use_case_that_was_declared_before_is_not_overwritten(desk: Desk) -> None:
    run(desk, FIRST)
    desk.store.write(lambda connection: connection.exec_driver_sql("DELETE FROM imported_specs"))
    desk.edit("ab-1", purpose="declared in a file")

    report = run(desk, FIRST)

    assert [conflict["field"] for conflict in report["conflicts"]] == ["purpose"]
    assert desk.spec("ab-1")["purpose"] == "declared in a file"


def test_a_use_case_that_was_removed_does_not_come_back_by_itself(desk: Desk) -> None:
    run(desk, FIRST)
    desk.resources.remove(PERSON, USE_CASE, "ab-2", desk.resources.get(USE_CASE, "ab-2").generation)

    report = run(desk, FIRST)

    assert desk.inventory.names() == ["ab-1"]
    assert [conflict["field"] for conflict in report["conflicts"]] == [WHOLE]
    run(desk, FIRST, take={f"ab-2:{WHOLE}"})
    assert desk.inventory.names() == ["ab-1", "ab-2"]


def test_a_second_file_that_claims_a_use_case_is_named(desk: Desk) -> None:
    run(desk, FIRST, "north.csv")

    report = run(desk, [HEADER, ["AB-1", "Claims triage", "sort claims", "Deployed", "No"]], "south.csv")

    assert report["claimed"] == {"ab-1": "north.csv"}


def test_a_title_alone_lets_no_second_file_overwrite_a_use_case(desk: Desk) -> None:
    run(desk, [["Title", "Stage"], ["Chatbot", "Pilot"]], "north.csv")
    south = [["Title", "Stage"], ["Chatbot", "Deployed"], ["Mapping", "Pilot"]]

    report = run(desk, south, "south.csv")

    name = next(name for name in desk.inventory.names() if name.startswith("chatbot"))
    assert [(conflict["field"], conflict["current"], conflict["new"]) for conflict in report["conflicts"]] == [
        (WHOLE, "north.csv", "south.csv")
    ]
    assert desk.spec(name)["stage"] == "pilot"
    assert report["created"] == 1

    told_apart = run(desk, south, "south.csv", ColumnMapping(constants={"organisation": "South"}))
    assert (told_apart["created"], told_apart["conflicts"]) == (2, [])


def test_a_mapping_is_remembered_for_files_of_the_same_shape(desk: Desk) -> None:
    rows = [["Code", "Label", "Words"], ["AB-1", "Claims", "sort claims"], ["AB-2", "Chat", "answer people"]]
    mapping = ColumnMapping(columns={"Code": "identifiers[id]", "Label": "title", "Words": "benefits"})

    run(desk, rows, mapping=mapping)
    preview = desk.imports.preview("next-year.csv", csv_of([rows[0], ["AB-3", "New", "quicker"]]))

    assert preview.reading.remembered
    assert preview.sample[0].spec["benefits"] == "quicker"


def test_a_bad_file_leaves_nothing_behind(desk: Desk) -> None:
    run(desk, FIRST)
    before = entries(desk)

    with pytest.raises(InvalidInput):
        desk.imports.run(PERSON, "bad.csv", b'ID,Title\nAB-9,"never closed\nAB-10,x\n')

    assert entries(desk) == before
    assert desk.inventory.names() == ["ab-1", "ab-2"]


def test_an_import_that_does_not_exist_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.imports.source("nothing")


def test_answers_touch_what_an_assessment_reads(desk: Desk) -> None:
    run(desk, FIRST)
    before = desk.inventory.subject("ab-1").revision

    run(desk, [HEADER, ["AB-1", "Claims triage", "sort claims", "Pilot", "Yes"], FIRST[2]])

    assert desk.inventory.subject("ab-1").revision > before
