"""Delimited text into a table: many files of one layout by one statement, and file by file only what fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from roadworthy.foundation.errors import InvalidInput, RoadworthyError
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.model import PartState
from roadworthy.measure.fingerprint.sources import quoting, staging
from roadworthy.measure.fingerprint.sources.formats import PART, STAGED, Found, unpacked
from roadworthy.measure.fingerprint.sources.layout import Layout, layout_of
from roadworthy.measure.fingerprint.sources.options import ReadOptions
from roadworthy.measure.fingerprint.sources.repair import repaired

_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_LONG_LINES = ", max_line_size = 67108864, buffer_size = 134217728"


@dataclass(slots=True)
class Loading:
    """What has been read so far."""

    table: str
    """What to select from."""
    tables: list[tuple[str, list[str]]]
    """Where the rows are, with the columns of each: more than one of a source of thousands of columns."""
    parts: dict[str, PartState] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def load(files: Sequence[Found], engine: DuckEngine, options: ReadOptions) -> Loading:
    """All rows of the files as text, with the file's name in `PART` where there are several.

    A file that cannot be read is a part with a fault.
    """
    layouts: dict[Layout, list[Found]] = {}
    faults: dict[str, PartState] = {}
    for found in files:
        try:
            layout = layout_of(found, engine, options)
        except RoadworthyError as error:
            faults[found.name] = fault_of(found, error)
            continue
        if layout is None:
            faults[found.name] = PartState(found.name, 0, found.size, found.version, fault="the file is empty")
        else:
            layouts.setdefault(layout, []).append(found)
    columns = list(dict.fromkeys(column for layout in layouts for column in layout.columns))
    several = len(files) > 1
    slices = [list(some) for some in staging.slices(columns)] or [[]]
    tables = [(_empty(engine, files, some, several=several and some is slices[0]), some) for some in slices]
    loading = Loading(staging.beside(engine, [table for table, _ in tables]), tables, faults, _said(layouts))
    for layout, group in layouts.items():
        _group(loading, engine, layout, group, options)
    _count(loading, engine, several=several)
    return loading


def fault_of(found: Found, error: RoadworthyError) -> PartState:
    """A part that could not be read, with the reason and the line."""
    line = f"line {error.place.line}: " if error.place.line else ""
    return PartState(found.name, 0, found.size, found.version, fault=f"{line}{error.message}")


def _said(layouts: dict[Layout, list[Found]]) -> list[str]:
    notes = []
    marks = sorted({layout.delimiter for layout in layouts} - {","})
    notes += [f"columns are separated by {_NAMES.get(mark, repr(mark))}" for mark in marks]
    twice = sorted({name for layout in layouts for name in layout.twice})
    if twice:
        shown = ", ".join(f"`{name}`" for name in twice[:5])
        notes.append(f"{shown} stand in the header more than once; from the second on a number is put behind the name")
    bare = [found.name for layout, group in layouts.items() if not layout.header for found in group]
    if bare:
        notes.append(f"{bare[0]}{' and others have' if len(bare) > 1 else ' has'} no header; columns were numbered")
    return notes


def _empty(engine: DuckEngine, files: Sequence[Found], columns: Sequence[str], *, several: bool) -> str:
    listing = [f"NULL::VARCHAR AS {quoting.name(column)}" for column in columns]
    if several:
        names = ", ".join(quoting.text(found.name) for found in files)
        listing.append(f"NULL::ENUM({names}) AS {quoting.name(PART)}")
    return staging.table_of(engine, f"SELECT {', '.join(listing) or 'NULL::VARCHAR AS nothing'} LIMIT 0")


def _group(loading: Loading, engine: DuckEngine, layout: Layout, group: list[Found], options: ReadOptions) -> None:
    direct = [found for found in group if not found.path.lower().endswith(STAGED)]
    plain = options.encoding is None or options.encoding.lower().replace("_", "-") in {"utf-8", "utf8"}
    if direct and plain:
        try:
            _insert(loading, engine, layout, direct)
        except RoadworthyError:
            # One of them is at fault, and the statement took none: now one by one, so that only that one is lost.
            pass
        else:
            _states(loading, layout, direct)
            group = [found for found in group if found not in direct]
    for found in group:
        try:
            lost = _one(loading, engine, layout, found, options)
        except RoadworthyError as error:
            loading.parts[found.name] = fault_of(found, error)
        else:
            _states(loading, layout, [found])
            loading.parts[found.name] = replace(loading.parts[found.name], lost=lost)


def _one(loading: Loading, engine: DuckEngine, layout: Layout, found: Found, options: ReadOptions) -> str | None:
    """Read one file; returns what of it cannot be taken for read."""
    plain = unpacked(found, engine.folder)
    if options.encoding is None:
        for more in ("", _LONG_LINES):
            try:
                _insert(loading, engine, layout, [plain], more=more)
            except RoadworthyError:
                continue
            return None
    target = engine.folder / f"repaired-{abs(hash(found.path)):x}.csv"
    try:
        clean = repaired(plain, layout, target, options.encoding)
        copy = replace(plain, path=str(clean.path))
        _insert(loading, engine, replace(layout, delimiter=",", quote='"', skip=0), [copy], more=_LONG_LINES)
    except (OSError, EOFError) as error:
        message = f"it cannot be read ({error})"
        remedy = "write the file anew, or leave it out"
        raise InvalidInput("source-unreadable", message, place=found.place, remedy=remedy) from error
    finally:
        target.unlink(missing_ok=True)
    loading.notes.extend(clean.notes)
    return clean.lost


def _insert(loading: Loading, engine: DuckEngine, layout: Layout, files: Sequence[Found], more: str = "") -> None:
    columns = ", ".join(f"{quoting.text(column)}: 'VARCHAR'" for column in layout.columns)
    names = {found.path: found.name for found in files}
    source = (
        f"read_csv({quoting.texts(names)}, auto_detect = false, columns = {{{columns}}}, "
        f"delim = {quoting.text(layout.delimiter)}, quote = {quoting.text(layout.quote)}, "
        f"escape = {quoting.text(layout.quote)}, header = {str(layout.header).lower()}, skip = {layout.skip}{more})"
    )
    if len(names) == 1:
        part = quoting.text(next(iter(names.values())))
    else:
        paths, shown = quoting.texts(names), quoting.texts(names.values())
        part = f"{shown}[list_position({paths}, filename)]"
    own = set(layout.columns)
    statements = []
    for table, held in loading.tables:
        kept = engine.describe(table)
        values = [quoting.name(column) for column in held if column in own]
        # A file without any of these columns has its rows here all the same: they stand beside one another by place.
        values = values or [f"NULL::VARCHAR AS {quoting.name(held[0])}"]
        if PART in kept:
            values.append(f"{part} AS {quoting.name(PART)}")
        statements.append((table, f"INSERT INTO {table} BY NAME SELECT {', '.join(values)} FROM {source}"))
    if len(statements) == 1:
        engine.rows(statements[0][1])
    else:
        _alike(engine, statements)


def _alike(engine: DuckEngine, statements: Sequence[tuple[str, str]]) -> None:
    """Run all of them or none, and only if each adds as many rows: a fault may lie in columns that one skips."""
    engine.rows("BEGIN TRANSACTION")
    try:
        for _, statement in statements:
            engine.rows(statement)
        counts = {int(engine.rows(f"SELECT count(*) FROM {table}")[0][0]) for table, _ in statements}
        if len(counts) > 1:
            raise InvalidInput(
                "source-unreadable",
                "some of its columns have more rows than others",
                remedy="have the file written again, or leave it out of the source",
            )
    except RoadworthyError:
        engine.rows("ROLLBACK")
        raise
    engine.rows("COMMIT")


def _states(loading: Loading, layout: Layout, files: Sequence[Found]) -> None:
    columns = tuple((column, "VARCHAR") for column in layout.columns)
    for found in files:
        loading.parts[found.name] = PartState(found.name, 0, found.size, found.version, columns)


def _count(loading: Loading, engine: DuckEngine, *, several: bool) -> None:
    name = quoting.name(PART)
    if several:
        counted = engine.rows(f"SELECT CAST({name} AS VARCHAR), count(*) FROM {loading.table} GROUP BY 1")
        rows = {str(part): int(count) for part, count in counted}
    else:
        rows = dict.fromkeys(loading.parts, int(engine.rows(f"SELECT count(*) FROM {loading.table}")[0][0]))
    loading.parts = {
        part: replace(state, rows=0 if state.fault else rows.get(part, 0)) for part, state in loading.parts.items()
    }
