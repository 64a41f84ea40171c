"""The emergency way in: opening its link uses nothing up; sending its form does."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from roadworthy.interfaces import cookies
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.views.emergency import EmergencyView
from roadworthy.interfaces.web.views.parts import Moment
from roadworthy.interfaces.web.visits import OpenVisiting, Posted, go_to, read_form

router = Routes()


@router.get("/break-glass")
def show(visit: OpenVisiting, token: str = "") -> Response:
    """For whom the link is, why, and until when."""
    found = visit.app.break_glass.waiting_for(token)
    until = Moment.of(found.expires_at or visit.now, visit.now)
    view = EmergencyView(found.shown, found.reason, until, token)
    return visit.answer("emergency", "Emergency access", view)


@router.post("/break-glass")
def sign_in(visit: OpenVisiting, form: Annotated[Posted, Depends(read_form)]) -> Response:
    """Use the link up."""
    secret, _ = visit.app.break_glass.sign_in(form.text("token"))
    if visit.caller is not None and visit.caller.secret is not None:
        visit.app.identity.sign_out(visit.caller.secret.reveal())  # the former session of this browser
    response = go_to("/")
    cookies.keep_session(visit.request, response, secret)
    return response
