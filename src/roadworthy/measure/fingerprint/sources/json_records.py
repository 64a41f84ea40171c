"""JSON into a table of text: one column for each path that ends in a value, whatever the records look like.

The paths are those of the rows that were looked at (all of them, up to a hundred thousand, else as many spread evenly).
Of a list the first element's paths become columns, and its length; the list itself stays as text beside them.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.model import PartState
from roadworthy.measure.fingerprint.sources import quoting, staging
from roadworthy.measure.fingerprint.sources.delimited import fault_of
from roadworthy.measure.fingerprint.sources.formats import PART, Found, head_of, unpacked, unreadable

_LOOKED_AT = 100_000
_LOOK = 4096
_NEARLY_ALL = 0.8
_DEEPEST = 12
_WIDEST = 1_000
"""Keys of one object beyond which they are values (a map by customer), not names of columns."""
ROOM = 16 * 1024 * 1024
"""Bytes that the engine sets aside for a record, unless there is a longer one."""
_LARGEST = 128 * 1024 * 1024
"""Bytes of one record; the engine sets twice as many aside, so they are tried last and for one file at a time."""


@dataclass(slots=True)
class Records:
    """A table of text from JSON."""

    table: str
    types: dict[str, str]
    parts: dict[str, PartState]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class _Path:
    name: str
    sql: str
    kind: str


def load(files: Sequence[Found], engine: DuckEngine) -> Records:
    """All records of the files. A file that cannot be read is a part with a fault; so is one without a record."""
    objects = staging.table_of(engine, "SELECT NULL::JSON AS record, NULL::VARCHAR AS part LIMIT 0")
    parts: dict[str, PartState] = {}
    notes: list[str] = []
    files = _plain(files, engine, parts)
    for shape in ("newline_delimited", "array", "unstructured"):
        group = [found for found in files if _shape(found) == shape]
        _load(engine, objects, group, shape, parts)
    lost = dict(_lost(engine, objects))
    for part, count in engine.rows(f"SELECT part, count(record) FROM {objects} GROUP BY 1"):
        state = parts[str(part)]
        fault = "no line of it is JSON" if not count and not state.fault else state.fault
        parts[str(part)] = replace(state, rows=int(count), fault=fault, lost=None if fault else lost.get(str(part)))
    parts = {
        name: replace(state, fault=state.fault or "the file is empty") if not state.rows else state
        for name, state in parts.items()
    }
    record = "record"
    _unwrapped(engine, objects, files, notes)
    paths = list(_paths(engine, objects, record))
    if len(paths) >= staging.MOST_PATHS:
        why = f"of its paths only the first {staging.MOST_PATHS:,} are read; write it as Parquet or CSV for all of them"
        parts = {name: state if state.fault else replace(state, lost=why) for name, state in parts.items()}
    table = _flattened(engine, objects, record, paths, several=len(files) > 1)
    engine.rows(f"DROP TABLE {objects}")
    return Records(table, {path.name: path.kind for path in paths}, parts, notes)


def _lost(engine: DuckEngine, objects: str) -> Iterator[tuple[str, str]]:
    """Files with lines that are no JSON, and which; the rows stand in the order of the lines."""
    found = engine.rows(
        "SELECT part, count(*) FILTER (WHERE record IS NULL) AS n, "
        f"min(rowid) FILTER (WHERE record IS NULL) - min(rowid) + 1 FROM {objects} GROUP BY 1 HAVING n > 0"
    )
    for part, count, first in found:
        those = "one line is" if count == 1 else f"{int(count):,} lines are"
        yield str(part), f"{those} no JSON and left out, the first is line {int(first):,}, empty ones apart"


def _plain(files: Sequence[Found], engine: DuckEngine, parts: dict[str, PartState]) -> list[Found]:
    plain = []
    for found in files:
        try:
            if found.fault is not None:
                raise unreadable(found, found.fault)
            plain.append(unpacked(found, engine.folder))
        except RoadworthyError as error:
            parts[found.name] = fault_of(found, error)
    return plain


def _shape(found: Found) -> str:
    try:
        head = head_of(found, _LOOK).lstrip(b"\xef\xbb\xbf \t\r\n")
    except RoadworthyError:
        return "newline_delimited"
    if head.startswith(b"["):
        return "array"
    first = head.split(b"\n", 1)[0].strip()
    # One object over many lines is one value; a line that is whole is one of many.
    whole = first.endswith(b"}") or (b"\n" not in head and len(head) == _LOOK)
    return "newline_delimited" if whole or not head else "unstructured"


def _load(engine: DuckEngine, table: str, files: Sequence[Found], shape: str, parts: dict[str, PartState]) -> None:
    if not files:
        return
    try:
        _insert(engine, table, files, shape, ROOM)
    except RoadworthyError:
        for found in files:
            fault = _one(engine, table, found, shape)
            if fault is not None:
                parts[found.name] = fault
    for found in files:
        parts.setdefault(found.name, PartState(found.name, 0, found.size, found.version))


def _one(engine: DuckEngine, table: str, found: Found, shape: str) -> PartState | None:
    """Read one file, with room for a very long record where it is large enough to have one; its fault if it fails."""
    try:
        _insert(engine, table, [found], shape, ROOM)
    except RoadworthyError as first:
        if found.size * 20 < ROOM:
            return fault_of(found, first)
        try:
            _insert(engine, table, [found], shape, _LARGEST)
        except RoadworthyError as error:
            return fault_of(found, error)
    return None


def _insert(engine: DuckEngine, table: str, files: Sequence[Found], shape: str, largest: int) -> None:
    paths = quoting.texts(found.path for found in files)
    shown = quoting.texts(found.name for found in files)
    part = quoting.text(files[0].name) if len(files) == 1 else f"{shown}[list_position({paths}, filename)]"
    lenient = ", ignore_errors = true" if shape == "newline_delimited" else ""
    engine.rows(
        f"INSERT INTO {table} SELECT json, {part} FROM read_json_objects({paths}, format = '{shape}', filename = true, "
        f"maximum_object_size = {largest}{lenient})"
    )


def _unwrapped(engine: DuckEngine, table: str, files: Sequence[Found], notes: list[str]) -> None:
    """A file that is one object, and nearly all of that one list of objects, holds the records of the list."""
    rows = int(engine.rows(f"SELECT count(record) FROM {table}")[0][0])
    if rows != len(files) or any(_shape(found) == "array" for found in files):
        return
    structures = {str(row[0]) for row in engine.rows(f"SELECT json_structure(record) FROM {table}")}
    keys = [
        [key for key, inner in shape.items() if isinstance(inner, list) and inner and isinstance(inner[0], dict)]
        for shape in map(json.loads, structures)
        if isinstance(shape, dict)
    ]
    if len(keys) != 1 or len(keys[0]) != 1:
        return
    inside = f"json_extract(record, {quoting.text(_step(keys[0][0]))})"
    within = engine.rows(
        f"SELECT sum(length(CAST({inside} AS VARCHAR))) / sum(length(CAST(json(record) AS VARCHAR))) FROM {table}"
    )
    if within[0][0] < _NEARLY_ALL:
        return
    notes.append(f"the records are those under `{keys[0][0]}`")
    inner = f"unnest(CAST({inside} AS JSON[]))"
    engine.rows(f"CREATE OR REPLACE TEMP TABLE unwrapped AS SELECT {inner} AS record, part FROM {table}")
    engine.rows(f"DELETE FROM {table}")
    engine.rows(f"INSERT INTO {table} SELECT record, part FROM unwrapped")
    engine.rows("DROP TABLE unwrapped")


def _paths(engine: DuckEngine, table: str, record: str) -> Iterator[_Path]:
    rows = int(engine.rows(f"SELECT count(*) FROM {table}")[0][0])
    every = max(1, -(-rows // _LOOKED_AT))
    found = engine.rows(
        f"SELECT DISTINCT json_structure({record}) FROM {table} WHERE rowid % {every} = 0 AND {record} IS NOT NULL"
    )
    shape = functools.reduce(
        _joined, map(json.loads, sorted(str(row[0]) for row in found)), {} if not found else "NULL"
    )
    if not isinstance(shape, dict):
        shape = {"value": shape}
        yield from _walk("value", "$", shape["value"], 0)
        return
    for known, path in enumerate(_walk("", "$", shape, 0)):
        if known >= staging.MOST_PATHS:
            return
        yield path


def _joined(left: Any, right: Any) -> Any:  # noqa: ANN401 - JSON's own shapes
    """The shape of records of both shapes. Where one is a value and the other holds values, it is text."""
    if right in (left, "NULL"):
        return left
    if left == "NULL":
        return right
    if isinstance(left, dict) and isinstance(right, dict):
        return {key: _joined(left.get(key, "NULL"), right.get(key, "NULL")) for key in dict.fromkeys((*left, *right))}
    if isinstance(left, list) and isinstance(right, list):
        return [_joined(left[0] if left else "NULL", right[0] if right else "NULL")]
    numbers = {str(_KINDS.get(str(each))) for each in (left, right)}
    return "VARCHAR" if not numbers <= {"BIGINT", "DOUBLE"} else "DOUBLE" if "DOUBLE" in numbers else "BIGINT"


def _walk(name: str, step: str, shape: Any, depth: int) -> Iterator[_Path]:  # noqa: ANN401 - JSON's own shapes
    if isinstance(shape, list):
        yield _Path(name, step, "JSON")
        yield _Path(f"{name}.count", f"#{step}", "BIGINT")
        if shape and depth < _DEEPEST:
            yield from _walk(f"{name}[0]", f"{step}[0]", shape[0], depth + 1)
    elif isinstance(shape, dict) and len(shape) <= _WIDEST and depth < _DEEPEST:
        for key, inner in shape.items():
            yield from _walk(f"{name}.{key}" if name else key, step + _step(key)[1:], inner, depth + 1)
    elif isinstance(shape, dict):
        yield _Path(name, step, "JSON")
    else:
        yield _Path(name, step, _KINDS.get(str(shape), "VARCHAR"))


_KINDS = {
    "BIGINT": "BIGINT",
    "UBIGINT": "BIGINT",
    "HUGEINT": "DOUBLE",
    "DOUBLE": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "NULL": "NULL",
}


def _step(key: str) -> str:
    return '$."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _flattened(engine: DuckEngine, table: str, record: str, paths: Sequence[_Path], *, several: bool) -> str:
    values = [path for path in paths if not path.sql.startswith("#")]
    places = {path.name: place for place, path in enumerate(values, 1)}
    wanted = quoting.texts(path.sql for path in values)
    listing = [
        f"x[{places[path.name]}] AS {quoting.name(path.name)}"
        if path.name in places
        else f"CAST(json_array_length({record}, {quoting.text(path.sql[1:])}) AS VARCHAR) AS {quoting.name(path.name)}"
        for path in paths
    ]
    if several:
        listing.append(f"part AS {quoting.name(PART)}")
    inner = f"SELECT json_extract_string({record}, {wanted}) AS x, record, part FROM {table} WHERE record IS NOT NULL"
    if not listing or not values:
        return staging.table_of(engine, f"SELECT NULL::VARCHAR AS nothing FROM {table} LIMIT 0")
    return staging.table_of(engine, f"SELECT {', '.join(listing)} FROM ({inner})")
