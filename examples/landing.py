"""Writes what an audit is to read: records as lines of JSON, and of the deliveries those that have come by a day."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any


def landed(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write a file anew, its folder too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        for record in records:
            stream.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")


def until(folder: Path, last: str) -> Iterator[Path]:
    """The files of a folder that are named after days, up to a day: what has come by its end."""
    yield from (path for path in sorted(folder.iterdir()) if path.stem <= last)


def delivered(folder: Path, target: Path, last: str) -> None:
    """Copy what has come by the end of a day; nothing else stays in the target."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for path in until(folder, last):
        shutil.copyfile(path, target / path.name)
