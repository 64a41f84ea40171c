"""The cookie by which a browser shows its session."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from roadworthy.app import App


def cookie_name(request: Request) -> str:
    """The session cookie's name; cookies know no ports, so two instances on one machine would share one."""
    return f"roadworthy-{request.url.port or 80}"


def keep_session(request: Request, response: Response, secret: str) -> None:
    """Give the browser its session."""
    app: App = request.app.state.roadworthy
    response.set_cookie(
        cookie_name(request),
        secret,
        max_age=int(app.identity.sessions.limits.absolute.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
    )


def drop_session(request: Request, response: Response) -> None:
    """Take the session out of the browser."""
    response.delete_cookie(cookie_name(request), path="/", httponly=True, samesite="strict")
