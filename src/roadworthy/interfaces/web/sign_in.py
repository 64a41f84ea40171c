"""Signing in and out.

Opening a one-time link uses nothing up; sending its form does. Going to a provider and coming back are plain links and
addresses, because a browser refuses to send a form of ours to another site.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from roadworthy.app import App
from roadworthy.foundation.errors import InvalidInput, Refused, RoadworthyError, Unauthenticated, UsageError
from roadworthy.foundation.identity.model import Session
from roadworthy.foundation.identity.oidc.service import Returned, Wanted
from roadworthy.interfaces import cookies
from roadworthy.interfaces.problems import TooMany
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.views.parts import Field, Link, Moment
from roadworthy.interfaces.web.views.sign_in import AgainView, ChoiceView, SignedInView, SignedOutView, SignInView
from roadworthy.interfaces.web.visits import Form, OpenVisiting, Posted, Visit, Visiting, go_to, read_form

router = Routes()
_MOST_PATH = 500


@router.get("/sign-in")
def show(visit: OpenVisiting, token: str = "", go_to: str = "/") -> Response:
    """The choice of providers, or whom a one-time link is for and a button."""
    if visit.app.sign_ins.providers and not token:
        return visit.answer("sign_in_choice", "Sign in", choice(visit.app, go_to))
    visit.app.sign_ins.refuse_links()
    person = visit.app.identity.offered(token) or ""
    return _page(visit, token, person, Posted({}, {}))


@router.post("/sign-in")
def sign_in(visit: OpenVisiting, form: Annotated[Posted, Depends(read_form)]) -> Response:
    """Use the link up."""
    visit.app.sign_ins.refuse_links()
    token = form.text("token")
    person = visit.app.identity.offered(token) or ""
    try:
        secret, _ = visit.app.identity.sign_in(token, form.text("handle"), form.text("name"), "web")
    except InvalidInput as fault:
        return _page(visit, token, person, form, fault.message)
    if visit.caller is not None and visit.caller.secret is not None:
        visit.app.identity.sign_out(visit.caller.secret.reveal())  # the former session of this browser
    asked_from = cookies.asked_from(visit.request)
    response = go_to(local_path(asked_from or "/"))
    cookies.keep_session(visit.request, response, secret)
    if asked_from is not None:
        cookies.drop_go_to(visit.request, response)
    return response


@router.get("/sign-in/again")
def show_again(visit: Visiting, go_to: str = "/") -> Response:
    """Asks for a new proof, and comes back to the page that asked for it."""
    session = visit.signed_in.session
    href = local_path(go_to)
    told = visit.app.sign_ins.of_issuer(session.proof.issuer)
    provider = None
    if told is not None:
        query = urlencode({"again": "yes", "go_to": href})
        provider = Link(f"Confirm with {told.shown}", f"/sign-in/with/{told.name}?{query}")
    elif visit.app.sign_ins.providers:
        provider = Link("Sign in", f"/sign-in?{urlencode({'go_to': href})}")
    command = None if provider else f"roadworthy sign-in-link --for {session.person.handle}"
    proved = None if session.proof.auth_time is None else Moment.of(session.proof.auth_time, visit.now)
    view = AgainView(session.person.shown, proved, provider, command, href)
    response = visit.answer("sign_in_again", "Confirm that it is you", view)
    cookies.keep_go_to(visit.request, response, href)
    return response


@router.get("/sign-in/with/{name}")
def begin(visit: OpenVisiting, name: str, go_to: str = "/", again: str = "") -> Response:
    """Go to a provider."""
    caller = visit.caller
    secret = None if caller is None or caller.secret is None else caller.secret.reveal()
    begun = visit.app.sign_ins.begin(
        Wanted(
            provider=name,
            redirect=_redirect(visit, name),
            go_to=local_path(go_to),
            browser=cookies.begun(visit.request),
            former=secret,
            fresh=bool(again) and caller is not None and _signed_in_at(visit.app, caller.session, name),
        )
    )
    response = RedirectResponse(begun.address, 303)
    cookies.keep_begun(visit.request, response, begun.browser)
    return response


@router.get("/sign-in/with/{name}/return")
def finish(visit: OpenVisiting, name: str) -> Response:
    """Come back from a provider.

    The answer is a page and no redirect: a browser that comes from another site does not send a strict cookie on, so
    the next page would not know it.
    """
    address = visit.request.client.host if visit.request.client else ""
    brake = visit.request.app.state.brake
    brake.check(address)
    returned = Returned(name, _redirect(visit, name), cookies.begun(visit.request), dict(visit.request.query_params))
    try:
        done = visit.app.sign_ins.finish(returned)
    except (Unauthenticated, Refused):
        brake.refused(address)
        raise
    gone = Visit(visit.request, visit.app, visit.now, None)
    response = gone.answer("signed_in", "Signed in", SignedInView(done.session.person.shown, done.go_to))
    cookies.keep_session(visit.request, response, done.secret)
    return response


@router.post("/sign-in/with/{name}/ended")
def ended(visit: OpenVisiting, name: str, form: Annotated[Posted, Depends(read_form)]) -> Response:
    """A provider says that a session there is over (OpenID Connect Back-Channel Logout 1.0)."""
    address = visit.request.client.host if visit.request.client else ""
    brake = visit.request.app.state.brake
    try:
        brake.check(address)
        visit.app.sign_ins.end_by_provider(name, form.text("logout_token"))
    except (TooMany, UsageError, Unauthenticated) as error:
        if not isinstance(error, TooMany):
            brake.refused(address)
        return PlainTextResponse(f"{error.code}: {error.message}\n", _bad_request(error))
    return PlainTextResponse("", 200)


@router.post("/sign-out")
def sign_out(visit: Visiting, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """End the session."""
    session, secret = visit.signed_in.session, visit.signed_in.secret
    if secret is not None:
        visit.app.identity.sign_out(secret.reveal())
    gone = Visit(visit.request, visit.app, visit.now, None)
    there = visit.app.sign_ins.leaving(session)
    view = SignedOutView(
        session.person.shown,
        None if there is None else Link(f"Sign out at {there[0]} too", there[1]),
        Link("Sign in again", "/sign-in") if visit.app.sign_ins.providers else None,
    )
    response = gone.answer("signed_out", "Signed out", view)
    cookies.drop_session(visit.request, response)
    return response


def choice(app: App, href: str) -> ChoiceView:
    """The providers as links that lead back to a page."""
    query = urlencode({"go_to": local_path(href)})
    return ChoiceView(
        tuple(
            Link(f"Sign in with {each.shown}", f"/sign-in/with/{each.name}?{query}") for each in app.sign_ins.providers
        )
    )


def local_path(text: str) -> str:
    r"""A path of ours with its query, or the front page where a text is something else.

    A browser reads `//other`, `/\other` and what it takes out of a text (tabs, line breaks) as another site.
    """
    fit = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if fit and len(text) <= _MOST_PATH else "/"


def _bad_request(error: RoadworthyError) -> int:
    return error.status if isinstance(error, TooMany) else UsageError.status


def _redirect(visit: Visit, name: str) -> str:
    return f"{str(visit.request.base_url).rstrip('/')}/sign-in/with/{name}/return"


def _signed_in_at(app: App, session: Session, name: str) -> bool:
    told = app.sign_ins.of_issuer(session.proof.issuer)
    return told is not None and told.name == name


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
