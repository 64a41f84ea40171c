"""Which files of a folder are one dataset: those that share their format and most of their columns.

A folder often holds more than the data: a list of sources, a description, the labels. Files whose columns have nothing
to do with each other are never put into one table. Where one dataset is nearly all of the folder it is taken, and what
was left aside is said; where it is not, the folder is refused with the list of what is in it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from roadworthy.foundation.errors import InvalidInput, Place, RoadworthyError
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.sources import quoting
from roadworthy.measure.fingerprint.sources.formats import Format, Found, format_of, head_of
from roadworthy.measure.fingerprint.sources.layout import layout_of
from roadworthy.measure.fingerprint.sources.options import ReadOptions

ALIKE = 1 / 3
"""Columns in common among all columns of two files that are one dataset: half of each may have changed."""
WITHIN = 0.8
"""Or: share of the smaller set that is in the larger one, where columns came."""
MOST_OF_BYTES = 0.8
MOST_OF_FILES = 0.8
SOME_BYTES = 1 / 3
_RECORDS = 20
_SHOWN = 12
_PROSE_ROWS = 5
_TABLE_WIDTH = 3


@dataclass(slots=True)
class Dataset:
    """Files that belong together."""

    format: Format
    files: list[Found] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)

    @property
    def size(self) -> int:
        """Bytes as stored."""
        return sum(found.size for found in self.files)

    @property
    def label(self) -> str:
        """A folder or a file, relative to the source, by which somebody can name it."""
        if len(self.files) == 1:
            return self.files[0].name
        folders = {str(PurePosixPath(found.name).parent) for found in self.files}
        only = folders.pop() if len(folders) == 1 else _shared(folders)
        return f"{only}/" if only != "." else f"*{PurePosixPath(self.files[0].name).suffix}"

    def said(self) -> str:
        """For a list of what is there."""
        count = len(self.files)
        return f"`{self.label}` ({count:,} {self.format} file{'s' if count > 1 else ''}, {self.size:,} bytes)"


@dataclass(frozen=True, slots=True)
class Choice:
    """The dataset that is read, and what stands beside it."""

    dataset: Dataset
    aside: tuple[Dataset, ...] = ()
    notes: tuple[str, ...] = ()


def chosen(files: Sequence[Found], location: str, engine: DuckEngine, options: ReadOptions) -> Choice:
    """The dataset at a location.

    Raises:
        InvalidInput: none of the files is of a format that is read, or there are several datasets and none is the one.
    """
    found, unknown = datasets(files, engine, options)
    if not found:
        raise InvalidInput(
            "source-format-unknown",
            f"no file at `{location}` is of a format that is read here",
            place=Place(source=unknown[0] if unknown else location),
            remedy=f"give one of {', '.join(Format)}, compressed with gzip, zstd, bzip2, xz or zip or not",
        )
    notes = [f"{len(unknown):,} files of no known format were left aside, such as `{unknown[0]}`"] if unknown else []
    found.sort(key=lambda each: -each.size)
    main = _main(found)
    if main is None:
        raise InvalidInput(
            "source-several",
            f"`{location}` holds {len(found)} datasets that have little in common",
            place=Place(source=location),
            remedy=f"name one of them behind the folder: {'; '.join(each.said() for each in found[:_SHOWN])}",
        )
    aside = tuple(each for each in found if each is not main)
    return Choice(main, aside, tuple(notes))


def _main(found: Sequence[Dataset]) -> Dataset | None:
    size, count = sum(each.size for each in found), sum(len(each.files) for each in found)
    for each in found:
        share = each.size / size if size else 1 / len(found)
        if share >= MOST_OF_BYTES or (len(each.files) >= MOST_OF_FILES * count and share >= SOME_BYTES):
            return each
    return None


def datasets(files: Sequence[Found], engine: DuckEngine, options: ReadOptions) -> tuple[list[Dataset], list[str]]:
    """All datasets among files, and the names of the files that are none."""
    found: list[Dataset] = []
    unknown: list[str] = []
    orphans: list[tuple[Format, Found]] = []
    for each in files:
        kind = Format(options.format) if options.format else _kind(each, files)
        if kind is None:
            unknown.append(each.name)
            continue
        columns = _columns(each, kind, engine, options)
        if columns is None:
            orphans.append((kind, each))
            continue
        home = _home(found, kind, columns)
        home.files.append(each)
        home.columns |= columns
    for kind, each in orphans:
        same = [dataset for dataset in found if dataset.format is kind]
        if not same:
            found.append(Dataset(kind))
            same = found[-1:]
        max(same, key=lambda dataset: _near(dataset, each)).files.append(each)
    for dataset in found:
        dataset.files.sort(key=lambda each: each.name)
    return found, unknown


def _near(dataset: Dataset, found: Found) -> tuple[bool, int]:
    folder = PurePosixPath(found.name).parent
    return any(PurePosixPath(each.name).parent == folder for each in dataset.files), len(dataset.files)


def _home(found: list[Dataset], kind: Format, columns: set[str]) -> Dataset:
    best, likeness = None, 0.0
    for dataset in found:
        if dataset.format is kind:
            both = len(columns & dataset.columns)
            shared = both / len(columns | dataset.columns)
            within = both / min(len(columns), len(dataset.columns))
            if (shared >= ALIKE or within >= WITHIN) and shared > likeness:
                best, likeness = dataset, shared
    if best is None:
        best = Dataset(kind)
        found.append(best)
    return best


def _kind(found: Found, files: Sequence[Found]) -> Format | None:
    kind = format_of(found)
    if kind is Format.DOCUMENT and found.plain in {".txt", ".text"} and len(files) == 1 and _is_table(found):
        return Format.CSV
    return kind


def _is_table(found: Found) -> bool:
    """Whether a lone text file is a table: several rows of one width, and more than two columns."""
    lines = head_of(found).decode("utf-8", "replace").splitlines()[:50]
    for mark in "\t;|,":
        widths = {line.count(mark) for line in lines if line.strip()}
        if len(lines) > _PROSE_ROWS and len(widths) == 1 and min(widths) >= _TABLE_WIDTH - 1:
            return True
    return False


def _columns(found: Found, kind: Format, engine: DuckEngine, options: ReadOptions) -> set[str] | None:
    """Names of columns, folded; None where the file is empty or cannot be read, which shows when it is opened."""
    try:
        if kind is Format.PARQUET:
            names = list(engine.describe(f"read_parquet({quoting.text(found.path)}, hive_partitioning = false)"))
        elif kind is Format.CSV:
            layout = layout_of(found, engine, options)
            if layout is None:
                return None
            names = list(layout.columns)
        elif kind is Format.JSON:
            names = _keys(found)
        else:
            return {kind.value}
    except RoadworthyError:
        return None
    return {name.strip().casefold() for name in names} or None


def _keys(found: Found) -> list[str]:
    """Keys of the first records."""
    text = head_of(found).decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    decoder, position, keys = json.JSONDecoder(), 0, dict[str, None]()
    if text.startswith("["):
        position = 1
    for _ in range(_RECORDS):
        while position < len(text) and text[position] in ", \t\r\n":
            position += 1
        try:
            value, position = decoder.raw_decode(text, position)
        except ValueError:
            break
        if isinstance(value, dict):
            keys |= dict.fromkeys(value)
    return list(keys)


def _shared(folders: set[str]) -> str:
    parts = [PurePosixPath(folder).parts for folder in folders]
    shared = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return "/".join(shared) or "."
