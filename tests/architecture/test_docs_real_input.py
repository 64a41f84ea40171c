"""The page on a real inventory says what importing it gives."""

from __future__ import annotations

import pytest

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
