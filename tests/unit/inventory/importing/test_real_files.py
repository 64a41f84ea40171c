"""The consolidated inventories of the US federal government, whole."""

from __future__ import annotations

import functools
from collections import Counter
from pathlib import Path

import pytest

from roadworthy.inventory.importing.mapping import propose
from roadworthy.inventory.importing.model import Placement
from roadworthy.inventory.importing.placing import place
from tests.unit.inventory.importing.build import placed, table_of

FOLDER = "federal-ai-inventory-2023-2024"
FILES = {
    "2023_consolidated_ai_inventory_raw.csv": 710,
    "2024_consolidated_ai_inventory_raw.csv": 1757,
    "2024_consolidated_ai_inventory_raw_v2.csv": 2133,
    "2024_consolidated_ai_inventory_raw_v2.xls": 2133,
}


@functools.cache
def placement_of(shared_data: Path, name: str) -> Placement:
    """Read once for all tests of a worker; nobody changes it."""
    return placed((shared_data / FOLDER / name).read_bytes(), name=name)


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_row_becomes_a_use_case_of_its_own(shared_data: Path, name: str) -> None:
    rows = placement_of(shared_data, name).rows

    assert len(rows) == FILES[name]
    assert len({row.name for row in rows}) == FILES[name]
    assert all(row.spec["title"] for row in rows)


def test_2023_is_named_by_its_identifiers(shared_data: Path) -> None:
    rows = placement_of(shared_data, "2023_consolidated_ai_inventory_raw.csv").rows

    assert rows[0].name == "dhs-0000-2023"
    assert rows[0].spec["organisation"] == "Department of Homeland Security"
    assert rows[0].spec["unit"] == "Customs and Border Protection"
    stages = Counter(row.spec.get("stage") for row in rows)
    assert stages["production"] == 158
    assert stages[None] == 325  # 321 empty cells, and 4 that say nothing about the stage


def test_both_editions_of_2024_read_the_same_questions(shared_data: Path) -> None:
    first = placement_of(shared_data, "2024_consolidated_ai_inventory_raw.csv")
    second = placement_of(shared_data, "2024_consolidated_ai_inventory_raw_v2.csv")

    def facts(placement: Placement) -> set[str]:
        return {fact for row in placement.rows for fact in row.answers}

    assert facts(first) == facts(second)
    assert Counter(row.spec.get("stage") for row in second.rows) == {
        "production": 892, "pilot": 404, "proposed": 399, "candidate": 287, "retired": 142, None: 9,
    }  # fmt: skip
    high = {"rights", "safety", "rights-and-safety"}
    assert sum((row.spec.get("risk") or {}).get("impact") in high for row in second.rows) == 351  # as its README counts


def test_names_are_the_same_in_both_editions(shared_data: Path) -> None:
    first = {row.name for row in placement_of(shared_data, "2024_consolidated_ai_inventory_raw.csv").rows}
    second = {row.name for row in placement_of(shared_data, "2024_consolidated_ai_inventory_raw_v2.csv").rows}

    assert len(first & second) > 0.95 * len(first)


def test_the_old_workbook_says_what_the_text_says(shared_data: Path) -> None:
    text = placement_of(shared_data, "2024_consolidated_ai_inventory_raw_v2.csv")
    book = placement_of(shared_data, "2024_consolidated_ai_inventory_raw_v2.xls")

    assert [row.name for row in book.rows] == [row.name for row in text.rows]
    assert [row.answers.keys() for row in book.rows] == [row.answers.keys() for row in text.rows]
    # The workbook holds dates that the text shows as a day and a month without a year.
    dates = {"started", "inUseSince", "retired"}
    for left, right in zip(book.rows, text.rows, strict=True):
        differ = {key for key in {*left.spec, *right.spec} if left.spec.get(key) != right.spec.get(key)}
        assert differ <= dates | {"purpose", "outputs", "identifiers"}, left.row


def test_spellings_are_counted_once(shared_data: Path) -> None:
    merged = placement_of(shared_data, "2024_consolidated_ai_inventory_raw_v2.csv").variants

    topics = next(variant for variant in merged if variant.column == "Use Case Topic Area")
    assert (topics.word, sum(topics.spellings.values()), len(topics.spellings)) == ("Mission-Enabling", 869, 5)
    assert any(variant.column == "Agency" for variant in merged)


def test_no_column_is_guessed_without_a_reason(shared_data: Path) -> None:
    content = (shared_data / FOLDER / "2024_consolidated_ai_inventory_raw_v2.csv").read_bytes()

    table = table_of(content)
    proposals = propose(table)
    assert all(proposal.reason for proposal in proposals)
    assert place(table, proposals).rows
