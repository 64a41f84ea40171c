"""The page of findings of the trail, and saying why one is right as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.errors import InvalidInput
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.forms.drafting import Faults
from roadworthy.interfaces.web.forms.why import Act, why_form
from roadworthy.interfaces.web.showing.findings import findings_view
from roadworthy.interfaces.web.views.parts import Link
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to
from roadworthy.operate.actions.trail.finding_store import Wanted
from roadworthy.operate.actions.trail.model import Standing

router = Routes(prefix="/action-findings")
PLACE = "Gateway"
PAGE = 50


@router.get("")
def show(
    visit: Visiting,
    state: Annotated[str, Query(max_length=20)] = Standing.OPEN.value,
    before: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Open ones, or all, the latest first."""
    everything = state == "all"
    wanted = Wanted(state=None if everything else Standing.OPEN.value, before=before or None, limit=PAGE)
    found = visit.app.trail.looking.findings(wanted)
    access, session = visit.app.access, visit.signed_in.session
    may: dict[str | None, bool] = {
        each: access.permitted(session, (Permission.EXPLAIN_FINDINGS,), each).allowed
        for each in {one.use_case for one in found}
    }
    older = found[-1].id if len(found) == PAGE else None
    view = findings_view(found, may, older, visit.now, all_=everything)
    return visit.answer("action_findings", view.finding, view, place=PLACE)


@router.get("/{finding_id}/explain")
def ask(visit: Visiting, finding_id: str) -> Response:
    """Asks why it is right as it is."""
    return _form(visit, finding_id, {}, Faults())


@router.post("/{finding_id}/explain")
def explain(visit: Visiting, finding_id: str, form: Form) -> Response:
    """Say why it is right as it is."""
    try:
        visit.app.trail.looking.explain(visit.signed_in.context, finding_id, form.text("reason"))
    except InvalidInput as error:
        return _form(visit, finding_id, form.values, Faults.of(error))
    return go_to("/action-findings?done=finding-explained")


def _form(visit: Visit, finding_id: str, values: Mapping[str, str], faults: Faults) -> Response:
    finding = visit.app.trail.looking.finding(finding_id)
    act = Act(
        "It is right as it is",
        f"{finding.system}: {finding.about}",
        Link("Where logs differ", "/action-findings"),
        f"/action-findings/{finding.id}/explain",
        "It is right",
    )
    return why_form(visit, PLACE, act, values, faults)
