"""The pages of the assessment reports."""

from __future__ import annotations

from starlette.responses import Response

from roadworthy.documents.assessment_report.rendering import foot_of
from roadworthy.documents.assessment_report.telling import compared
from roadworthy.documents.assessment_report.writing import title_of, written
from roadworthy.foundation.errors import NotFound
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.reports import comparison_view, report_view, reports_view
from roadworthy.interfaces.web.visits import Form, Visiting, go_to, head_of

router = Routes(prefix="/reports")
LONGEST_NAME = 200


@router.get("")
def show_all(visit: Visiting) -> Response:
    """Every report, and a button for a new one."""
    made = visit.app.reports.all()
    people = visit.app.identity.people([each.made_by for each in made])
    total = len(visit.app.inventory.names())
    return visit.answer("reports", "Reports", reports_view(made, people, total, visit.now), place="Reports")


@router.post("")
def make(visit: Visiting, form: Form) -> Response:
    """Make a report of this instant."""
    caller = visit.signed_in
    name = form.text("organisation").strip()[:LONGEST_NAME]
    report = visit.app.reports.make(caller.context, caller.session.person.shown, name)
    return go_to(f"/reports/{report.number}?done=reported")


@router.get("/{key}")
def show(visit: Visiting, key: str) -> Response:
    """A report, print-ready."""
    made = visit.app.reports.find(key)
    report = visit.app.reports.read(made.id)
    earlier = report.number > 1
    view = report_view(made.number, written(report), foot_of(report, made), earlier=earlier)
    return visit.answer("report", title_of(report), view, place="Reports", head=head_of(visit))


@router.get("/{key}/comparison")
def compare(visit: Visiting, key: str) -> Response:
    """What changed since the report before."""
    made = visit.app.reports.find(key)
    other = visit.request.query_params.get("with") or None
    try:
        found = visit.app.reports.compare(made.id, other)
    except NotFound as error:
        if error.code == "report-nothing-before":
            error.remedy = "make another report when something has changed"
        raise
    view = comparison_view(made.number, compared(found))
    return visit.answer("report", "What changed", view, place="Reports", head=head_of(visit))
