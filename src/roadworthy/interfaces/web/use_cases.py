"""The page of a use case, and what somebody can do there with one press: accept a duty, give it back."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.errors import Refused
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.foundation.ledger.store import Filter
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.agent_runs import stop_of
from roadworthy.interfaces.web.asking import NEEDED
from roadworthy.interfaces.web.showing.case_agents import Acts
from roadworthy.interfaces.web.showing.case_decisions import Asked
from roadworthy.interfaces.web.showing.history import Happened
from roadworthy.interfaces.web.showing.scorecard import Known
from roadworthy.interfaces.web.showing.sources import source_of
from roadworthy.interfaces.web.showing.use_case import Everything, use_case_view
from roadworthy.interfaces.web.views.form import FaultLink, FormView, Part, Section
from roadworthy.interfaces.web.views.parts import Field, Link
from roadworthy.interfaces.web.views.use_case import Source
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to, head_of
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Duty

router = Routes(prefix="/use-cases")
MOST_HISTORY = 15
"""Entries of the history on the page; the ledger's page has them all."""
MOST_REQUESTS = 50
"""The newest decisions that are looked through for those that wait."""
MOST_REVIEWS = 5
MOST_SOURCES = 3
MOST_RUNS = 200
MOST_RUNS_OF_AGENTS = 5


@router.get("/{name}")
def show(visit: Visiting, name: str) -> Response:
    """Everything about a use case."""
    view = use_case_view(_everything(visit, name), visit.now)
    return visit.answer("use_case", view.title, view, place="Portfolio", head=head_of(visit))


@router.post("/{name}/owners/{duty}/accept")
def accept(visit: Visiting, name: str, duty: Duty, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """Accept a duty, for oneself."""
    caller = visit.signed_in
    try:
        visit.app.inventory.accept(caller.context, caller.session.person, name, duty)
    except Refused as error:
        if error.code not in NEEDED:
            raise
        return go_to(f"/use-cases/{name}/owners/{duty}/ask")
    return go_to(f"/use-cases/{name}?done=accepted")


@router.get("/{name}/owners/{duty}/release")
def show_release(visit: Visiting, name: str, duty: Duty) -> Response:
    """Asks for the reason."""
    return _release_page(visit, name, duty, "")


@router.post("/{name}/owners/{duty}/release")
def release(visit: Visiting, name: str, duty: Duty, form: Form) -> Response:
    """Give a duty back."""
    reason = form.text("reason").strip()
    if not reason:
        return _release_page(visit, name, duty, "giving a duty back needs a reason")
    caller = visit.signed_in
    visit.app.inventory.release(caller.context, caller.session.person, name, duty, reason)
    return go_to(f"/use-cases/{name}?done=released")


def _release_page(visit: Visit, name: str, duty: Duty, fault: str) -> Response:
    title = visit.app.inventory.subject(name).spec.title
    reason = Field(
        "reason", "Reason", "area", hint="Kept with the ledger's entry.", required=True, wide=True, fault=fault
    )
    view = FormView(
        title=f"Give the {duty} duty back",
        lede="The duty will be unconfirmed again until its person accepts it anew.",
        back=Link(title, f"/use-cases/{name}"),
        action=f"/use-cases/{name}/owners/{duty}/release",
        submit="Give it back",
        sections=(Section("Why", (Part((reason,)),)),),
        faults=(FaultLink("reason", "Reason", fault, "say in a sentence why"),) if fault else (),
    )
    return visit.answer("form", view.title, view, place="Portfolio", status=422 if fault else 200)


def _everything(visit: Visit, name: str) -> Everything:
    app = visit.app
    subject = app.inventory.subject(name)
    items = app.evidence.of(name)
    page = app.ledger.entries(Filter(resource=f"{USE_CASE}/{name}"), limit=MOST_HISTORY)
    entries = page.entries
    actors = [placed.entry.actor.ref for placed in entries if placed.entry.actor.kind is ActorKind.PERSON]
    people = app.identity.people([*actors, *(item.recorded_by for item in items)])
    return Everything(
        subject=subject,
        stored=app.resources.get(USE_CASE, name),
        assessment=app.readiness.of(name),
        diagnosed=app.diagnosis.of(name),
        known=Known(items, subject.answers, people),
        happened=Happened(entries, app.resources.history(USE_CASE, name), people),
        sources=_sources(visit, name),
        older="" if page.older is None else f"/ledger?{urlencode({'resource': f'{USE_CASE}/{name}'})}",
        viewer=visit.signed_in.session.person,
        asked=_asked(visit, name),
        reviews=app.operation.reviews.listed(name, limit=MOST_REVIEWS),
        tickets=app.tickets.latest(name),
        agents=_agents(visit, name),
    )


def _agents(visit: Visit, name: str) -> Acts:
    """What its agents may do, and did."""
    acting = visit.app.acting
    catalogue = acting.actions.catalogue().actions
    runs = acting.rollbacks.runs(use_case=name, limit=MOST_RUNS_OF_AGENTS)
    return Acts(
        actions=[each for _, each in sorted(catalogue.items()) if name in each.spec.use_cases],
        runs=runs,
        tallies=acting.seeing.tallies([each.id for each in runs]),
        waiting={state: count for of, state, count in acting.letters.counts() if of == name},
        stop=stop_of(visit, name),
    )


def _asked(visit: Visit, name: str) -> Asked:
    """Decisions about it, and what whoever looks may do with it."""
    app, session = visit.app, visit.signed_in.session
    requests = app.approvals.listed(None, name, None, MOST_REQUESTS)
    return Asked(
        requests=requests,
        people=app.identity.people({each.proposer_ref for each in requests}),
        governed=app.approvals.rights() is not None,
        may=app.access.all_of(session, name),
        why_not=app.access.permitted(session, Permission.PROPOSE, name).why,
    )


def _sources(visit: Visit, name: str) -> tuple[Source, ...]:
    """The rows of sheets that this use case came from, with the headers of their import."""
    rows = visit.app.importing.sources_of(name)[:MOST_SOURCES]
    runs = {run.id: run for run in visit.app.importing.runs(MOST_RUNS)} if rows else {}
    return tuple(source_of(row, runs[row.import_id], visit.now) for row in rows if row.import_id in runs)
