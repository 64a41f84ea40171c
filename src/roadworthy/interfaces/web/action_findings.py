"""The pages of findings of the trail: the list, one with both sides, and saying why one is right as it is."""

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
from roadworthy.interfaces.web.showing.findings import Looked, event_view, finding_view, findings_view
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


@router.get("/{finding_id}")
def show_one(visit: Visiting, finding_id: str) -> Response:
    """One finding: what the system's log has, and what we have."""
    app, session = visit.app, visit.signed_in.session
    looking = app.trail.looking
    finding = looking.finding(finding_id)
    event = None if finding.event is None else looking.event(finding.event)[0]
    action = None if finding.intent is None else app.acting.seeing.action(finding.intent).action
    looked = Looked(
        finding=finding,
        event=event,
        action=action,
        people=app.identity.people({finding.by} if finding.by else ()),
        may_explain=app.access.permitted(session, Permission.EXPLAIN_FINDINGS, finding.use_case).allowed,
        may_read=app.access.permitted(session, Permission.READ_CONTENT, finding.use_case).allowed,
    )
    view = finding_view(looked, visit.now)
    return visit.answer("action_finding", view.title, view, place=PLACE)


@router.post("/{finding_id}/event")
def read(visit: Visiting, finding_id: str, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """The event as it came from the system's log. That somebody read it is recorded."""
    looking = visit.app.trail.looking
    finding = looking.finding(finding_id)
    content = looking.read(visit.signed_in.context, finding)
    view = event_view(finding, looking.event(finding.event or "")[0], content)
    return visit.answer("action_event", view.title, view, place=PLACE)


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
    return go_to(f"/action-findings/{finding_id}?done=finding-explained")


def _form(visit: Visit, finding_id: str, values: Mapping[str, str], faults: Faults) -> Response:
    finding = visit.app.trail.looking.finding(finding_id)
    act = Act(
        "It is right as it is",
        f"{finding.system}: {finding.about}",
        Link("The finding", f"/action-findings/{finding.id}"),
        f"/action-findings/{finding.id}/explain",
        "It is right",
    )
    return why_form(visit, PLACE, act, values, faults)
