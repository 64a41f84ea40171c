"""Formats that the engine does not read, brought to it as lines of JSON: file by file, so that one may fail alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.model import PartState
from roadworthy.measure.fingerprint.sources import documents, json_records, quoting, records, staging
from roadworthy.measure.fingerprint.sources.delimited import fault_of
from roadworthy.measure.fingerprint.sources.formats import PART, Format, Found
from roadworthy.measure.fingerprint.sources.json_records import Records
from roadworthy.measure.fingerprint.sources.options import ReadOptions


def load(kind: Format, files: Sequence[Found], engine: DuckEngine, options: ReadOptions) -> Records:
    """All records of files of XML, HL7, workbooks or documents."""
    target = engine.folder / "gathered.jsonl"
    parts: dict[str, PartState] = {}
    notes: list[str] = []
    several = len(files) > 1 and kind is not Format.DOCUMENT
    with target.open("w", encoding="utf-8") as lines:
        for found in files:
            begun, rows = lines.tell(), 0
            try:
                for record in _records(kind, found, options, notes):
                    marked = {**record, PART: found.name} if several else record
                    lines.write(json.dumps(marked, ensure_ascii=False, default=str).replace("\x00", "") + "\n")
                    rows += 1
            except RoadworthyError as error:
                # What was written of it before the fault goes too: a part is read or it is not.
                lines.seek(begun)
                lines.truncate()
                parts[found.name] = fault_of(found, error)
                continue
            fault = None if rows else "there is no record in it"
            parts[found.name] = PartState(found.name, rows, found.size, found.version, fault=fault)
    try:
        found_records = _staged(engine, str(target))
    finally:
        target.unlink(missing_ok=True)
    return Records(found_records.table, found_records.types, parts, [*notes, *found_records.notes])


def _staged(engine: DuckEngine, path: str) -> Records:
    whole = json_records.load([Found(path, "gathered", json_records.ROOM, "", ".jsonl")], engine)
    whole.types.pop(PART, None)
    return whole


def _records(kind: Format, found: Found, options: ReadOptions, notes: list[str]) -> Iterator[Mapping[str, Any]]:
    if kind is Format.XML:
        return records.xml(found, options)
    if kind is Format.HL7:
        return records.hl7(found)
    if kind is Format.WORKBOOK:
        return records.workbook(found, options, notes)
    return documents.rows(found)


def joined(engine: DuckEngine, table: str, index: str, column: str) -> str:
    """Documents with what an index says of each: the index's columns behind the documents' own."""
    own = set(engine.describe(table))
    others = [name for name in engine.describe(index) if name != PART]
    listing = ", ".join(
        f"i.{quoting.name(name)} AS {quoting.name(f'index.{name}' if name in own else name)}" for name in others
    )
    key = f"regexp_replace(i.{quoting.name(column)}, '^.*/', '')"
    file = "regexp_replace(d.path, '^.*/', '')"
    stem = f"regexp_replace({file}, '\\.[^.]*$', '')"
    # One row of the index for each document, so that an index that names a document twice makes no rows.
    first = f"SELECT DISTINCT ON ({key}) * FROM {index} AS i ORDER BY {key}"
    return staging.table_of(
        engine,
        f"SELECT d.*, {listing} FROM {table} AS d LEFT JOIN ({first}) AS i ON {key} IN ({file}, {stem}) "
        "ORDER BY d.path",
    )
