"""The demo is told once for all tests of it; each module looks at a copy of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from roadworthy.demo.service import Generated, make
from roadworthy.foundation.settings import Settings


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Generated]:
    """A home that nobody has opened since it was made, and what was entered."""
    folder = tmp_path_factory.mktemp("told")
    made = make(Settings(home=folder), 2026)
    assert made is not None
    return folder, made


@pytest.fixture(scope="module")
def home(told: tuple[Path, Generated], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of it."""
    folder = tmp_path_factory.mktemp("copy") / "home"
    shutil.copytree(told[0], folder)
    return folder
