"""Opening a source: from a location to rows that can be measured."""

from __future__ import annotations

import glob
from pathlib import Path

from roadworthy.foundation.errors import InvalidInput, NotFound, Place
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.model import Form, PartState
from roadworthy.measure.fingerprint.relation import Field, Opened, Relation
from roadworthy.measure.fingerprint.sources import duckdb_casts, quoting
from roadworthy.measure.fingerprint.sources.fields import fields_of
from roadworthy.measure.fingerprint.sources.forms import reading
from roadworthy.measure.fingerprint.sources.options import ReadOptions

_SAMPLE = 5_000
_AS_FOUND = ReadOptions()


def open_source(location: str, engine: DuckEngine, *, name: str = "", options: ReadOptions = _AS_FOUND) -> Opened:
    """Open what stands at a location (a path, a glob or a folder)."""
    files = _files(location)
    kind = options.format or ("parquet" if files[0].suffix == ".parquet" else "csv")
    parts = tuple(PartState(path.name, 0, path.stat().st_size, str(path.stat().st_mtime_ns)) for path in files)
    relation = _parquet(files, engine) if kind == "parquet" else _csv(files, engine, options)
    return Opened(name or Path(location).stem, location, relation, parts, sum(path.stat().st_size for path in files))


def _files(location: str) -> list[Path]:
    path = Path(location)
    found = [path] if path.is_file() else sorted(path.rglob("*")) if path.is_dir() else []
    found = found or [Path(each) for each in sorted(glob.glob(location, recursive=True))]  # noqa: PTH207 - any pattern
    files = [each for each in found if each.is_file() and not each.name.startswith((".", "_"))]
    if not files:
        raise NotFound(
            "source-not-found",
            f"nothing is at `{location}`",
            place=Place(source=location),
            remedy="check the path; a folder, a pattern such as `data/*.parquet` or a file can stand there",
        )
    return files


def _parquet(files: list[Path], engine: DuckEngine) -> Relation:
    listed = quoting.texts(str(path) for path in files)
    source = f"read_parquet({listed}, union_by_name = true, hive_partitioning = true)"
    columns = engine.describe(source)
    number = "(file_index * 4294967296 + file_row_number)"
    fields = tuple(fields_of(columns))
    return Relation(source, fields, number, "filename" if len(files) > 1 else None)


def _csv(files: list[Path], engine: DuckEngine, options: ReadOptions) -> Relation:
    del options
    listed = quoting.texts(str(path) for path in files)
    table = engine.keep("staged_" + files[0].stem, f"SELECT * FROM read_csv({listed}, all_varchar = true)")
    columns = list(engine.describe(table))
    rows = engine.rows(f"SELECT count(*) FROM {table}")[0][0]
    every = max(1, rows // _SAMPLE)
    listing = ", ".join(quoting.name(column) for column in columns)
    sample = engine.rows(f"SELECT {listing} FROM {table} WHERE rowid % {every} = 0")
    if not columns:
        raise InvalidInput(
            "source-empty", "the file is empty", place=Place(source=str(files[0])), remedy="export it again"
        )
    fields = []
    for place, column in enumerate(columns):
        how = reading(column, [row[place] for row in sample])
        quoted = quoting.name(column)
        raw = None if how.form in {Form.TEXT, Form.EMPTY} else f"nullif(trim({quoted}), '')"
        fields.append(Field(column, duckdb_casts.value_of(quoted, how), "VARCHAR", how.form, raw))
    return Relation(table, tuple(fields), "rowid")
