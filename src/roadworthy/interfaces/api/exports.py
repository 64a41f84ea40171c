"""The inventory as files."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response

from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes

router = Routes(prefix="/exports", tags=["exports"])

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Names = Annotated[list[str] | None, Query(description="Only these use cases.")]


class GapBody(Wire):
    """A field that the federal shape requires and that cannot be filled from what is known."""

    use_case: str
    field: str
    required: str
    reason: str


def _file(media_type: str) -> dict[str, Any]:
    return {"response_class": Response, "responses": {200: {"content": {media_type: {}}}}}


@router.get("/use-cases.csv", **_file("text/csv"))
def as_csv(app: Application, _caller: Signed, name: Names = None) -> Response:
    """The use cases as one flat table."""
    return _attachment(app.exporting.csv(name), CSV, "use-cases.csv")


@router.get("/use-cases.xlsx", **_file(XLSX))
def as_xlsx(app: Application, _caller: Signed, name: Names = None) -> Response:
    """The use cases as a workbook."""
    return _attachment(app.exporting.xlsx(name), XLSX, "use-cases.xlsx")


@router.get("/omb.csv", **_file("text/csv"))
def as_omb_csv(app: Application, _caller: Signed, name: Names = None) -> Response:
    """The use cases in the shape of the US federal inventory of 2025; gaps are left empty, not invented."""
    return _attachment(app.exporting.omb_csv(name), CSV, "omb.csv")


@router.get("/omb.xlsx", **_file(XLSX))
def as_omb_xlsx(app: Application, _caller: Signed, name: Names = None) -> Response:
    """The same as a workbook, with a second sheet that lists the gaps."""
    return _attachment(app.exporting.omb_xlsx(name), XLSX, "omb.xlsx")


@router.get("/omb/gaps")
def omb_gaps(app: Application, _caller: Signed, name: Names = None) -> list[GapBody]:
    """What the federal shape requires and nobody has said yet."""
    return [GapBody.model_validate(gap) for gap in app.exporting.omb(name).gaps]


def _attachment(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
