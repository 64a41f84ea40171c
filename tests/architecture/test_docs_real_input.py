"""The page on a real inventory says what importing it gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import audit_real
from roadworthy.app import App
from roadworthy.decide.readiness.assessment import Tone
from roadworthy.decide.readiness.model import Dimension
from tests.architecture.conftest import EDITIONS, Imported
from tests.harness import sources

PAGE = sources.ROOT / "docs" / "real-input.md"


def row_for(edition: str, app: App, count: int) -> str:
    """The table row of an edition, as the page must have it; `count` is of the rows that were read."""
    found = app.readiness.portfolio().headline
    known = sum(count for method, count in found.known_by.items() if method is not None)
    asked = sum(found.known_by.values())
    tones = [f"{found.tones[each][Tone.UNKNOWN]:,} / {found.tones[each][Tone.RED]:,}" for each in Dimension]
    share = f"{100 * known // asked} %"
    cells = [edition, f"{count:,}", *tones, f"{found.lacking_owners:,}", f"{found.ready:,}", share]
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_page_says_where_a_real_government_stands(edition: str, imported: Imported) -> None:
    row = row_for(edition, *imported(edition))

    assert row in PAGE.read_text(encoding="utf-8").splitlines()


def _table(first: str) -> list[list[str]]:
    """Rows of the page's tables whose first cell begins so."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith(f"| {first}")]


@pytest.mark.parametrize("name", ["hospital", "beers"])
def test_the_page_says_which_wrong_cells_the_gaps_reach(name: str, shared_data: Path) -> None:
    _, found = audit_real.cells(shared_data / "dirty-clean-pairs" / name)

    assert _table(f"{name}, ") == [
        [
            f"{name}, {found.rows:,} rows",
            f"{found.wrong:,}",
            *(f"{count:,} ({100 * count / found.wrong:.0f} %)" for count in (found.named, found.shown)),
            ", ".join(f"`{column}` {count}" for column, count in found.missed.items()),
            *(str(count) for count in (*found.renamed, found.wrongly)),
        ]
    ]


@pytest.mark.campaign
def test_the_page_says_how_many_questions_are_found_under_other_names(shared_data: Path) -> None:
    made, columns, right, wrong = audit_real.renamed(shared_data / audit_real.INVENTORY)
    by_place = sum("it stands between the same columns" in pair.why for pair in made.matching.pairs)

    assert [row[1:] for row in _table("inventory, 2024 against")] == [[str(columns), str(right), str(wrong)]]
    assert f"Of these, {by_place} are told by where they stand alone" in PAGE.read_text(encoding="utf-8")


@pytest.mark.campaign
def test_names_that_were_handed_on_are_followed(shared_data: Path) -> None:
    folder = shared_data / audit_real.INVENTORY
    made = audit_real.audited(folder / audit_real.EDITIONS["2023"], folder / audit_real.EDITIONS["2024 v2"])
    found = {pair.pilot: pair.production for pair in made.matching.pairs}

    assert {name: found.get(name) for name in audit_real.HANDED_ON} == audit_real.HANDED_ON


@pytest.mark.parametrize("year", [2015, 2016, 2017, 2018])
def test_the_page_says_what_changed_in_the_letters(year: int, shared_data: Path) -> None:
    count, asked, curly, length = audit_real.letters(shared_data / audit_real.LETTERS, year)

    row = [str(year), f"{count:,}", f"{100 * asked:.1f} %", f"{100 * curly:.1f} %", f"{length:,.0f}"]
    assert [found for found in _table(f"{year} |") if len(found) == len(row)] == [row]


@pytest.mark.campaign
def test_the_form_that_came_into_use_is_named(shared_data: Path) -> None:
    made = audit_real.years(shared_data / audit_real.LETTERS, 2015, 2016)

    assert any(audit_real.QUESTION in gap.finding for gap in made.gaps)
