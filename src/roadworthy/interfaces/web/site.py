"""The pages, put onto the HTTP application."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from roadworthy.foundation.errors import RoadworthyError, Unauthenticated
from roadworthy.interfaces import tlog
from roadworthy.interfaces.permitting.gate import known_caller
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web import (
    action_findings,
    action_limits,
    action_replays,
    agent_actions,
    agent_runs,
    approving,
    asking,
    budgets,
    calls,
    certificates,
    changing,
    data_path,
    dead_letters,
    decisions,
    diagnosis,
    discovery,
    display,
    emergency,
    evidence,
    evidence_forms,
    gateway_keys,
    imports,
    inbox,
    integrations,
    keeping,
    later_calls,
    ledger,
    notifications,
    outside,
    packs,
    people,
    portfolio,
    programs,
    question,
    ranking,
    releases,
    reports,
    reviews,
    rights,
    rubric,
    sessions,
    sign_in,
    stops,
    systems,
    tickets,
    upstream_secrets,
    use_cases,
)
from roadworthy.interfaces.web.assets import StaticPages
from roadworthy.interfaces.web.rendering import page
from roadworthy.interfaces.web.views.error import ErrorView
from roadworthy.interfaces.web.views.frame import Frame, moved, places
from roadworthy.interfaces.web.visits import display_of

if TYPE_CHECKING:
    from fastapi import FastAPI

    from roadworthy.app import App


def parts() -> Iterator[Routes]:
    """The routes of the pages, in the order in which addresses are tried."""
    for part in (
        portfolio,
        inbox,
        decisions,
        rights,
        reviews,
        certificates,
        calls,
        later_calls,
        action_findings,
        action_replays,
        action_limits,
        agent_actions,
        agent_runs,
        budgets,
        stops,
        approving,
        systems,
        diagnosis,
        discovery,
        ranking,
        releases,
        reports,
        integrations,
        evidence_forms,
        evidence,
        programs,
        gateway_keys,
        upstream_secrets,
        people,
        data_path,
        asking,
        changing,
        use_cases,
        imports,
        outside,
        tlog,
        ledger,
        question,
        packs,
        keeping,
        rubric,
        tickets,
        notifications,
        dead_letters,
        sign_in,
        sessions,
        display,
        emergency,
    ):
        yield part.router


def mount(api: FastAPI) -> None:
    """Add the static files. Pages find their services on the application's state."""
    api.mount("/static", StaticPages(), name="static")


def error_page(request: Request, error: RoadworthyError) -> Response:
    """A fault as a page. It reads nothing from the store: that may be what failed."""
    known = not isinstance(error, Unauthenticated)
    app: App = request.app.state.roadworthy
    if not known and error.code == "sign-in-needed" and app.sign_ins.providers:
        href = f"{request.url.path}?{request.url.query}".rstrip("?") if request.method == "GET" else "/"
        frame = Frame(title="Sign in", places=(), settings=display_of(request), moved=moved(app.runtime.ahead))
        return HTMLResponse(page("sign_in_choice", frame, sign_in.choice(app, href)), error.status)
    caller = known_caller(request)  # so that whoever may open nothing sees as whom, and can sign out
    person = None if caller is None or caller.token is not None else caller.session.person.shown
    frame = Frame(
        title=error.title,
        places=places(None) if known else (),
        settings=display_of(request),
        person=person,
        csrf="" if caller is None else caller.csrf,
        moved=moved(app.runtime.ahead),
    )
    return HTMLResponse(
        page("error", frame, ErrorView.of(error, by_provider=bool(app.sign_ins.providers))), error.status
    )
