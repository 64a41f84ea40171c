"""Who may decide what: the rules in force, who fills them, `explain`, and how the first rights come into force."""

from __future__ import annotations

from starlette.responses import Response

from roadworthy.app import App
from roadworthy.decide.approvals.executors.plan import SOURCE
from roadworthy.decide.approvals.in_force import NONE, InForce, decides_of
from roadworthy.decide.approvals.model import DECISION_RIGHTS, RIGHTS_NAME
from roadworthy.decide.approvals.requests import Explanation, Request
from roadworthy.decide.approvals.states import RequestState
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.interfaces.naming import person_ref
from roadworthy.interfaces.rights_today import rights_today
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.supposing import facts_of_text
from roadworthy.interfaces.web.showing.decisions import person_refs
from roadworthy.interfaces.web.showing.genesis import genesis_view
from roadworthy.interfaces.web.showing.rights import ASKED, RightsInWords, rights_view
from roadworthy.interfaces.web.views.form import FaultLink
from roadworthy.interfaces.web.views.parts import Figure, Moment
from roadworthy.interfaces.web.visits import Visit, Visiting, head_of

router = Routes(prefix="/rights")
_SERVER_FAULT = 500
_LOOKED_THROUGH = 200
_FIELDS = {"person": "person", "decides": "action", "useCase": "use_case", "use_case": "use_case", "facts": "facts"}


@router.get("")
def show(visit: Visiting, person: str = "", action: str = "", use_case: str = "", facts: str = "") -> Response:
    """The rules in force; with a person and an action, whether they may."""
    in_force = visit.app.approvals.rights()
    asked = {"person": person.strip(), "action": action.strip(), "use_case": use_case.strip(), "facts": facts}
    explained, faults = _explained(visit, asked) if in_force and any(asked.values()) else (None, ())
    given = RightsInWords(None) if in_force is None else _in_words(visit, in_force, explained)
    view = rights_view(given, asked, explained, faults)
    return visit.answer("rights", "Rights", view, place="Rights", status=422 if faults else 200, head=head_of(visit))


@router.get("/genesis")
def genesis(visit: Visiting) -> Response:
    """How the first rights come into force, and how far that is."""
    approvals = visit.app.approvals
    request = _first_rights(visit.app)
    standing = None if request is None else approvals.standing(request.id)
    people = visit.app.identity.people(person_refs(standing)) if standing else {}
    view = genesis_view(standing, people, governed=approvals.rights() is not None)
    return visit.answer("genesis", "The first rights", view, place="Rights")


def _first_rights(app: App) -> Request | None:
    """The request for the first rights that was made last; one that waits goes before one that is over."""
    for state in (RequestState.OPEN, RequestState.ESCALATED, RequestState.USED):
        for each in app.approvals.listed(state, None, None, _LOOKED_THROUGH):
            if each.rights_digest == NONE:
                return each
    return None


def _explained(visit: Visit, asked: dict[str, str]) -> tuple[Explanation | None, tuple[FaultLink, ...]]:
    app = visit.app
    try:
        found = app.approvals.explain(
            person_ref(app, asked["person"], "person"),
            decides_of(asked["action"]),
            asked["use_case"] or None,
            facts_of_text(asked["facts"].splitlines(), asked["action"]),
        )
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT:
            raise
        field = _FIELDS.get((error.place.field or "").partition(".")[0], "")
        return None, (FaultLink(field, ASKED.get(field, ""), error.message, error.remedy),)
    return found, ()


def _in_words(visit: Visit, in_force: InForce, explained: Explanation | None) -> RightsInWords:
    app = visit.app
    today = rights_today(app, in_force.spec)
    load = app.approvals.load()
    refs = today.refs | {each.person_ref for each in load}
    if explained is not None:
        refs |= {explained.person_ref, *explained.could}
    return RightsInWords(
        rights=in_force.spec,
        source=_source(visit, in_force),
        behind=today.behind,
        owners=today.owners,
        findings=today.findings,
        load=load,
        people=app.identity.people(refs),
        use_cases=tuple(app.inventory.names()),
    )


def _source(visit: Visit, in_force: InForce) -> tuple[Figure, ...]:
    versions = visit.app.resources.history(DECISION_RIGHTS, RIGHTS_NAME)
    latest = max(versions, key=lambda each: each.generation)
    return (
        Figure(f"{in_force.generation}", "generation", f"/ledger?resource={DECISION_RIGHTS}/{RIGHTS_NAME}"),
        Figure(Moment.of(latest.at, visit.now).words, "in force since", f"/ledger/{latest.entry_id}"),
        _origin(latest.source),
        Figure(in_force.digest.removeprefix("sha256:")[:12], "digest begins with"),
    )


def _origin(source: str) -> Figure:
    """Where the version in force came from: the decision that it is, as a rule."""
    subject, _, request_id = source.partition("/")
    if subject == SOURCE and request_id:
        return Figure("a decision", "came from", f"/decisions/{request_id}")
    return Figure(source, "came from")
