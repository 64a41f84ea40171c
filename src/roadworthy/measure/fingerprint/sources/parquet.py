"""Parquet where it lies: every footer is looked at first, so that one broken file among hundreds costs only itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.model import Form, PartState
from roadworthy.measure.fingerprint.relation import Field, Relation, Row
from roadworthy.measure.fingerprint.sources import quoting, staging
from roadworthy.measure.fingerprint.sources.delimited import fault_of
from roadworthy.measure.fingerprint.sources.fields import fields_of
from roadworthy.measure.fingerprint.sources.formats import Found
from roadworthy.measure.fingerprint.sources.forms import Reading, reading
from roadworthy.measure.fingerprint.sources.torn import torn

_FILES_LOOKED_INTO = 8
_SLICES = 4
_SLICE = 200
ROW_NUMBER = "(file_index * 4294967296 + file_row_number)"


@dataclass(frozen=True, slots=True)
class Columnar:
    """Parquet files as one relation."""

    relation: Relation
    parts: dict[str, PartState]
    notes: tuple[str, ...]
    narrow: Callable[[Sequence[str]], Relation | None]
    """See `Opened.narrow`."""


def load(files: Sequence[Found], engine: DuckEngine, *, thorough: bool = False) -> Columnar | None:
    """The files that can be read, as they lie; None where there is none.

    Args:
        files: in the order in which their rows are numbered.
        engine: what reads them.
        thorough: read every page of every file now, because a measurement met one that cannot be read.
    """
    parts, kept = _parts(files, engine, thorough=thorough)
    good = [found for found in files if parts[found.name].fault is None]
    if not good:
        return None
    whole = [found for found in good if found.name not in kept] or good
    source, notes = _source(whole, engine, parts)
    good = [found for found in good if parts[found.name].fault is None]
    fields = tuple(_read(engine, whole, parts, kept, list(fields_of(engine.describe(source)))))
    number = ROW_NUMBER if len(files) > 1 else "file_row_number"  # this one the reader skips by, at half the cost
    if kept:
        good = [found for found in whole if parts[found.name].fault is None and found.name not in kept]
        good += [found for found in files if found.name in kept]
        source = _without(good, kept)
    relation = Relation(source, fields, number, _part_of(good))
    return Columnar(relation, parts, notes, lambda names: None if kept else _narrowed(relation, good, parts, names))


def _part_of(files: Sequence[Found]) -> str | None:
    """SQL of the name of a row's file."""
    return f"{quoting.texts(found.name for found in files)}[CAST(file_index AS BIGINT) + 1]" if len(files) > 1 else None


def _narrowed(
    whole: Relation, files: Sequence[Found], parts: Mapping[str, PartState], names: Sequence[str]
) -> Relation | None:
    """The same columns over some of the files: a condition on the file would still have every footer read each time.

    None where these files alone would not read as the same columns of the same types.
    """
    wanted = set(names)
    some = [found for found in files if found.name in wanted]
    columns = {column for found in files for column in parts[found.name].columns}
    if not some or any("=" in found.name for found in files):  # what a folder's name says is a column as well
        return None
    if {column for found in some for column in parts[found.name].columns} != columns:
        return None
    return replace(whole, source=_scan(some), part=_part_of(some))


def faults(files: Sequence[Found], engine: DuckEngine, *, thorough: bool = False) -> dict[str, PartState]:
    """Each file as its footer (thorough: and every page) describes it, or why it cannot be read."""
    return _parts(files, engine, thorough=thorough)[0]


def _parts(
    files: Sequence[Found], engine: DuckEngine, *, thorough: bool
) -> tuple[dict[str, PartState], dict[str, str]]:
    """The files; and of those that can be read in part, what the rows fulfil that can be."""
    parts: dict[str, PartState] = {}
    kept: dict[str, str] = {}
    for found in files:
        part = parts[found.name] = _part(found, engine)
        if not thorough or part.fault is not None or not part.rows:
            continue
        try:
            damage = torn(found.path, [name for name, _ in part.columns], engine)
        except RoadworthyError as error:
            parts[found.name] = fault_of(found, error)
            continue
        if damage is not None and damage.rows:
            parts[found.name] = replace(part, rows=damage.rows, lost=damage.said)
            kept[found.name] = damage.kept
        elif damage is not None:
            parts[found.name] = replace(part, rows=0, fault=damage.said)
    return parts, {name: condition for name, condition in kept.items() if condition}


def _part(found: Found, engine: DuckEngine) -> PartState:
    if found.fault is not None:
        return PartState(found.name, 0, found.size, found.version, fault=found.fault)
    path = quoting.text(found.path)
    try:
        rows = engine.rows(f"SELECT num_rows FROM parquet_file_metadata({path})")[0][0]
        columns = tuple(engine.describe(f"read_parquet({path}, hive_partitioning = false)").items())
    except RoadworthyError as error:
        return replace(fault_of(found, error), fault=_plainly(error.message))
    return PartState(found.name, int(rows), found.size, found.version, columns)


def _plainly(message: str) -> str:
    """What the engine says of a file that is no Parquet, in words that say what may have happened."""
    if "No magic bytes found" in message or "too small to be a Parquet file" in message:
        return "it was cut off, or is no Parquet: the end that every such file has is missing"
    return message


def _without(files: Sequence[Found], kept: Mapping[str, str]) -> str:
    """The files without the row groups that cannot be read, under the same row numbers."""
    pieces = []
    for begin, found in enumerate(files):
        if found.name in kept:
            scan = f"{_scan([found])} WHERE {kept[found.name]}"
            pieces.append(f"SELECT *, {begin} AS file_index, file_row_number FROM {scan}")
    whole = [found for found in files if found.name not in kept]
    if whole:
        pieces.insert(0, f"SELECT *, file_index, file_row_number FROM {_scan(whole)}")
    return f"({' UNION ALL BY NAME '.join(pieces)})"


def _source(files: Sequence[Found], engine: DuckEngine, parts: dict[str, PartState]) -> tuple[str, tuple[str, ...]]:
    """What to select from. Files whose types cannot be brought together are left to the majority, with a fault."""
    source = _scan(files)
    try:
        engine.describe(source)
    except RoadworthyError:
        schemas: dict[frozenset[tuple[str, str]], list[Found]] = {}
        for found in files:
            schemas.setdefault(frozenset(parts[found.name].columns), []).append(found)
        kept = max(schemas.values(), key=lambda group: sum(parts[found.name].rows for found in group))
        for found in files:
            if found not in kept:
                why = "its types cannot be brought together with those of the other files"
                parts[found.name] = replace(parts[found.name], rows=0, fault=why)
        return _scan(kept), ("files of another schema were left aside; see the parts",)
    return source, ()


def _scan(files: Sequence[Found]) -> str:
    hive = any("=" in segment for found in files for segment in found.name.split("/")[:-1])
    paths = quoting.texts(found.path for found in files)
    return f"read_parquet({paths}, union_by_name = true, hive_partitioning = {str(hive).lower()})"


def _read(
    engine: DuckEngine,
    files: Sequence[Found],
    parts: Mapping[str, PartState],
    kept: Mapping[str, str],
    fields: list[Field],
) -> Sequence[Field]:
    """Columns of text are looked into, in slices that lie over the files: reading all of them would cost a pass."""
    texts = [each for each in fields if each.physical == "VARCHAR"]
    if not texts:
        return fields
    step = max(1, len(files) // _FILES_LOOKED_INTO)
    read: dict[str, Reading] = {}
    for some in staging.slices([each.name for each in texts]):
        wanted = set(some)
        columns = [each for each in texts if each.name in wanted]
        sample: list[Row] = []
        for found in files[::step]:
            sample += _looked(engine, files, found, parts[found.name].rows, kept.get(found.name), columns)
        read |= {
            each.name: reading(each.name, [None if value is None else str(value) for value in values])
            for each, values in zip(columns, zip(*sample, strict=True), strict=False)
        }
    return [
        replace(staging.field_of(each.name, each.expression, how, each.physical), label=each.label)
        if (how := read.get(each.name)) and how.form is not Form.EMPTY
        else each
        for each in fields
    ]


def _looked(
    engine: DuckEngine, files: Sequence[Found], found: Found, rows: int, kept: str | None, columns: Sequence[Field]
) -> list[Row]:
    """Some rows of a file, from places that lie over it."""
    listing = ", ".join(each.expression for each in columns)
    starts = sorted({rows * place // _SLICES for place in range(_SLICES)})
    where = " OR ".join(f"file_row_number BETWEEN {start} AND {start + _SLICE - 1}" for start in starts)
    where = f"({where}) AND {kept}" if kept else f"({where})"
    try:
        return engine.rows(
            f"SELECT {listing} FROM {_scan(files)} WHERE filename = {quoting.text(found.path)} AND {where}"
        )
    except RoadworthyError:
        return []  # its pages do not read, which measuring will say; the others tell what the columns hold
