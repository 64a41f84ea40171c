"""The pages of agent runs: what an agent did on one errand, and taking it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from roadworthy.app import App
from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.foundation.ledger.service import PlacedEntry
from roadworthy.foundation.ledger.store import Filter
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.forms.drafting import Faults
from roadworthy.interfaces.web.inbox import titles_of
from roadworthy.interfaces.web.showing.agent_runs import Listed, LookedInto, run_view, runs_view
from roadworthy.interfaces.web.showing.rolling_back import rollback_view
from roadworthy.interfaces.web.showing.stops import address
from roadworthy.interfaces.web.views.parts import Link
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to
from roadworthy.operate.actions.model import RunState
from roadworthy.operate.actions.people.letters import reason_of
from roadworthy.operate.actions.recording import RUN

router = Routes(prefix="/agent-runs")
PLACE = "Gateway"
PAGE = 50
MOST_ENTRIES = 50
_STATES = frozenset(each.value for each in RunState)


@router.get("")
def listed(
    visit: Visiting,
    state: Annotated[str, Query(max_length=20)] = "",
    use_case: Annotated[str, Query(max_length=120)] = "",
    before: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Agent runs, the latest first."""
    asked = {name: value.strip() for name, value in (("state", state), ("use_case", use_case)) if value.strip()}
    found = visit.app.acting.rollbacks.runs(
        use_case=asked.get("use_case"), state=state if state in _STATES else None, before=before or None, limit=PAGE
    )
    older = found[-1].id if len(found) == PAGE else None
    tallies = visit.app.acting.seeing.tallies([each.id for each in found])
    view = runs_view(Listed(found, tallies, asked, older), visit.now)
    return visit.answer("agent_runs", view.finding, view, place=PLACE)


@router.get("/{agent_run_id}")
def show(visit: Visiting, agent_run_id: str) -> Response:
    """One run."""
    app = visit.app
    seen = app.acting.seeing.run(agent_run_id)
    use_case = seen.run.use_case
    entries = app.ledger.entries(Filter(resource=f"{RUN}/{seen.run.id}"), limit=MOST_ENTRIES).entries
    looked = LookedInto(
        seen=seen,
        entries=entries,
        people=app.identity.people(actors_of(entries)),
        titles={**titles_of_actions(app), **titles_of(app, [use_case])},
        may=app.access.permitted(visit.signed_in.session, (Permission.REPLAY_CALLS,), use_case).allowed,
        stop=stop_of(visit, use_case),
    )
    view = run_view(looked, visit.now)
    return visit.answer("agent_run", view.finding, view, place=PLACE)


@router.get("/{agent_run_id}/rollback")
def ask(visit: Visiting, agent_run_id: str) -> Response:
    """Shows what it would do and how far it reaches, and asks why."""
    return _preview(visit, agent_run_id, {}, Faults())


@router.post("/{agent_run_id}/rollback")
def roll_back(visit: Visiting, agent_run_id: str, form: Form) -> Response:
    """Take a run back."""
    try:
        reason = reason_of(form.text("reason"))
    except InvalidInput as error:
        return _preview(visit, agent_run_id, form.values, Faults.of(error))
    acting = visit.app.acting
    despite = form.text("despite_stop") == "yes"
    acting.rollbacks.begin(visit.signed_in.context, agent_run_id, reason, despite_stop=despite)
    acting.runner.wake()
    return go_to(f"/agent-runs/{agent_run_id}?done=run-rolled-back")


def _preview(visit: Visit, agent_run_id: str, values: Mapping[str, str], faults: Faults) -> Response:
    seen = visit.app.acting.seeing.run(agent_run_id)
    view = rollback_view(seen, titles_of_actions(visit.app), values, faults)
    return visit.answer("agent_run_rollback", view.title, view, place=PLACE, status=422 if faults.findings else 200)


# ---------------------------------------------------------------- what pages of agents share


def titles_of_actions(app: App) -> dict[str, str]:
    """Titles of declared actions, by name."""
    catalogue = app.acting.actions.catalogue()
    return {name: each.spec.title for name, each in catalogue.actions.items() if each.spec.title}


def actors_of(entries: tuple[PlacedEntry, ...]) -> set[str]:
    """The people who made ledger entries."""
    return {each.entry.actor.ref for each in entries if each.entry.actor.kind is ActorKind.PERSON}


def stop_of(visit: Visit, scope: str, word: str = "Stop the use case") -> Link | None:
    """Where whoever looks stops something; None where they may not, or it is stopped."""
    stops = visit.app.operation.certificates.stops
    if any(each.scope == scope and each.lifted_at is None for each in stops.listed()):
        return Link("It is stopped", "/stops")
    permitted = visit.app.access.permitted(visit.signed_in.session, Permission.SUSPEND, stops.decided_in(scope))
    return Link(word, address(scope)) if permitted.allowed else None
