"""What stands in the files of a home in use."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def kept_in(home: Path) -> dict[Path, bytes]:
    """Every file of a home at one time: where one went while they were read, what it held may be in another by now."""
    while True:
        with suppress(FileNotFoundError):
            return {each: each.read_bytes() for each in sorted(home.rglob("*")) if each.is_file()}
