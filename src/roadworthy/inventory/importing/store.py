"""SQL of imports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.storage.statements import portions, upsert
from roadworthy.inventory.importing.model import ColumnMapping, PlacedRow
from roadworthy.inventory.importing.tables import import_mappings, import_rows, import_runs, imported_specs
from roadworthy.inventory.tables import reported_answers


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the last import said about a use case."""

    file: str
    spec: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """An import that changed something."""

    id: str
    file: str
    digest: str
    form: str
    rows: int
    report: Mapping[str, Any]
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source row as it stood in the file."""

    import_id: str
    sheet: str
    row: int
    use_case: str
    cells: tuple[str, ...]
    flags: tuple[str, ...]
    unplaced: tuple[Mapping[str, str], ...]


def baselines(connection: sa.Connection, names: Sequence[str]) -> dict[str, Baseline]:
    """What was imported last, for those of the names that ever were."""
    table = imported_specs
    found: dict[str, Baseline] = {}
    for some in portions(names):
        for row in connection.execute(sa.select(table).where(table.c.use_case.in_(some))):
            found[row.use_case] = Baseline(row.file, json.loads(row.spec))
    return found


def remember_specs(
    connection: sa.Connection, import_id: str, file: str, specs: Mapping[str, Mapping[str, Any]]
) -> None:
    """Keep what this import said, as the base of the next comparison."""
    rows = [
        {"use_case": name, "import_id": import_id, "file": file, "spec": _json(spec)} for name, spec in specs.items()
    ]
    upsert(connection, imported_specs, rows)


def forget_answers(connection: sa.Connection, answers: Sequence[tuple[str, str]]) -> None:
    """Take reported answers back that the file does not give any more: (use case, fact) each."""
    table = reported_answers
    statement = table.delete().where(table.c.use_case == sa.bindparam("u"), table.c.fact == sa.bindparam("f"))
    if answers:
        connection.execute(statement, [{"u": name, "f": fact} for name, fact in answers])


def add_run(connection: sa.Connection, run: Run, signature: str, entry_id: str) -> None:
    """Keep an import."""
    values = {
        "id": run.id,
        "file": run.file,
        "digest": run.digest,
        "form": run.form,
        "signature": signature,
        "rows": run.rows,
        "report": _json(run.report),
        "at": run.at,
        "by": run.by,
        "entry_id": entry_id,
    }
    connection.execute(import_runs.insert(), [values])


def add_rows(connection: sa.Connection, import_id: str, rows: Sequence[PlacedRow]) -> None:
    """Keep every source cell of an import."""
    values = [
        {
            "import_id": import_id,
            "position": position,
            "sheet": row.sheet[:255],
            "row": row.row,
            "use_case": row.name,
            "cells": _json(row.cells),
            "remarks": _json(
                {
                    "flags": row.flags,
                    "unplaced": [
                        {"column": item.column, "cell": item.cell, "value": item.value, "reason": item.reason}
                        for item in row.unplaced
                    ],
                }
            ),
        }
        for position, row in enumerate(rows)
    ]
    if values:
        connection.execute(import_rows.insert(), values)


def run_of(connection: sa.Connection, import_id: str) -> Run | None:
    """One import, or None."""
    row = connection.execute(sa.select(import_runs).where(import_runs.c.id == import_id)).one_or_none()
    return None if row is None else _run(row)


def runs(connection: sa.Connection, limit: int = 100) -> list[Run]:
    """Imports, the newest first."""
    order = (import_runs.c.at.desc(), import_runs.c.id.desc())
    return [_run(row) for row in connection.execute(sa.select(import_runs).order_by(*order).limit(limit))]


def rows_of(connection: sa.Connection, import_id: str) -> Iterator[SourceRow]:
    """Every source row of an import, in the order of the file."""
    statement = sa.select(import_rows).where(import_rows.c.import_id == import_id).order_by(import_rows.c.position)
    return (_source(row) for row in connection.execute(statement))


def sources_of(connection: sa.Connection, use_case: str) -> list[SourceRow]:
    """Every source row that ever became this use case, the newest import first."""
    statement = (
        sa.select(import_rows)
        .join(import_runs, import_runs.c.id == import_rows.c.import_id)
        .where(import_rows.c.use_case == use_case)
        .order_by(import_runs.c.at.desc(), import_rows.c.position)
    )
    return [_source(row) for row in connection.execute(statement)]


def remember_mapping(connection: sa.Connection, signature: str, mapping: ColumnMapping, now: datetime, by: str) -> None:
    """Keep what a person decided about files with these headers."""
    row = {"signature": signature, "mapping": _json(mapping_to_dict(mapping)), "at": now, "by": by}
    upsert(connection, import_mappings, [row])


def mapping_for(connection: sa.Connection, signature: str) -> ColumnMapping | None:
    """What a person decided about files with these headers, or None."""
    table = import_mappings
    text = connection.execute(sa.select(table.c.mapping).where(table.c.signature == signature)).scalar_one_or_none()
    return None if text is None else mapping_from_dict(json.loads(text))


def mapping_to_dict(mapping: ColumnMapping) -> dict[str, Any]:
    """A mapping as a mapping file has it; what is not said is left out."""
    values: dict[str, Any] = {"sheet": mapping.sheet, "header": mapping.header}
    values |= {"columns": dict(mapping.columns), "constants": dict(mapping.constants)}
    return {key: value for key, value in values.items() if value}


def mapping_from_dict(values: Mapping[str, Any]) -> ColumnMapping:
    """The other way round."""
    return ColumnMapping(
        columns=values.get("columns", {}),
        constants=values.get("constants", {}),
        sheet=values.get("sheet"),
        header=values.get("header"),
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _run(row: sa.Row[Any]) -> Run:
    return Run(row.id, row.file, row.digest, row.form, row.rows, json.loads(row.report), row.at, row.by)


def _source(row: sa.Row[Any]) -> SourceRow:
    remarks = json.loads(row.remarks)
    cells = tuple(json.loads(row.cells))
    flags, unplaced = tuple(remarks["flags"]), tuple(remarks["unplaced"])
    return SourceRow(row.import_id, row.sheet, row.row, row.use_case, cells, flags, unplaced)
