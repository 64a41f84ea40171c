"""Assessment reports: make one, read it as data, Markdown or HTML, hold it against another."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from fastapi.responses import PlainTextResponse
from pydantic import Field
from starlette.responses import HTMLResponse, Response

from roadworthy.documents.assessment_report.model import Comparison, Direction, Made, Report
from roadworthy.documents.assessment_report.rendering import foot_of, markdown, page
from roadworthy.documents.assessment_report.telling import compared
from roadworthy.documents.assessment_report.writing import title_of, written
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes

router = Routes(tags=["reports"])

Key = Annotated[str, Path(max_length=40, description="Number or id of the report; `last` is the newest.")]
Other = Annotated[
    str | None, Query(alias="with", max_length=40, description="The other report; the one before by default.")
]


class NewReport(Wire):
    """What a new report is called."""

    organisation: Annotated[str, Field(max_length=200)] = Field(
        default="", description="Name of the organisation, for the title."
    )


class MadeBody(Wire):
    """A report as a list shows it."""

    id: str
    number: int
    made_at: datetime
    made_by: str = Field(description="Reference of the person.")
    digest: str
    entry_id: str
    total: int
    ready: int
    picks: list[str]

    @classmethod
    def of(cls, made: Made) -> MadeBody:
        """From the reports' own value."""
        return cls.model_validate(made)


class ReportBody(Wire):
    """A report as it was made."""

    made: MadeBody
    report: Report


class ShiftBody(Wire):
    """A use case whose tones or score are others than before."""

    use_case: str
    title: str
    direction: Direction
    before: str
    after: str
    score_before: int
    score_after: int


class SeatChangeBody(Wire):
    """A duty that somebody took, accepted or left."""

    use_case: str
    title: str
    duty: str
    before: str
    after: str


class CountBody(Wire):
    """A number then and now."""

    name: str
    before: int
    after: int


class ComparisonBody(Wire):
    """What changed between two reports."""

    before: int
    after: int
    figures: list[CountBody]
    moved: list[ShiftBody]
    stale: list[CountBody]
    came: list[SeatChangeBody]
    left: list[SeatChangeBody]
    modes: list[CountBody]
    new: list[str]
    gone: list[str]
    picked: list[str]
    dropped: list[str]
    markdown: str

    @classmethod
    def of(cls, found: Comparison) -> ComparisonBody:
        """From the reports' own value."""
        return cls(
            before=found.before.number,
            after=found.after.number,
            figures=[CountBody.model_validate(each) for each in found.figures],
            moved=[ShiftBody.model_validate(each) for each in found.moved],
            stale=[CountBody.model_validate(each) for each in found.stale],
            came=[SeatChangeBody.model_validate(each) for each in found.came],
            left=[SeatChangeBody.model_validate(each) for each in found.left],
            modes=[CountBody.model_validate(each) for each in found.modes],
            new=list(found.new),
            gone=list(found.gone),
            picked=list(found.picked),
            dropped=list(found.dropped),
            markdown=markdown(compared(found)),
        )


@router.post("/reports")
def new(given: NewReport, app: Application, caller: Signed) -> MadeBody:
    """Make a report of this instant. It is kept as it is, and the ledger gets its digest."""
    report = app.reports.make(caller.context, caller.session.person.shown, given.organisation)
    return MadeBody.of(app.reports.find(report.id))


@router.get("/reports")
def all_reports(app: Application, _caller: Signed) -> list[MadeBody]:
    """Every report, the newest first."""
    return [MadeBody.of(made) for made in app.reports.all()]


@router.get("/reports/{key}")
def show(key: Key, app: Application, _caller: Signed) -> ReportBody:
    """A report as data, exactly as it was made."""
    made = app.reports.find(key)
    return ReportBody(made=MadeBody.of(made), report=app.reports.read(made.id))


@router.get("/reports/{key}/markdown", response_class=PlainTextResponse)
def as_markdown(key: Key, app: Application, _caller: Signed) -> Response:
    """A report as Markdown."""
    made = app.reports.find(key)
    report = app.reports.read(made.id)
    text = f"{markdown(written(report))}\n---\n\n{foot_of(report, made)}\n"
    return PlainTextResponse(text, media_type="text/markdown; charset=utf-8", headers=_named(made, "md"))


@router.get("/reports/{key}/html", response_class=HTMLResponse)
def as_html(key: Key, app: Application, _caller: Signed) -> Response:
    """A report as one HTML file that needs nothing else, to be sent or printed."""
    made = app.reports.find(key)
    report = app.reports.read(made.id)
    return HTMLResponse(page(title_of(report), written(report), foot_of(report, made)), headers=_named(made, "html"))


@router.get("/reports/{key}/comparison")
def comparison(key: Key, app: Application, _caller: Signed, other: Other = None) -> ComparisonBody:
    """What changed since the report before, or since another one."""
    return ComparisonBody.of(app.reports.compare(key, other))


def _named(made: Made, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="assessment-report-{made.number}.{ending}"'}
