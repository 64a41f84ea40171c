"""What every answer and every request must satisfy before a page sees it.

The pages are served on loopback, where any site in the same browser can send requests. So the name in `Host`
must be one of ours (against DNS rebinding), a request that changes something must come from ourselves
(`Origin`, and a token in the form), and an answer may neither run nor fetch anything that is not ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; img-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def host_name(host: str) -> str:
    """The name in a `Host` header without its port; IPv6 without its brackets; empty where it is malformed."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def refusal(method: str, scheme: str, headers: Headers, hosts: frozenset[str]) -> str | None:
    """Why a request is turned away at the door, or None where it may pass.

    A changing request needs an `Origin` that is exactly ours; where the browser sends none,
    `Sec-Fetch-Site` must not say that another site sent it. Programs send neither and carry a token of their own.
    """
    host = headers.get("host", "")
    if host_name(host) not in hosts:
        return f"the name `{host[:200]}` is not one this server answers to; open it under its own address"
    if method not in _CHANGING:
        return None
    origin = headers.get("origin")
    if origin is not None and origin.lower() != f"{scheme}://{host}".lower():
        return f"the request came from `{origin[:200]}`, not from these pages; open the page here and send it again"
    if origin is None and headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return "the request came from another site; open the page here and send it again"
    return None


class Guard:
    """Checks `Host` and `Origin` on the way in and sets the protective headers on the way out."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = LOOPBACK) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        why = refusal(scope["method"], scope["scheme"], Headers(scope=scope), self._hosts)
        if why is not None:
            await PlainTextResponse(why, status_code=403)(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)
