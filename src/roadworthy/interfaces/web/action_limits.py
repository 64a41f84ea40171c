"""The page of limit windows of actions: how full they are, for everybody or for one customer."""

from __future__ import annotations

from starlette.responses import Response

from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.action_limits import Limits, windows_view
from roadworthy.interfaces.web.visits import Form, Visit, Visiting

router = Routes()
PLACE = "Gateway"
_LONGEST = 200


@router.get("/action-limits")
def show(visit: Visiting) -> Response:
    """How full the windows are, the fullest first."""
    return _page(visit, "")


@router.post("/action-limits")
def show_of_customer(visit: Visiting, form: Form) -> Response:
    """Those of one customer. Who that is goes into no address, where histories and logs would keep it."""
    return _page(visit, form.text("customer").strip()[:_LONGEST])


def _page(visit: Visit, customer: str) -> Response:
    acting = visit.app.acting
    known = acting.keeping.ground.known_as(customer) if customer else None
    windows, unused = acting.seeing.windows(visit.now, known)
    keys = {each.id: each.name for each in visit.app.admitting.keys.listed()}
    view = windows_view(Limits(windows, unused, keys, customer), visit.now)
    return visit.answer("action_limits", "Limits of actions", view, place=PLACE)
