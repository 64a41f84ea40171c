"""The pages of agents' actions: the list, one of them, its contents, and the ways in which a dead letter ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from fastapi import Query
from starlette.responses import Response

from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.errors import InvalidInput, NotFound, did_you_mean
from roadworthy.foundation.ledger.store import Filter
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.agent_runs import MOST_ENTRIES, actors_of, stop_of, titles_of_actions
from roadworthy.interfaces.web.forms.drafting import Faults, fault_links, sections_of
from roadworthy.interfaces.web.forms.entries import Entry, Group
from roadworthy.interfaces.web.forms.why import Act, why_form
from roadworthy.interfaces.web.showing.agent_action import LookedAt, action_view, contents_view, plain
from roadworthy.interfaces.web.showing.agents import LETTERS, Looked, actions_view
from roadworthy.interfaces.web.views.form import FormView
from roadworthy.interfaces.web.views.parts import Link
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions.model import AgentAction, State
from roadworthy.operate.actions.people.letters import Shown
from roadworthy.operate.actions.recording import ACTION
from roadworthy.operate.actions.store import Listed
from roadworthy.operate.actions.trail.finding_store import Wanted

router = Routes()
PLACE = "Gateway"
PAGE = 50
EDIT: Final = "edit"
_STATES: Final = frozenset(each.value for each in State)
_ACTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "replay": (
        "Do it again",
        "The same arguments go through the funnel again, under its own key. Say why you are sure it was not done.",
        "Do it again",
    ),
    "done": (
        "It was done",
        "Say what shows that: a receipt, the system's own log, whoever looked. Then it stands as done.",
        "It was done",
    ),
    "not-done": (
        "It was not done",
        "Say what shows that. What it took from limits is given back, and a declared rollback begins.",
        "It was not done",
    ),
    "discard": (
        "Discard the dead letter",
        "Nothing is done. What it took from limits stays taken where it may have been done.",
        "Discard it",
    ),
}
"""Title, what it means, and the button, by what becomes of a dead letter."""
_BY_HAND: Final = (
    "It was done by hand",
    "You say that somebody took it back in the system itself. Nothing is sent, and the rollback goes on with that.",
    "It was done by hand",
)
_RECEIPT: Final = (
    Entry("reference", "Receipt of the system", hint="How it names what was done. May stay empty.", wide=True),
)
_EDITED: Final = (
    Group(
        "What it is sent instead",
        (Entry("arguments", "Arguments", "area", "A JSON object, taken exactly.", required=True, wide=True),),
    ),
    Group("Why", (Entry("reason", "Reason", "area", "Kept in the ledger.", required=True, wide=True),)),
)  # fmt: skip


@router.get("/agent-actions")
def show_all(
    visit: Visiting,
    state: Annotated[str, Query(max_length=20)] = "",
    use_case: Annotated[str, Query(max_length=120)] = "",
    action: Annotated[str, Query(max_length=120)] = "",
    before: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """What agents asked for, the latest first; all of it, in one state, or dead letters that wait."""
    entered = {"state": state, "use_case": use_case, "action": action}
    asked = {name: value.strip() for name, value in entered.items() if value.strip()}
    letters, access, session = visit.app.acting.letters, visit.app.access, visit.signed_in.session
    found = letters.listed(
        Listed(
            use_case=asked.get("use_case"),
            action=asked.get("action"),
            state=state if state in _STATES else None,
            letters=state == LETTERS,
            before=before or None,
            limit=PAGE,
        )
    )
    may = {
        each: access.permitted(session, (Permission.REPLAY_CALLS,), each).allowed
        for each in {one.use_case for one in found}
    }
    older = found[-1].id if len(found) == PAGE else None
    systems = visit.app.acting.actions.catalogue().systems
    owners = {name: each.owner for name, each in systems.items() if each.owner}
    view = actions_view(Looked(found, letters.counts(), asked, may, older, owners), visit.now)
    return visit.answer("agent_actions", view.finding, view, place=PLACE)


@router.get("/agent-actions/{action_id}")
def show(visit: Visiting, action_id: str) -> Response:
    """One action: how it was decided, what happened, what its system says."""
    app, session = visit.app, visit.signed_in.session
    seen = app.acting.seeing.action(action_id)
    action = seen.action
    entries = app.ledger.entries(Filter(resource=f"{ACTION}/{action.id}"), limit=MOST_ENTRIES).entries
    named = {each for each in (action.seen_to_by,) if each}
    system = app.acting.actions.catalogue().systems.get(action.system)
    looked = LookedAt(
        seen=seen,
        entries=entries,
        events=app.trail.looking.of_action(action.id),
        findings=app.trail.looking.findings(Wanted(state="open", action=action.id)),
        people=app.identity.people(actors_of(entries) | named),
        title=titles_of_actions(app).get(action.action, ""),
        owner="" if system is None else system.owner or "",
        may_see_to=app.access.permitted(session, (Permission.REPLAY_CALLS,), action.use_case).allowed,
        may_read=app.access.permitted(session, Permission.READ_CONTENT, action.use_case).allowed,
        stop=stop_of(visit, f"action:{action.action}", "Stop the action"),
    )
    view = action_view(looked, visit.now)
    return visit.answer("agent_action", view.finding, view, place=PLACE)


@router.post("/agent-actions/{action_id}/contents")
def read(visit: Visiting, action_id: str, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """What was sent and what came of it. That somebody looked is recorded."""
    view = contents_view(visit.app.acting.letters.contents(visit.signed_in.context, action_id))
    return visit.answer("agent_contents", view.title, view, place=PLACE)


@router.get("/agent-actions/{action_id}/{act}")
def ask(visit: Visiting, action_id: str, act: str) -> Response:
    """Asks why, and for other arguments where those are edited."""
    return _form(visit, action_id, act, {}, Faults())


@router.post("/agent-actions/{action_id}/{act}")
def decide(visit: Visiting, action_id: str, act: str, form: Form) -> Response:
    """See to a dead letter; `edit` that nothing was entered into asks for the arguments, with those that were sent."""
    letters, context, reason = visit.app.acting.letters, visit.signed_in.context, form.text("reason")
    if act == EDIT and not form.text("do"):
        return _form(visit, action_id, act, _sent(visit, action_id), Faults())
    ways: Mapping[str, Callable[[], Any]] = {
        "replay": lambda: letters.again(context, action_id, reason),
        EDIT: lambda: letters.again(context, action_id, reason, forms.canonical(form.text("arguments").encode())),
        "done": lambda: letters.settle(context, action_id, reason, done=True, reference=form.text("reference")),
        "not-done": lambda: letters.settle(context, action_id, reason, done=False),
        "discard": lambda: letters.discard(context, action_id, reason),
    }
    way = ways.get(act)
    if way is None:
        raise _no_page(act)
    try:
        made: AgentAction = way()
    except InvalidInput as error:
        return _form(visit, action_id, act, form.values, Faults.of(error))
    return go_to(f"/agent-actions/{made.id}?done=action-seen-to")


def _sent(visit: Visit, action_id: str) -> dict[str, str]:
    """What was sent, to be edited; that it was read is recorded. Nothing for whoever may not read it."""
    action = visit.app.acting.letters.get(action_id)
    session = visit.signed_in.session
    if not visit.app.access.permitted(session, Permission.READ_CONTENT, action.use_case).allowed:
        return {}
    shown: Shown = visit.app.acting.letters.contents(visit.signed_in.context, action_id)
    exact = plain(shown.arguments)
    if shown.arguments is None:
        return {}
    if exact == shown.arguments:
        return {"arguments": json.dumps(exact, ensure_ascii=False, indent=2)}
    return {"arguments": forms.canonical(shown.arguments).decode()}  # fractions, which nothing may round


def _form(visit: Visit, action_id: str, act: str, values: Mapping[str, str], faults: Faults) -> Response:
    action: AgentAction = visit.app.acting.letters.get(action_id)
    if act == EDIT:
        return _edit_form(visit, action, values, faults)
    if act not in _ACTS:
        raise _no_page(act)
    by_hand = act == "done" and action.compensates is not None
    title, lede, submit = _BY_HAND if by_hand else _ACTS[act]
    back = Link("The action", f"/agent-actions/{action.id}")
    asked = Act(f"{title}: {action.action}", lede, back, f"/agent-actions/{action.id}/{act}", submit)
    return why_form(visit, PLACE, asked, values, faults, _RECEIPT if act == "done" else ())


def _no_page(act: str) -> NotFound:
    remedy = did_you_mean(act, [*_ACTS, EDIT])
    return NotFound("page-unknown", f"an action has no page `{act[:60]}`", remedy=remedy)


def _edit_form(visit: Visit, action: AgentAction, values: Mapping[str, str], faults: Faults) -> Response:
    view = FormView(
        title=f"Other arguments for {action.action}",
        lede="With other arguments it is another action: it is decided about anew, through every limit and hold, and "
        "this one counts as seen to. You say with it that this one was not done.",
        back=Link("The action", f"/agent-actions/{action.id}"),
        action=f"/agent-actions/{action.id}/{EDIT}",
        submit="Ask for it with these",
        sections=sections_of(_EDITED, values, faults),
        faults=fault_links(faults, _EDITED, values),
    )
    return visit.answer("form", view.title, view, place=PLACE, status=422 if faults.findings else 200)
