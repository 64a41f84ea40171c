"""A fresh folder for each journey."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.home import Home, Starter


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    """A warm process for the commands of this test worker."""
    running = Starter(tmp_path_factory.mktemp("streams"))
    yield running
    running.close()


@pytest.fixture
def home(tmp_path: Path, starter: Starter) -> Home:
    """An empty folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    return Home(folder, starter)
