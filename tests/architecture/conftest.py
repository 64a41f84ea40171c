"""A real inventory, imported once for every page that says what it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from roadworthy.app import App, open_home
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.settings import Settings

FOLDER = "federal-ai-inventory-2023-2024"
EDITIONS = {
    "2023": "2023_consolidated_ai_inventory_raw.csv",
    "2024, first edition": "2024_consolidated_ai_inventory_raw.csv",
    "2024, second edition": "2024_consolidated_ai_inventory_raw_v2.csv",
}
IMPORTER = Context(Actor(ActorKind.PERSON, "someone", via="cli", authenticated="local-user"))
Imported = Callable[[str], tuple[App, int]]


@pytest.fixture(scope="session")
def imported(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    """A function that gives the home into which an edition was imported, to be read only, and the count of its rows."""
    with ExitStack() as open_homes:
        found: dict[str, tuple[App, int]] = {}

        def home_of(edition: str) -> tuple[App, int]:
            if edition not in found:
                home = tmp_path_factory.mktemp("imported") / "home"
                app, _ = open_homes.enter_context(open_home(Settings(home=home)))
                content = (shared_data / FOLDER / EDITIONS[edition]).read_bytes()
                found[edition] = app, len(app.importing.run(IMPORTER, EDITIONS[edition], content).rows)
            return found[edition]

        yield home_of
