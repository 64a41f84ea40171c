"""Upload a sheet, look at what was understood, change it, import it."""

from __future__ import annotations

from starlette.responses import Response

from roadworthy.foundation.errors import InvalidInput, Place, RoadworthyError
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.importing import (
    COLUMN,
    CONSTANT,
    TAKE,
    done_view,
    faulty_view,
    preview_view,
    start_view,
)
from roadworthy.interfaces.web.uploads import Upload, Uploads
from roadworthy.interfaces.web.visits import Form, Posted, Visit, Visiting, go_to
from roadworthy.inventory.importing.model import ColumnMapping

router = Routes(prefix="/import")
RUNS = 20
"""Past imports on the first page."""
_SERVER_FAULT = 500
_FOLDER = "uploads"
_MENDABLE = frozenset({"import-no-table", "import-no-title", "import-no-header-row"})
"""Faults that another sheet, header row or meaning may mend, so the file waits for it."""


@router.get("")
def show(visit: Visiting) -> Response:
    """Where a file is chosen."""
    return _start(visit, None)


@router.post("")
def upload(visit: Visiting, form: Form) -> Response:
    """Take a file in and look at it; nothing is imported yet."""
    if "file" not in form.files:
        missing = InvalidInput("upload-without-file", "no file was chosen", remedy="choose a sheet, then send it")
        return _start(visit, missing)
    name, content = form.files["file"]
    return go_to(f"/import/{_uploads(visit).keep(_person(visit), name, content)}")


@router.get("/runs/{run}")
def show_run(visit: Visiting, run: str) -> Response:
    """What an import did."""
    found, rows = visit.app.importing.source(run)
    view = done_view(found, sum(bool(row.flags) for row in rows), visit.now)
    return visit.answer("import_done", f"Import of {found.file}", view, place="Import")


@router.get("/{upload}")
def show_upload(visit: Visiting, upload: str) -> Response:
    """What was understood of a file."""
    found = _uploads(visit).find(_person(visit), upload)
    try:
        preview = visit.app.importing.preview(found.name, found.content)
    except RoadworthyError as error:
        _raise_server_fault(error)
        if error.code in _MENDABLE:
            return _faulty(visit, found, Posted({}, {}), error)
        _uploads(visit).drop(_person(visit), upload)
        return _start(visit, error)
    view = preview_view(found.id, found.name, preview, None, ())
    return visit.answer("import_preview", f"Import {found.name}", view, place="Import")


@router.post("/{upload}")
def decide(visit: Visiting, upload: str, form: Form) -> Response:
    """Look again with other meanings, or import."""
    found = _uploads(visit).find(_person(visit), upload)
    if form.text("do") != "import":
        return _preview(visit, found, form)
    try:
        mapping = mapping_in(form)
        report = visit.app.importing.run(visit.signed_in.context, found.name, found.content, mapping, take_in(form))
    except RoadworthyError as error:
        _raise_server_fault(error)
        return _faulty(visit, found, form, error)
    _uploads(visit).drop(_person(visit), upload)
    if report.import_id is None:
        return go_to("/import?done=unchanged")
    return go_to(f"/import/runs/{report.import_id}")


def mapping_in(form: Posted) -> ColumnMapping | None:
    """What the form decides about the file's columns; None where it leaves everything as it was proposed.

    Raises:
        InvalidInput: the header row is no number.
    """
    chosen = {name: value.strip() for name, value in form.values.items() if name.startswith(COLUMN)}
    changed = any(value != form.text(f"was:{name}") for name, value in chosen.items())
    constants = {
        name.removeprefix(CONSTANT): value.strip()
        for name, value in form.values.items()
        if name.startswith(CONSTANT) and value.strip()
    }
    sheet, header = form.text("sheet").strip(), form.text("header").strip()
    if header and not (header.isascii() and header.isdigit() and int(header) > 0):
        raise InvalidInput(
            "header-row-unusable",
            f"`{header[:40]}` is no row",
            place=Place(field="header"),
            remedy="give the number that the spreadsheet shows beside the row",
        )
    decided = changed or bool(constants or sheet or header) or form.text("decided") == "yes"
    if not decided:
        return None
    moved = (sheet, header) != (form.text("was:sheet"), form.text("was:header"))
    columns = {} if moved else {f"column {name.removeprefix(COLUMN)}": value for name, value in chosen.items()}
    return ColumnMapping(columns, constants, sheet or None, int(header) if header else None)


def take_in(form: Posted) -> frozenset[str]:
    """Conflicts that are decided for the file."""
    return frozenset(name.removeprefix(TAKE) for name in form.values if name.startswith(TAKE))


def _start(visit: Visit, fault: RoadworthyError | None) -> Response:
    runs = visit.app.importing.runs(RUNS)
    view = start_view(runs, visit.app.settings.upload_megabytes, visit.now, fault)
    return visit.answer("import_start", "Import", view, place="Import", status=fault.status if fault else 200)


def _preview(visit: Visit, found: Upload, form: Posted) -> Response:
    try:
        mapping = mapping_in(form)
        take = take_in(form)
        preview = visit.app.importing.preview(found.name, found.content, mapping, take)
    except RoadworthyError as error:
        _raise_server_fault(error)
        return _faulty(visit, found, form, error)
    view = preview_view(found.id, found.name, preview, mapping, take)
    return visit.answer("import_preview", f"Import {found.name}", view, place="Import")


def _faulty(visit: Visit, found: Upload, form: Posted, error: RoadworthyError) -> Response:
    try:
        mapping = mapping_in(form)
    except InvalidInput:
        mapping = None
    kept = tuple((name, value) for name, value in form.values.items() if name.startswith((COLUMN, "was:", TAKE)))
    view = faulty_view(found.id, found.name, error, mapping, kept)
    return visit.answer("import_preview", f"Import {found.name}", view, place="Import", status=error.status)


def _raise_server_fault(error: RoadworthyError) -> None:
    if error.status >= _SERVER_FAULT:
        raise error


def _uploads(visit: Visit) -> Uploads:
    return Uploads(visit.app.settings.home / _FOLDER, visit.app.runtime)


def _person(visit: Visit) -> str:
    return visit.signed_in.session.person.ref
