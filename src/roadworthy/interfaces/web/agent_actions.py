"""The pages of agents' actions, their limit windows, and the ways in which a dead letter ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from fastapi import Query
from starlette.responses import Response

from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.errors import InvalidInput
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.forms.drafting import Faults
from roadworthy.interfaces.web.forms.why import Act, why_form
from roadworthy.interfaces.web.showing.agents import LETTERS, Looked, actions_view, windows_view
from roadworthy.interfaces.web.views.parts import Link
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to
from roadworthy.operate.actions.model import AgentAction, State
from roadworthy.operate.actions.store import Listed

router = Routes()
PLACE = "Gateway"
PAGE = 50
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


@router.get("/agent-actions")
def show(
    visit: Visiting,
    state: Annotated[str, Query(max_length=20)] = LETTERS,
    use_case: Annotated[str, Query(max_length=120)] = "",
    action: Annotated[str, Query(max_length=120)] = "",
    before: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """What was given up, or what else is chosen, the latest first."""
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
    view = actions_view(Looked(found, letters.counts(), asked, may, older), visit.now)
    return visit.answer("agent_actions", view.finding, view, place=PLACE)


@router.get("/action-limits")
def limits(visit: Visiting) -> Response:
    """How full the windows are."""
    view = windows_view(visit.app.acting.letters.windows(visit.now), visit.now)
    return visit.answer("action_limits", view.finding, view, place=PLACE)


@router.get("/agent-actions/{action_id}/{act}")
def ask(visit: Visiting, action_id: str, act: str) -> Response:
    """Asks why."""
    return _form(visit, action_id, act, {}, Faults())


@router.post("/agent-actions/{action_id}/{act}")
def decide(visit: Visiting, action_id: str, act: str, form: Form) -> Response:
    """See to a dead letter."""
    letters, context, reason = visit.app.acting.letters, visit.signed_in.context, form.text("reason")
    ways: Mapping[str, Callable[[], Any]] = {
        "replay": lambda: letters.again(context, action_id, reason),
        "done": lambda: letters.settle(context, action_id, reason, done=True),
        "not-done": lambda: letters.settle(context, action_id, reason, done=False),
        "discard": lambda: letters.discard(context, action_id, reason),
    }
    if act not in ways:
        return _form(visit, action_id, act, form.values, Faults())
    try:
        ways[act]()
    except InvalidInput as error:
        return _form(visit, action_id, act, form.values, Faults.of(error))
    return go_to("/agent-actions?done=action-seen-to")


def _form(visit: Visit, action_id: str, act: str, values: Mapping[str, str], faults: Faults) -> Response:
    action: AgentAction = visit.app.acting.letters.get(action_id)
    known = act if act in _ACTS else "discard"
    title, lede, submit = _ACTS[known]
    back = Link("Actions of agents", "/agent-actions")
    asked = Act(f"{title}: {action.action}", lede, back, f"/agent-actions/{action.id}/{known}", submit)
    return why_form(visit, PLACE, asked, values, faults)
