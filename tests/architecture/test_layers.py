"""The layers hold, and the contract that says so would notice if they did not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import sources


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the source that a test may spoil."""
    shutil.copytree(sources.ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copyfile(sources.ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of pyproject.toml on the source in `folder`."""
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_layers_hold(copy: Path) -> None:
    outcome = lint_imports(copy)

    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize("parent", ["", "foundation"])
def test_a_package_that_nobody_placed_breaks_the_contract(copy: Path, parent: str) -> None:
    stray = copy / "src" / "roadworthy" / parent / "drawer"
    stray.mkdir()
    (stray / "__init__.py").write_text('"""Anything."""\n', encoding="utf-8")

    outcome = lint_imports(copy)

    assert outcome.returncode != 0
    assert "drawer" in outcome.stdout


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("foundation/errors.py", "roadworthy.inventory.model"),
        ("foundation/digests.py", "roadworthy.foundation.ledger.draft"),
        ("inventory/model.py", "roadworthy.interfaces"),
    ],
)
def test_an_import_that_points_upwards_breaks_the_contract(copy: Path, module: str, imported: str) -> None:
    path = copy / "src" / "roadworthy" / module
    path.write_text(f"{path.read_text(encoding='utf-8')}\nimport {imported}\n", encoding="utf-8")

    outcome = lint_imports(copy)

    assert outcome.returncode != 0
    assert imported.rsplit(".", 1)[0] in outcome.stdout
