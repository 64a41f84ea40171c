"""The folder into which an example writes: data as streams, and a manifest of what was written."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from examples.planting import Planting

MANIFEST = "manifest.json"
KEY = "key.json"


class Output:
    """Files under one folder, each opened when it is first written to and closed with the whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[str, TextIO] = {}
        self._tables: dict[str, Any] = {}
        self._records: dict[str, int] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def text(self, name: str, content: str, encoding: str = "utf-8") -> None:
        """Write one whole file."""
        path = self._path(name)
        path.write_bytes(content.encode(encoding))

    def line(self, name: str, line: str, encoding: str = "utf-8") -> None:
        """Append a line."""
        self._stream(name, encoding).write(line + "\n")
        self._records[name] += 1

    def record(self, name: str, record: Mapping[str, Any]) -> None:
        """Append a line of JSON."""
        self.line(name, json.dumps(record, ensure_ascii=False, separators=(",", ":")))

    def row(self, name: str, columns: Sequence[str], row: Sequence[Any], encoding: str = "utf-8") -> None:
        """Append a row of CSV; the first call for a file writes the columns."""
        if name not in self._tables:
            table = csv.writer(self._stream(name, encoding), lineterminator="\n")
            table.writerow(columns)
            self._tables[name] = table
        self._tables[name].writerow(row)
        self._records[name] += 1

    def done(self, name: str) -> None:
        """Close a file that nothing more is written to, so that a year of days does not stay open."""
        if name in self._open:
            self._open.pop(name).close()
            self._tables.pop(name, None)

    def finish(self, about: Mapping[str, Any], planting: Planting) -> dict[str, Any]:
        """Close everything, write the counts of what was planted and the manifest, and return the manifest."""
        self._stack.close()
        key = {**about, "planted": planting.counts()}
        self._path(KEY).write_text(json.dumps(key, indent=1) + "\n", encoding="utf-8")
        manifest = {**about, "files": list(self._described())}
        self._path(MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        return manifest

    def _described(self) -> Iterator[dict[str, Any]]:
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            if path.is_file() and name.startswith(("pilot/", "production/", "reference/")):
                with path.open("rb") as stream:
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
                described = {"name": name, "bytes": path.stat().st_size, "sha256": digest}
                yield described | ({"records": self._records[name]} if name in self._records else {})

    def _clear(self) -> None:
        """Take away what an earlier run wrote, by its own manifest and nothing else."""
        manifest = self.folder / MANIFEST
        if manifest.exists():
            for file in json.loads(manifest.read_text(encoding="utf-8"))["files"]:
                (self.folder / file["name"]).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _stream(self, name: str, encoding: str) -> TextIO:
        if name not in self._open:
            stream = self._path(name).open("w", encoding=encoding, errors="replace", newline="")
            self._open[name] = self._stack.enter_context(stream)
            self._records[name] = 0
        return self._open[name]


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file of JSON lines."""
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def rows(path: Path, encoding: str = "utf-8") -> Iterator[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding=encoding, newline="") as stream:
        yield from csv.DictReader(stream)
