"""Opening a source: from a location to rows that can be measured."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from roadworthy.foundation.errors import Finding, InvalidInput, Place
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.model import PartState
from roadworthy.measure.fingerprint.relation import Opened, Relation
from roadworthy.measure.fingerprint.sources import (
    archives,
    databases,
    delimited,
    documents,
    gathering,
    json_records,
    listing,
    objects,
    parquet,
    quoting,
    staging,
)
from roadworthy.measure.fingerprint.sources.datasets import Choice, Dataset, chosen
from roadworthy.measure.fingerprint.sources.formats import PART, Format
from roadworthy.measure.fingerprint.sources.options import ReadOptions

_AS_FOUND = ReadOptions()
_LOOKED_AT = 2_000
_MOST_ROWS_OF_AN_INDEX = 50
"""Times as many rows as documents, beyond which a table is no index of them."""


def open_source(location: str, engine: DuckEngine, *, name: str = "", options: ReadOptions = _AS_FOUND) -> Opened:
    """Open what stands at a location.

    Args:
        location: a path, folder or pattern; `sqlite:FILE#TABLE`; `env:NAME#TABLE` or `postgresql://…#TABLE`; an address
            of object storage such as `s3://bucket/folder`. After `#` a query may stand in place of the table.
        engine: what will measure it; text is staged into it.
        name: how people call the source; taken from the location where nobody says.
        options: what is known about how to read it.

    Raises:
        NotFound: nothing is there.
        Refused: this account may not read it.
        Unavailable: a database or storage does not answer, or a package is missing.
        InvalidInput: no part of it can be read; or there are several datasets and none is the one that is meant.
    """
    if location.startswith("sqlite:"):
        return _queried(databases.sqlite(location, engine), engine, name)
    if location.startswith(("env:", "postgres://", "postgresql://")):
        return _queried(databases.postgres(location, engine, options), engine, name)
    if "://" in location and not location.startswith("file://"):
        files, changed = objects.fetched(location, engine.folder)
    else:
        files = listing.listed(location.removeprefix("file://"))
        changed = listing.changed(files)
    if len(files) == 1 and not options.format and databases.is_sqlite(files[0].path):
        raise databases.without_a_table(files[0].path, location)
    choice = chosen(archives.unzipped(files, engine.folder), location, engine, options)
    opened = _opened(choice, engine, options)
    parts = opened.parts
    if choice.dataset.format is Format.PARQUET:
        opened = replace(opened, sound=functools.cache(lambda: _sound(parts, choice.dataset, engine)))
    named = name or PurePosixPath(location.rstrip("/")).name.split(".", 1)[0] or location
    return replace(opened, name=named, location=location, still_same=changed)


def _sound(parts: Sequence[PartState], dataset: Dataset, engine: DuckEngine) -> Opened | None:
    """The same files with every page looked at; None where nothing is found that opening did not find."""
    found = _columnar(dataset, engine, thorough=True)
    if found.parts == tuple(parts):
        return None
    _some_part(found, dataset)
    return found


def _queried(found: databases.Queried, engine: DuckEngine, name: str) -> Opened:
    staged = staging.staged(engine, found.table, found.types)
    fields = tuple(replace(each, physical=found.physical.get(each.name, each.physical)) for each in staged.fields)
    return Opened(
        name or found.shown.partition("#")[2][:80],
        found.shown,
        Relation(found.table, fields, "rowid"),
        notes=staged.notes,
        close=_dropping(engine, found.table),
    )


def _opened(choice: Choice, engine: DuckEngine, options: ReadOptions) -> Opened:
    dataset, notes = choice.dataset, list(choice.notes)
    aside = list(choice.aside)
    if dataset.format is Format.PARQUET:
        opened = _columnar(dataset, engine)
    elif dataset.format is Format.CSV:
        loading = delimited.load(dataset.files, engine, options)
        opened = _text(engine, loading.table, loading.parts, loading.notes)
        if len(loading.tables) > 1:
            tables = [loading.table, *(table for table, _ in loading.tables)]
            opened = replace(opened, close=lambda: staging.dropped(engine, tables))
    elif dataset.format is Format.JSON:
        found = json_records.load(dataset.files, engine)
        opened = _text(engine, found.table, found.parts, found.notes, found.types)
    else:
        found = gathering.load(dataset.format, dataset.files, engine, options)
        table, types = found.table, found.types
        if dataset.format is Format.DOCUMENT:
            table, types, aside = _with_index(engine, found, dataset, aside, options, notes)
        opened = _text(engine, table, found.parts, found.notes, types)
    if aside:
        notes.append(f"read from {dataset.said()}; left aside: {'; '.join(each.said() for each in aside[:5])}")
    opened = replace(opened, notes=(*notes, *opened.notes), size=dataset.size)
    _some_part(opened, dataset)
    return opened


def _columnar(dataset: Dataset, engine: DuckEngine, *, thorough: bool = False) -> Opened:
    found = parquet.load(dataset.files, engine, thorough=thorough)
    if found is None:
        parts = parquet.faults(dataset.files, engine, thorough=thorough)
        return Opened("", "", Relation("nothing", ()), tuple(parts.values()))
    return Opened("", "", found.relation, tuple(found.parts.values()), notes=found.notes, narrow=found.narrow)


def _text(
    engine: DuckEngine,
    table: str,
    parts: Mapping[str, PartState],
    notes: Sequence[str],
    types: Mapping[str, str] | None = None,
) -> Opened:
    staged = staging.staged(engine, table, types)
    part = f"CAST({quoting.name(PART)} AS VARCHAR)" if PART in engine.describe(table) else None
    ordered = tuple(parts[name] for name in sorted(parts))
    relation = Relation(table, staged.fields, "rowid", part)
    return Opened("", "", relation, ordered, notes=(*notes, *staged.notes), close=_dropping(engine, table))


def _with_index(
    engine: DuckEngine,
    found: json_records.Records,
    dataset: Dataset,
    aside: list[Dataset],
    options: ReadOptions,
    notes: list[str],
) -> tuple[str, dict[str, str], list[Dataset]]:
    """The documents with the table that names them, where one of those beside them does."""
    for other in aside:
        if other.format not in {Format.CSV, Format.JSON} or len(other.files) > 1:
            continue
        table, types = _loaded(other, engine, options)
        names = [name for name in engine.describe(table) if name != PART]
        rows = (
            engine.rows(f"SELECT {', '.join(map(quoting.name, names))} FROM {table} LIMIT {_LOOKED_AT}")
            if names
            else []
        )
        column = documents.index_column(names, rows, dataset.files)
        if column is not None and len(rows) <= _MOST_ROWS_OF_AN_INDEX * len(dataset.files):
            notes.append(f"`{other.files[0].name}` names the documents in `{column}`; its columns stand beside them")
            joined = gathering.joined(engine, found.table, table, column)
            types = {**types, **{f"index.{key}": value for key, value in types.items()}, **found.types}
            return joined, types, [each for each in aside if each is not other]
        engine.rows(f"DROP TABLE {table}")
    return found.table, found.types, aside


def _loaded(other: Dataset, engine: DuckEngine, options: ReadOptions) -> tuple[str, dict[str, str]]:
    if other.format is Format.CSV:
        return delimited.load(other.files, engine, options).table, {}
    records = json_records.load(other.files, engine)
    return records.table, records.types


def _some_part(opened: Opened, dataset: Dataset) -> None:
    """Raise where nothing at all could be read."""
    if any(part.fault is None for part in opened.parts) and opened.relation.fields:
        return
    faults = [part for part in opened.parts if part.fault]
    only = faults[0] if len(faults) == 1 else None
    findings = [Finding("source-unreadable", str(part.fault), Place(source=part.name), "") for part in faults[:20]]
    raise InvalidInput(
        "source-unreadable",
        str(only.fault) if only else f"none of {len(dataset.files):,} files can be read",
        place=Place(source=only.name if only else dataset.label),
        remedy="have the files written again, or name a source that holds data",
        findings=() if only else findings,
    )


def _dropping(engine: DuckEngine, table: str) -> Callable[[], None]:
    def close() -> None:
        engine.rows(f"DROP TABLE IF EXISTS {table}")

    return close
