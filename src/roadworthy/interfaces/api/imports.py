"""Imports: look at a spreadsheet, bring it in, look at what was brought in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, File, Form, Path, UploadFile
from pydantic import Field

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import Application, Signed, Wire, may
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Caller
from roadworthy.inventory.importing.mapping_file import parse_mapping
from roadworthy.inventory.importing.merging import FieldConflict
from roadworthy.inventory.importing.model import ColumnMapping, PlacedRow
from roadworthy.inventory.importing.report import Effects, Reading

router = Routes(prefix="/imports", tags=["imports"])

MOST_PROBLEMS = 500
"""Rows with something to look at that one answer lists; `GET /imports/{id}/rows` has every row."""

Writing = Annotated[Caller, Depends(may("use-cases:write"))]
Upload = Annotated[UploadFile, File(description="CSV, XLSX, XLS, ODS or HTML; what it is is told by its content.")]
MappingText = Annotated[str, Form(max_length=1_000_000, description="A mapping file (YAML); empty to be proposed.")]
Take = Annotated[
    list[str], Form(default_factory=list, description="Keys of conflicts to decide for the file: `<use case>:<field>`.")
]


class ColumnBody(Wire):
    """What a column is taken to mean, how surely, and why."""

    column: str
    target: str
    confidence: float
    reason: str


class VariantsBody(Wire):
    """Spellings of one word that were counted as one."""

    column: str
    word: str
    spellings: dict[str, int]


class GroupBody(Wire):
    """Values of one column that found no place for one reason; their cells are kept."""

    column: str
    reason: str
    count: int
    examples: list[str]
    cells: list[str]


class MappingBody(Wire):
    """The mapping that was used; as a mapping file it leads to the same result."""

    columns: dict[str, str]
    constants: dict[str, str]
    sheet: str | None
    header: int | None


class ReadingBody(Wire):
    """What was understood of a file."""

    file: str
    form: str
    sheet: str
    header_row: int
    columns: list[ColumnBody]
    rows: int
    notes: list[str]
    variants: list[VariantsBody]
    unplaced: list[GroupBody]
    flags: dict[str, int]
    mapping: MappingBody
    remembered: bool


class ConflictBody(Wire):
    """A field that a person and a file changed differently; the person's value stands."""

    key: str
    use_case: str
    field: str
    imported: Any = Field(description="What was imported last.")
    current: Any
    new: Any


class EffectsBody(Wire):
    """What an import does to the inventory."""

    created: list[str]
    updated: list[str]
    unchanged: int
    conflicts: list[ConflictBody]
    claimed: dict[str, str] = Field(description="Use cases that another file brought before, with that file.")


class UnplacedBody(Wire):
    """A value that fills no field although its column has one."""

    column: str
    cell: str
    value: str
    reason: str


class RowBody(Wire):
    """A row and what a person should look at in it."""

    sheet: str
    row: int
    name: str
    flags: list[str]
    unplaced: list[UnplacedBody]


class PreviewBody(Wire):
    """An import that has not happened."""

    reading: ReadingBody
    effects: EffectsBody
    problems: list[RowBody] = Field(description="Of the first rows.")


class ReportBody(Wire):
    """An import that happened."""

    import_id: str | None = Field(description="Null when nothing changed, so that nothing was written.")
    reading: ReadingBody
    effects: EffectsBody
    problem_rows: int
    problems: list[RowBody]


class RunBody(Wire):
    """An import that changed something."""

    id: str
    file: str
    digest: str
    form: str
    rows: int
    at: datetime
    by: PersonBody


class SourceRowBody(Wire):
    """A source row as it stood in the file."""

    sheet: str
    row: int
    use_case: str
    cells: list[str]
    flags: list[str]
    unplaced: list[dict[str, str]]


@router.post("/preview")
def preview(app: Application, _caller: Writing, file: Upload, take: Take, mapping: MappingText = "") -> PreviewBody:
    """What an import would do; writes nothing."""
    name, content = read_upload(file)
    found = app.importing.preview(name, content, mapping_of(mapping), take)
    return PreviewBody(
        reading=_reading(found.reading), effects=_effects(found.effects), problems=_problems(found.sample)
    )


@router.post("")
def run(app: Application, caller: Writing, file: Upload, take: Take, mapping: MappingText = "") -> ReportBody:
    """Bring a file in, whole or not at all; what people changed since the last import stands."""
    name, content = read_upload(file)
    report = app.importing.run(caller.context, name, content, mapping_of(mapping), take)
    problems = _problems(report.rows)
    return ReportBody(
        import_id=report.import_id,
        reading=_reading(report.reading),
        effects=_effects(report.effects),
        problem_rows=len(problems),
        problems=problems[:MOST_PROBLEMS],
    )


@router.get("")
def listed(app: Application, _caller: Signed) -> list[RunBody]:
    """Imports that changed something, the newest first."""
    found = app.importing.runs()
    who = people.shown(app, (each.by for each in found))
    return [
        RunBody(
            id=each.id, file=each.file, digest=each.digest, form=each.form, rows=each.rows, at=each.at, by=who[each.by]
        )
        for each in found
    ]


@router.get("/{import_id}/rows")
def rows(import_id: Annotated[str, Path(max_length=100)], app: Application, _caller: Signed) -> list[SourceRowBody]:
    """Every source row of an import, cell by cell."""
    return [SourceRowBody.model_validate(row) for row in app.importing.source(import_id)[1]]


def read_upload(file: UploadFile) -> tuple[str, bytes]:
    """Name and content of a file that was sent.

    Raises:
        InvalidInput: it has no name.
    """
    name = file.filename or ""
    if not name:
        raise InvalidInput(
            "upload-without-name",
            "the file has no name",
            place=Place(field="body.file"),
            remedy="send the file with its name, so that messages can say it",
        )
    return name, file.file.read()


def mapping_of(text: str) -> ColumnMapping | None:
    """The mapping file that was sent beside it; None where nothing was."""
    return parse_mapping("the mapping", text) if text.strip() else None


def _reading(reading: Reading) -> ReadingBody:
    columns = [
        ColumnBody(column=each.column.label, target=each.target, confidence=each.confidence, reason=each.reason)
        for each in reading.columns
    ]
    return ReadingBody(
        file=reading.file,
        form=reading.form,
        sheet=reading.sheet,
        header_row=reading.header_row,
        columns=columns,
        rows=reading.rows,
        notes=list(reading.notes),
        variants=[VariantsBody.model_validate(each) for each in reading.variants],
        unplaced=[GroupBody.model_validate(each) for each in reading.unplaced],
        flags=dict(reading.flags),
        mapping=MappingBody.model_validate(reading.mapping),
        remembered=reading.remembered,
    )


def _effects(effects: Effects) -> EffectsBody:
    return EffectsBody(
        created=list(effects.created),
        updated=list(effects.updated),
        unchanged=effects.unchanged,
        conflicts=[_conflict(each) for each in effects.conflicts],
        claimed=dict(effects.claimed),
    )


def _conflict(conflict: FieldConflict) -> ConflictBody:
    return ConflictBody(
        key=conflict.key,
        use_case=conflict.use_case,
        field=conflict.path,
        imported=conflict.before,
        current=conflict.current,
        new=conflict.new,
    )


def _problems(placed: Sequence[PlacedRow]) -> list[RowBody]:
    return [RowBody.model_validate(row) for row in placed if row.flags or row.unplaced]
