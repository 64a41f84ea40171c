"""Real input that is not part of the project: files that lie beside a clone where somebody put them."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "ROADWORTHY_DATA"
BESIDE = Path(__file__).parents[3] / "shared" / "data"

ABSENT = f"real data absent: set {VARIABLE} to a folder that has it, or put it in ../shared/data"
"""The one reason for which a test may skip even where nothing else may."""


def find() -> Path | None:
    """The folder of real data, or None."""
    given = os.environ.get(VARIABLE)
    folder = Path(given) if given else BESIDE
    return folder if folder.is_dir() else None
