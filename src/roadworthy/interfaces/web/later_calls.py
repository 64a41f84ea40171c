"""The page of calls that are answered later, and the two ways in which a dead letter ends."""

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
from roadworthy.interfaces.web.showing.later_calls import LETTERS, Looked, later_calls_view
from roadworthy.interfaces.web.views.parts import Link
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to
from roadworthy.operate.calls.later.model import State
from roadworthy.operate.calls.later.store import Wanted

router = Routes(prefix="/later-calls")
PLACE = "Gateway"
PAGE = 50
_STATES = frozenset(each.value for each in State)


@router.get("")
def show(
    visit: Visiting,
    state: Annotated[str, Query(max_length=20)] = LETTERS,
    use_case: Annotated[str, Query(max_length=120)] = "",
    endpoint: Annotated[str, Query(max_length=120)] = "",
    before: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """What was given up, or what else is chosen, the latest first."""
    entered = {"state": state, "use_case": use_case, "endpoint": endpoint}
    asked = {name: value.strip() for name, value in entered.items() if value.strip()}
    calls, access, session = visit.app.later.calls, visit.app.access, visit.signed_in.session
    found = calls.listed(
        Wanted(
            asked.get("use_case"),
            asked.get("endpoint"),
            state if state in _STATES else None,
            state == LETTERS,
            before=before or None,
            limit=PAGE,
        )
    )
    may = {
        each: access.permitted(session, (Permission.REPLAY_CALLS,), each).allowed
        for each in {call.use_case for call in found}
    }
    older = found[-1].id if len(found) == PAGE else None
    view = later_calls_view(Looked(found, calls.counts(), asked, may, older), visit.now)
    return visit.answer("later_calls", view.finding, view, place=PLACE)


@router.get("/{later_id}/replay")
def ask_replay(visit: Visiting, later_id: str) -> Response:
    """Asks why it is made again."""
    return _form(visit, later_id, "replay", {}, Faults())


@router.post("/{later_id}/replay")
def replay(visit: Visiting, later_id: str, form: Form) -> Response:
    """Have a dead letter made again."""
    try:
        visit.app.later.letters.replay(visit.signed_in.context, later_id, form.text("reason"))
    except InvalidInput as error:
        return _form(visit, later_id, "replay", form.values, Faults.of(error))
    return go_to("/later-calls?done=call-again")


@router.get("/{later_id}/discard")
def ask_discard(visit: Visiting, later_id: str) -> Response:
    """Asks why nothing has to be done."""
    return _form(visit, later_id, "discard", {}, Faults())


@router.post("/{later_id}/discard")
def discard(visit: Visiting, later_id: str, form: Form) -> Response:
    """Let a dead letter go."""
    try:
        visit.app.later.letters.discard(visit.signed_in.context, later_id, form.text("reason"))
    except InvalidInput as error:
        return _form(visit, later_id, "discard", form.values, Faults.of(error))
    return go_to("/later-calls?done=call-discarded")


def _form(visit: Visit, later_id: str, act: str, values: Mapping[str, str], faults: Faults) -> Response:
    call = visit.app.later.calls.get(later_id)
    again = act == "replay"
    title = "Make the call again" if again else "Discard the dead letter"
    asked = Act(
        f"{title}: {call.endpoint}",
        "It goes through the whole funnel as a new call, under the same key. Two who ask get one call."
        if again
        else "Its request is erased, unless a legal hold keeps it. The ledger keeps who said so, and why.",
        Link("Calls answered later", "/later-calls"),
        f"/later-calls/{call.id}/{act}",
        "Make it again" if again else "Discard it",
    )
    return why_form(visit, PLACE, asked, values, faults)
