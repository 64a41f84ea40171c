"""The page on a real inventory says what importing it gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from roadworthy.app import App, open_home
from roadworthy.decide.readiness.assessment import Tone
from roadworthy.decide.readiness.model import Dimension
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.settings import Settings
from tests.harness import sources

PAGE = sources.ROOT / "docs" / "real-input.md"
FOLDER = "federal-ai-inventory-2023-2024"
EDITIONS = {
    "2023": "2023_consolidated_ai_inventory_raw.csv",
    "2024, first edition": "2024_consolidated_ai_inventory_raw.csv",
    "2024, second edition": "2024_consolidated_ai_inventory_raw_v2.csv",
}
IMPORTER = Context(Actor(ActorKind.PERSON, "someone", via="cli", authenticated="local-user"))


def row_for(edition: str, app: App, content: bytes) -> str:
    """The table row of an edition, as the page must have it."""
    report = app.importing.run(IMPORTER, EDITIONS[edition], content)
    found = app.readiness.portfolio().headline
    known = sum(count for method, count in found.known_by.items() if method is not None)
    asked = sum(found.known_by.values())
    tones = [f"{found.tones[each][Tone.UNKNOWN]:,} / {found.tones[each][Tone.RED]:,}" for each in Dimension]
    share = f"{100 * known // asked} %"
    cells = [edition, f"{len(report.rows):,}", *tones, f"{found.lacking_owners:,}", f"{found.ready:,}", share]
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_page_says_where_a_real_government_stands(edition: str, shared_data: Path, tmp_path: Path) -> None:
    content = (shared_data / FOLDER / EDITIONS[edition]).read_bytes()
    with open_home(Settings(home=tmp_path / "home")) as (app, _):
        row = row_for(edition, app, content)

    assert row in PAGE.read_text(encoding="utf-8").splitlines()
