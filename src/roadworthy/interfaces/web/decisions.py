"""The page of one request, and what people say there. Nothing is decided by opening it: that takes a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from starlette.responses import Response

from roadworthy.app import App
from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.decide.approvals.requests import Request, Standing
from roadworthy.decide.approvals.states import WAITING, RequestState
from roadworthy.decide.approvals.voting import refuse_reason
from roadworthy.evidence.model import Item
from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.errors import InvalidInput, NotFound, Place, RoadworthyError
from roadworthy.interfaces.revealing import revealed
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.inbox import titles_of
from roadworthy.interfaces.web.showing.decisions import Around, Whole, decision_view, person_refs
from roadworthy.interfaces.web.showing.let_pass import became_of
from roadworthy.interfaces.web.showing.voting import Entered
from roadworthy.interfaces.web.showing.words import spoken
from roadworthy.interfaces.web.views.decisions import Became
from roadworthy.interfaces.web.views.form import FaultLink, FormView, Part, Section
from roadworthy.interfaces.web.views.parts import Field, Link
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to, head_of
from roadworthy.interfaces.web.wanted import end_of_day
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import UseCase
from roadworthy.operate.actions.model import SUBJECT

router = Routes(prefix="/decisions/{request_id}")
_SERVER_FAULT = 500
_MOST_OPEN = 500
"""Waiting requests that are looked through for those that a yes would make void."""
_REASONS = {"vote": "reason", "delegate": "why", "answer": "answer", "withdraw": "reason"}
"""What each form calls the field in which somebody says why."""
_LABELS = {"reason": "Reason", "to": "To whom", "until": "Until", "why": "Why", "answer": "Your answer"}


@router.get("")
def show(visit: Visiting, request_id: str) -> Response:
    """Everything that bears on a request. That somebody who may vote has opened it is noted, and nothing else is."""
    standing = _standing(visit, request_id)
    if standing.mine is not None and standing.mine.may_vote:
        visit.app.approvals.opened(visit.signed_in.session.person.ref, request_id)
    return _page(visit, standing, Entered())


@router.post("/vote")
def vote(visit: Visiting, request_id: str, form: Form) -> Response:
    """Approve, decline, or ask whoever proposed it."""
    approvals = visit.app.approvals
    words = {"approve": approvals.approve, "decline": approvals.decline, "ask": approvals.ask}
    said = form.text("say")

    def work() -> None:
        if said not in words:
            raise InvalidInput(
                "vote-unknown",
                "the form says neither approve, decline nor ask",
                place=Place(field="say"),
                remedy="press one of the three buttons",
            )
        caller = visit.signed_in
        words[said](caller.context, caller.session.proof, request_id, form.text("digest"), form.text("reason"))

    return _carry_out(visit, request_id, form.values, "vote", work, f"voted-{said}")


@router.post("/delegate")
def delegate(visit: Visiting, request_id: str, form: Form) -> Response:
    """Give one's say in this request to somebody else."""

    def work() -> None:
        caller = visit.signed_in
        until = end_of_day(form.text("until"))
        why = form.text("why")
        digest = form.text("digest")
        visit.app.approvals.delegate(
            caller.context, caller.session.proof, request_id, digest, form.text("to").strip(), until, why
        )

    return _carry_out(visit, request_id, form.values, "delegate", work, "voted-delegate")


@router.post("/answer")
def answer(visit: Visiting, request_id: str, form: Form) -> Response:
    """Answer a question about one's own request."""

    def work() -> None:
        caller = visit.signed_in
        said = form.text("answer")
        visit.app.approvals.answer(caller.context, caller.session.proof, request_id, form.text("digest"), said)

    return _carry_out(visit, request_id, form.values, "answer", work, "voted-answer")


@router.get("/withdraw")
def show_withdraw(visit: Visiting, request_id: str) -> Response:
    """Asks for the reason."""
    return _withdraw_page(visit, _standing(visit, request_id).request, "", None)


@router.post("/withdraw")
def withdraw(visit: Visiting, request_id: str, form: Form) -> Response:
    """Take back what one asked for."""
    reason = form.text("reason")
    try:
        refuse_reason(reason)
        visit.app.approvals.withdraw(visit.signed_in.context, request_id, reason)
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT or isinstance(error, NotFound):
            raise
        return _withdraw_page(visit, _standing(visit, request_id).request, reason, error)
    return go_to(f"/decisions/{request_id}?done=withdrawn-request")


# ---------------------------------------------------------------- answers


def _carry_out(
    visit: Visit, request_id: str, values: Mapping[str, str], part: str, work: Callable[[], object], done: str
) -> Response:
    """Do what a form says, or give the page back with everything that was entered."""
    try:
        work()
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT or isinstance(error, NotFound):
            raise
        return _page(visit, _standing(visit, request_id), Entered(values, _faults(error, part), part), error.status)
    return go_to(f"/decisions/{request_id}?done={done}")


def _faults(error: RoadworthyError, part: str) -> tuple[FaultLink, ...]:
    field = error.place.field or ""
    field = _REASONS[part] if field == "reason" else field
    known = field if field in _LABELS else ""
    return (FaultLink(known, _LABELS.get(known, ""), error.message, error.remedy),)


def _page(visit: Visit, standing: Standing, entered: Entered, status: int = 200) -> Response:
    request, viewer = standing.request, visit.signed_in.session.person
    whole = Whole(
        standing=standing,
        shown=visit.app.approvals.shown(request),
        people=visit.app.identity.people(person_refs(standing)),
        viewer=viewer,
        fresh=standing.mine is not None and standing.mine.fresh,
        around=_around(visit, request),
    )
    view = decision_view(whole, entered, visit.now)
    title = revealed(request.title)
    return visit.answer("decision", title, view, place="Inbox", status=status, head=head_of(visit))


def _withdraw_page(visit: Visit, request: Request, reason: str, error: RoadworthyError | None) -> Response:
    faults = () if error is None else _faults(error, "withdraw")
    fault = faults[0].text if faults else ""
    field = Field("reason", "Reason", "area", reason, "Kept with the decision.", fault, required=True, wide=True)
    view = FormView(
        title="Withdraw the request",
        lede=f"{revealed(request.title)}. The votes that were cast stay on record; whoever wants it asks anew.",
        back=Link("Back to the request", f"/decisions/{request.id}"),
        action=f"/decisions/{request.id}/withdraw",
        submit="Withdraw it",
        sections=(Section("Why", (Part((field,)),)),),
        faults=faults,
    )
    return visit.answer("form", view.title, view, place="Inbox", status=422 if error else 200)


# ---------------------------------------------------------------- what stands around it


def _standing(visit: Visit, request_id: str) -> Standing:
    session = visit.signed_in.session
    return visit.app.approvals.standing(request_id, session.person.ref, session.proof)


def _around(visit: Visit, request: Request) -> Around:
    app, name = visit.app, request.use_case
    names = app.inventory.names()
    waiting = _touched(app, request) if request.state in {*WAITING, RequestState.APPROVED} else 0
    if name is None or name not in set(names):
        return Around(use_cases=len(names), waiting=waiting, became=_became(visit, request))
    spec = cast("UseCase", app.resources.get(USE_CASE, name).spec)
    return Around(
        titles=titles_of(app, [name]),
        assessment=app.readiness.of(name),
        evidence=_evidence(app, request, name),
        integrations=tuple(each.system for each in spec.integrations),
        tier=spoken(app.inventory.subject(name).tier.tier),
        use_cases=len(names),
        waiting=waiting,
        became=_became(visit, request),
    )


def _became(visit: Visit, request: Request) -> Became | None:
    """What became of the action that a request is about; None where it is about none, or its record is gone."""
    if request.subject != SUBJECT:
        return None
    try:
        action = visit.app.acting.letters.get(str(request.content.get("id")))
    except NotFound:
        return None
    may = visit.app.access.permitted(visit.signed_in.session, Permission.READ, action.use_case).allowed
    return became_of(action, may_look=may)


def _evidence(app: App, request: Request, name: str) -> list[Item]:
    """The newest item about each fact that a rule asks for."""
    facts = {each.fact for rule in request.rules for each in rule.evidence}
    if not facts:
        return []
    newest: dict[str, Item] = {}
    for item in sorted(app.evidence.of(name), key=lambda each: each.recorded_at):
        if item.fact in facts:
            newest[item.fact] = item
    return list(newest.values())


def _touched(app: App, request: Request) -> int:
    """How many other requests rest on something that this one changes; an agent's action is done, not changed."""
    changes = {act.resource for act in request.acts if act.decides is not DecisionClass.AGENT_ACTION}
    open_ = [
        each
        for state in (*sorted(WAITING), RequestState.APPROVED)
        for each in app.approvals.listed(state, None, None, _MOST_OPEN)
    ]
    rights = any(act.resource.startswith("DecisionRights/") for act in request.acts)
    return sum(each.id != request.id and (rights or not changes.isdisjoint(each.base)) for each in open_)
