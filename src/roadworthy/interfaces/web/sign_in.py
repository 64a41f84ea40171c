"""Signing in and out. Opening a one-time link uses nothing up; sending its form does."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from roadworthy.foundation.errors import InvalidInput
from roadworthy.interfaces.cookies import drop_session, keep_session
from roadworthy.interfaces.web.views.parts import Field
from roadworthy.interfaces.web.views.sign_in import SignedOutView, SignInView
from roadworthy.interfaces.web.visits import Form, OpenVisiting, Posted, Visit, Visiting, go_to, read_form

router = APIRouter()


@router.get("/sign-in")
def show(visit: OpenVisiting, token: str = "") -> Response:
    """Who the link is for, and a button."""
    person = visit.app.identity.offered(token) or ""
    return _page(visit, token, person, Posted({}, {}))


@router.post("/sign-in")
def sign_in(visit: OpenVisiting, form: Annotated[Posted, Depends(read_form)]) -> Response:
    """Use the link up."""
    token = form.text("token")
    person = visit.app.identity.offered(token) or ""
    try:
        secret, _ = visit.app.identity.sign_in(token, form.text("handle"), form.text("name"), "web")
    except InvalidInput as fault:
        return _page(visit, token, person, form, fault.message)
    response = go_to("/")
    keep_session(visit.request, response, secret)
    return response


@router.post("/sign-out")
def sign_out(visit: Visiting, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """End the session."""
    secret = visit.signed_in.secret
    if secret is not None:
        visit.app.identity.sign_out(secret.reveal())
    gone = Visit(visit.request, visit.app, visit.now, None)
    response = gone.answer("signed_out", "Signed out", SignedOutView(visit.signed_in.session.person.shown))
    drop_session(visit.request, response)
    return response


def _page(visit: Visit, token: str, person: str, entered: Posted, fault: str = "") -> Response:
    name = Field("name", "Your name", value=entered.text("name"), hint="As colleagues know you. You may leave it out.")
    handle = Field(
        "handle",
        "Address or account",
        value=entered.text("handle"),
        hint="The one under which colleagues name you as an owner.",
        fault=fault,
        required=True,
    )
    view = SignInView(token, person, (name,) if person else (handle, name))
    return visit.answer("sign_in", "Sign in", view, status=422 if fault else 200)
