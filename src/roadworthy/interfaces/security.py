"""Who may come in, and what every answer carries.

A request is turned away at the door where its name, its origin or its connection is not ours (`interfaces.doors`). One
that changes something carries a token that only our pages know, answers may neither run nor fetch anything that is not
ours, and no other origin is ever allowed to read one (there are no CORS headers).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from roadworthy.foundation.errors import Refused, RoadworthyError, TooLarge, Unauthenticated
from roadworthy.foundation.identity.devices import CLI_PREFIX
from roadworthy.foundation.identity.model import Session, SessionKind
from roadworthy.foundation.identity.service import Identity
from roadworthy.foundation.identity.tokens import PREFIX, Token, Tokens
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.logs import Secret, log
from roadworthy.foundation.settings import Settings
from roadworthy.interfaces.cookies import cookie_name
from roadworthy.interfaces.doors import Doors, enter
from roadworthy.interfaces.problems import TooSlow, unexpected

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
    "Cache-Control": "no-store",
}
CSRF_FIELD = "csrf"
"""Name of the hidden field that carries the token in a form."""
CSRF_HEADER = "x-csrf-token"
"""Name of the header that carries it where a script sends the request."""
MULTIPART_OVERHEAD = 1_000_000
MEGABYTE = 1024 * 1024
SLOWEST_BODY_SECONDS = 60.0

LOOPBACK_ONLY = Doors()

_log = log("http")


class Guard:
    """The outermost layer of the application.

    Checks `Host` and `Origin`, bounds the size and the time of a body, sets the protective headers, and turns
    whatever escapes from within into an answer that says nothing internal.

    Args:
        app: what is guarded.
        most_bytes: the largest body.
        render: makes the answer out of an error, as a page or as problem details.
        slowest: seconds that a body may take to arrive.
        most_bytes_of_files: the largest body where files of evidence are sent; `most_bytes` if left out.
        doors: under which names and over which connections requests may come.
    """

    def __init__(
        self,
        app: ASGIApp,
        most_bytes: int,
        render: Callable[[Request, RoadworthyError], Response],
        slowest: float = SLOWEST_BODY_SECONDS,
        most_bytes_of_files: int | None = None,
        doors: Doors = LOOPBACK_ONLY,
    ) -> None:
        self._app = app
        self._doors = doors
        self._most_bytes = most_bytes
        self._render = render
        self._slowest = slowest
        self._most_bytes_of_files = most_bytes if most_bytes_of_files is None else most_bytes_of_files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def protected(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        async def answer(error: RoadworthyError) -> None:
            await self._render(Request(scope), error)(scope, receive, protected)

        try:
            scope = enter(scope, self._doors)
            self._check_size(scope)
            await self._app(scope, self._bounded(receive, self._most(scope)), protected)
        except RoadworthyError as error:
            await answer(error)
        except Exception:  # the outermost layer: logged whole, answered with nothing internal
            if started:
                raise  # the status line is out, so the only honest sign left is a broken connection
            _log.exception("unexpected-fault", method=scope["method"], path=scope["path"])
            await answer(unexpected())

    def _check_size(self, scope: Scope) -> None:
        announced = Headers(scope=scope).get("content-length", "0")
        most = self._most(scope)
        if announced.isdigit() and int(announced) > most:
            raise _too_large(most)

    def _most(self, scope: Scope) -> int:
        return self._most_bytes_of_files if takes_files(scope["path"]) else self._most_bytes

    def _bounded(self, receive: Receive, most: int) -> Receive:
        seen = 0
        complete = False

        async def bounded() -> Message:
            nonlocal seen, complete
            if complete:
                return await receive()  # what comes now is the client going away, which may take its time
            try:
                message = await asyncio.wait_for(receive(), self._slowest)
            except TimeoutError as error:
                raise TooSlow(
                    "body-too-slow",
                    f"the body did not arrive within {self._slowest:g} seconds",
                    remedy="send it again over a faster connection",
                ) from error
            seen += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if seen > most:
                raise _too_large(most)
            return message

        return bounded


def _too_large(most: int) -> TooLarge:
    return TooLarge(
        "body-too-large",
        f"the request is over {most // 1_000_000} megabytes",
        remedy="send less at once, or raise the setting `upload_megabytes`, for files of evidence "
        "`attachment_megabytes`",
    )


def most_bytes(settings: Settings) -> int:
    """The largest body that is read: the largest upload, and what a form puts around it."""
    return settings.upload_megabytes * 1_000_000 + MULTIPART_OVERHEAD


def most_bytes_of_files(settings: Settings) -> int:
    """The same for an address to which files of evidence are sent."""
    return settings.attachment_megabytes * MEGABYTE + MULTIPART_OVERHEAD


def takes_files(path: str) -> bool:
    """Whether files of evidence are sent to an address."""
    return path == "/api/v1alpha1/attachments" or path.endswith("/evidence/new")


# ---------------------------------------------------------------- who is calling


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who is signed in, or a program with a token, and the door they came through."""

    who: Session | Token
    via: str
    secret: Secret | None = None
    """The session's secret where a browser sent it as a cookie; None for the command line and for programs."""

    @property
    def session(self) -> Session:
        """The person's session.

        Raises:
            Refused: a program calls, and only a person can do this.
        """
        if isinstance(self.who, Token):
            raise Refused(
                "program-not-a-person",
                f"`{self.who.name}` is a program, and only a person who is signed in can do this",
                remedy="sign in with a link from `roadworthy sign-in-link`, or use the command line on the server",
            )
        return self.who

    @property
    def token(self) -> Token | None:
        """What a program may; None for a person."""
        return self.who if isinstance(self.who, Token) else None

    @property
    def context(self) -> Context:
        """Act as this person or program."""
        return self.who.context(self.via)

    @property
    def csrf(self) -> str:
        """The token that our own forms carry; empty where no cookie could be abused."""
        return "" if self.secret is None else csrf_token(self.secret.reveal())

    def check_scope(self, scope: str, ask: str) -> None:
        """Refuse a program whose token was not made for this; a person passes.

        Args:
            scope: what is asked for.
            ask: who made the token, as people know them.

        Raises:
            Refused: the token has another scope.
        """
        if self.token is not None and scope not in self.token.may:
            raise Refused(
                "token-scope-missing",
                f"the token `{self.token.name}` does not carry the scope `{scope}`; it may {', '.join(self.token.may)}",
                remedy=f"ask {ask}, who made it, or anybody who signs in here, for a token made with `--may {scope}`",
            )

    def check_about(self, use_case: str | None) -> None:
        """Refuse a program whose token is for other use cases; a person passes.

        Args:
            use_case: what the request is about; None for one that is about all of them.

        Raises:
            Refused: the token does not name it.
        """
        limits = None if self.token is None else self.token.use_cases
        if self.token is not None and limits is not None and use_case not in limits:
            about = "all use cases" if use_case is None else f"`{use_case}`"
            raise Refused(
                "token-for-other-use-cases",
                f"the token `{self.token.name}` is not for {about}",
                remedy=f"it is for {', '.join(limits)}; ask whoever signs in here for one with "
                f"`--use-case {use_case or 'NAME'}`",
            )


class Doorkeeper:
    """Recognises callers: by the cookie of a session, the secret that lies in the home folder, or a program's token.

    Args:
        identity: where sessions are kept.
        tokens: what programs show.
        secret: what a program shows that can read the home folder; it acts as `account`.
        account: the operating-system account that this process runs as.
    """

    def __init__(self, identity: Identity, tokens: Tokens, secret: Secret, account: str) -> None:
        self._identity = identity
        self._tokens = tokens
        self._secret = secret
        self._account = account

    def find(self, request: Request, via: str = "web") -> Caller | None:
        """Who sent the request, or None where nobody is signed in. Tokens of programs open the API, not the pages.

        Raises:
            Unauthenticated: a program's token is unknown, expired or revoked.
        """
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            if hmac.compare_digest(shown.encode(), self._secret.reveal().encode()):  # this machine's own commands
                return Caller(self._identity.local_user(self._account, via="cli"), "cli")
            if via != "api":
                return None
            if shown.startswith(PREFIX):
                return Caller(self._tokens.recognise(shown), via)
            session = self._identity.session(shown) if shown.startswith(CLI_PREFIX) else None
            return Caller(session, "cli") if session and session.kind is SessionKind.CLI else None
        cookie = request.cookies.get(cookie_name(request))
        session = self._identity.session(cookie) if cookie and not cookie.startswith(CLI_PREFIX) else None
        return Caller(session, via, Secret(cookie)) if session and cookie else None

    def maker(self, token: Token) -> str:
        """What to call whoever made a token."""
        person = self._identity.people([token.created_by]).get(token.created_by)
        return "somebody who is erased" if person is None else person.shown

    def require(self, request: Request, via: str = "web") -> Caller:
        """Who sent the request.

        Raises:
            Unauthenticated: nobody is signed in.
        """
        caller = self.find(request, via)
        if caller is None:
            if CLI_PREFIX in request.headers.get("authorization", ""):
                raise Unauthenticated(
                    "login-over",
                    "the login of this command line is over",
                    remedy="run `roadworthy login` again, or `roadworthy logout` to go on without one",
                )
            by_provider = bool(request.app.state.roadworthy.sign_ins.providers)
            raise Unauthenticated(
                "sign-in-needed",
                "nobody is signed in",
                remedy="open the page `/sign-in`; on the command line run `roadworthy login`"
                if by_provider
                else "open the link that `roadworthy serve` printed, or get a new one with `roadworthy sign-in-link`",
            )
        return caller


def doorkeeper(request: Request) -> Doorkeeper:
    """The doorkeeper of the application that serves this request."""
    found: Doorkeeper = request.app.state.doorkeeper
    return found


def csrf_token(session_secret: str) -> str:
    """The token bound to a session: only a page that we gave to this session can know it."""
    return hmac.new(session_secret.encode(), b"roadworthy csrf v1", hashlib.sha256).hexdigest()


def check_csrf(caller: Caller, token: str) -> None:
    """Refuse a change that a signed-in browser sends without the token of our own pages.

    Raises:
        Refused: the token is missing or not this session's.
    """
    if caller.secret is not None and not hmac.compare_digest(token.encode(), caller.csrf.encode()):
        raise Refused(
            "csrf-token-wrong",
            "the request does not carry the token of this session",
            remedy="reload the page, then send it again",
        )
