"""The cookies by which a browser shows its session, and that it is the one that began a sign-in.

Over https their names begin with `__Host-`, so that browsers keep them for exactly this name, encrypted, and let no
subdomain set them (RFC 6265bis). Plain loopback has no such names; there they carry the port, because cookies know no
ports and two instances on one machine would share them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from roadworthy.app import App
from roadworthy.foundation.identity.oidc.service import LIFETIME


def cookie_name(request: Request, what: str = "") -> str:
    """The name of the session's cookie, or of another one."""
    name = f"roadworthy-{what}" if what else "roadworthy"
    return f"__Host-{name}" if request.url.scheme == "https" else f"{name}-{request.url.port or 80}"


def keep_session(request: Request, response: Response, secret: str) -> None:
    """Give the browser its session."""
    app: App = request.app.state.roadworthy
    _set(request, response, "", secret, app.identity.sessions.limits.absolute, "strict")


def drop_session(request: Request, response: Response) -> None:
    """Take the session out of the browser."""
    _drop(request, response, "", "strict")


BEGUN = "begun"
"""Names the browser that began a sign-in. Lax, because the provider sends the browser back from another site."""
GO_TO = "go-to"
"""Where to go after a one-time link was used, in a browser that was asked to prove anew who is there."""


def begun(request: Request) -> str | None:
    """What names this browser, where it began a sign-in a moment ago."""
    return request.cookies.get(cookie_name(request, BEGUN))


def keep_begun(request: Request, response: Response, browser: str) -> None:
    """Name a browser for as long as its sign-in may take."""
    _set(request, response, BEGUN, browser, LIFETIME, "lax")


def keep_go_to(request: Request, response: Response, href: str) -> None:
    """Remember where to go after the next sign-in."""
    _set(request, response, GO_TO, href, LIFETIME, "strict")


def asked_from(request: Request) -> str | None:
    """What was remembered."""
    return request.cookies.get(cookie_name(request, GO_TO))


def drop_go_to(request: Request, response: Response) -> None:
    """Forget it."""
    _drop(request, response, GO_TO, "strict")


def _set(
    request: Request, response: Response, what: str, value: str, lasts: timedelta, site: Literal["lax", "strict"]
) -> None:
    response.set_cookie(
        cookie_name(request, what),
        value,
        max_age=int(lasts.total_seconds()),
        httponly=True,
        samesite=site,
        secure=request.url.scheme == "https",
        path="/",
    )


def _drop(request: Request, response: Response, what: str, site: Literal["lax", "strict"]) -> None:
    secure = request.url.scheme == "https"  # browsers take a `__Host-` cookie out only by one that is secure too
    response.delete_cookie(cookie_name(request, what), path="/", httponly=True, samesite=site, secure=secure)
