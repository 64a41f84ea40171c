"""Rankings and reports of what real portfolios are like: large, and mostly silent."""

from __future__ import annotations

from pathlib import Path

from roadworthy.decide.ranking.model import WhyNot
from roadworthy.documents.assessment_report.rendering import markdown, page
from roadworthy.documents.assessment_report.writing import title_of, written
from roadworthy.foundation.storage.sqlite import SqliteStore
from tests.harness.decided import deployed, worth

INVENTORY = "2024_consolidated_ai_inventory_raw_v2.csv"
MANY = 2_000


def test_the_federal_inventory_cannot_be_ranked_and_the_report_says_why(
    shared_data: Path, sqlite_store: SqliteStore, tmp_path: Path
) -> None:
    content = (shared_data / "federal-ai-inventory-2023-2024" / INVENTORY).read_bytes()
    with deployed(sqlite_store, tmp_path) as running:
        running.app.importing.run(running.context(), INVENTORY, content)
        ranked = running.app.ranking.rank()
        report = running.app.reports.make(running.context(), "Dana")

    assert (ranked.total, len(ranked.places)) == (2133, 0)
    assert all(WhyNot.VALUE in each.reasons for each in ranked.not_rankable)  # no agency published a value
    text = markdown(written(report))
    assert "None of the 2,133 can be ranked yet" in text
    assert "2,133 have no annual value" in text
    assert report.owners.lacking == 2133
    assert report.three == ()
    assert sum(report.stages.values()) == 2133
    assert len(text) < 60_000


def test_thousands_of_use_cases_make_a_report_that_can_be_read(sqlite_store: SqliteStore, tmp_path: Path) -> None:
    with deployed(sqlite_store, tmp_path) as running:
        running.declare({f"case-{at:04}": worth(1_000 + at, 3_000 + at) for at in range(MANY)})
        report = running.app.reports.make(running.context(), "Dana")
        again = running.app.reports.make(running.context(), "Dana")
        found = running.app.reports.compare("last")

    assert (report.total, report.rankable, len(report.three)) == (MANY, MANY, 3)
    assert report.three[0].use_case == f"case-{MANY - 1}"
    assert again.states == report.states
    assert (found.moved, found.came, found.stale) == ((), (), ())
    text = page(title_of(report), written(report), "")
    assert len(text) < 120_000
