"""The pages of agent runs: what an agent did on one errand, and taking it back."""

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
from roadworthy.interfaces.web.showing.agents import run_view, runs_view
from roadworthy.interfaces.web.views.parts import Link
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to
from roadworthy.operate.actions.letters import reason_of

router = Routes(prefix="/agent-runs")
PLACE = "Gateway"
PAGE = 50


@router.get("")
def listed(visit: Visiting, before: Annotated[str, Query(max_length=40)] = "") -> Response:
    """Agent runs, the latest first."""
    found = visit.app.acting.rollbacks.runs(before=before or None, limit=PAGE)
    view = runs_view(found, found[-1].id if len(found) == PAGE else None, visit.now)
    return visit.answer("agent_runs", view.finding, view, place=PLACE)


@router.get("/{agent_run_id}")
def show(visit: Visiting, agent_run_id: str) -> Response:
    """One run."""
    run, steps = visit.app.acting.rollbacks.preview(agent_run_id)
    may = visit.app.access.permitted(visit.signed_in.session, (Permission.REPLAY_CALLS,), run.use_case).allowed
    view = run_view(run, steps, may=may, now=visit.now)
    return visit.answer("agent_run", view.finding, view, place=PLACE)


@router.get("/{agent_run_id}/rollback")
def ask(visit: Visiting, agent_run_id: str) -> Response:
    """Shows what it would do, and asks why."""
    return _form(visit, agent_run_id, {}, Faults())


@router.post("/{agent_run_id}/rollback")
def roll_back(visit: Visiting, agent_run_id: str, form: Form) -> Response:
    """Take a run back."""
    try:
        reason = reason_of(form.text("reason"))
    except InvalidInput as error:
        return _form(visit, agent_run_id, form.values, Faults.of(error))
    acting = visit.app.acting
    acting.rollbacks.begin(visit.signed_in.context, agent_run_id, reason)
    acting.runner.wake()
    return go_to(f"/agent-runs/{agent_run_id}")


def _form(visit: Visit, agent_run_id: str, values: Mapping[str, str], faults: Faults) -> Response:
    run, steps = visit.app.acting.rollbacks.preview(agent_run_id)
    seen = run_view(run, steps, may=True, now=visit.now)
    act = Act(
        "Take the run back",
        f"{'; '.join(seen.reach)}." if seen.reach else "There is nothing to take back.",
        Link("The run", f"/agent-runs/{run.id}"),
        f"/agent-runs/{run.id}/rollback",
        "Take it back",
    )
    return why_form(visit, PLACE, act, values, faults)
