"""Who is calling, their sessions, sign-in links, and command lines that a person lets in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Path, Request
from pydantic import Field

from roadworthy.foundation.errors import Refused, RoadworthyError
from roadworthy.foundation.identity.devices import INTERVAL, MOST_CLIENT, Answer
from roadworthy.foundation.identity.model import MOST_HANDLE, Method, SessionKind
from roadworthy.foundation.identity.service import TOKEN_LIFETIME
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import Anybody, Application, Done, Signed, Wire
from roadworthy.interfaces.routes import Routes

router = Routes(tags=["identity"])


class ProgramBody(Wire):
    """A program, and what its token allows."""

    name: str
    may: list[str]
    use_cases: list[str] | None


class ProofBody(Wire):
    """How a person proved who they are, and when."""

    method: str
    issuer: str | None
    auth_time: datetime | None
    acr: str | None
    amr: list[str]


class Me(Wire):
    """The caller: a person, or a program with a token."""

    person: PersonBody | None
    program: ProgramBody | None
    handle: str | None
    authenticated: str
    proof: ProofBody | None = None
    expires_at: datetime
    csrf: str


class LinkWanted(Wire):
    """For whom a sign-in link is."""

    handle: Annotated[str, Field(min_length=1, max_length=MOST_HANDLE)] | None = None


class Link(Wire):
    """A link that signs one person in, once."""

    url: str
    expires_at: datetime
    lifetime: timedelta


class SessionBody(Wire):
    """One of the caller's sessions."""

    id: str
    kind: SessionKind
    proof: ProofBody
    created_at: datetime | None
    seen_at: datetime | None
    expires_at: datetime
    here: bool


class DeviceWanted(Wire):
    """A command line that asks to be let in."""

    client: Annotated[str, Field(min_length=1, max_length=MOST_CLIENT)]


class DeviceAsked(Wire):
    """What the command shows to the person, and what it keeps to itself."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    interval: timedelta
    expires_at: datetime


class DeviceQuestion(Wire):
    """Whether the command was let in."""

    device_code: Annotated[str, Field(min_length=1, max_length=200)]


class DeviceHeard(Wire):
    """Whether it was; with the session's secret, once."""

    answer: Answer
    interval: timedelta
    secret: str | None = None
    expires_at: datetime | None = None
    person: PersonBody | None = None


@router.get("/me")
def me(caller: Anybody) -> Me:
    """Who is calling; a browser finds here the token that its changes must carry."""
    token = caller.token
    if token is not None:
        program = ProgramBody.model_validate(token)
        authenticated, expires = caller.context.actor.authenticated, token.expires_at
        return Me(person=None, program=program, handle=None, authenticated=authenticated, expires_at=expires, csrf="")
    session = caller.session
    return Me(
        person=PersonBody(ref=session.person.ref, shown=session.person.shown),
        program=None,
        handle=session.person.handle,
        authenticated=session.authenticated,
        proof=ProofBody.model_validate(session.proof),
        expires_at=session.expires_at,
        csrf=caller.csrf,
    )


@router.get("/sessions")
def sessions(app: Application, caller: Signed) -> list[SessionBody]:
    """Where the caller is signed in, the newest first."""
    mine = caller.session
    return [
        SessionBody(
            id=each.id,
            kind=each.kind,
            proof=ProofBody.model_validate(each.proof),
            created_at=each.created_at,
            seen_at=each.seen_at,
            expires_at=each.expires_at,
            here=each.id == mine.id,
        )
        for each in app.identity.sessions.of(mine.person.ref)
    ]


@router.post("/sessions/{which}/end")
def end_session(which: Annotated[str, Path(max_length=64)], app: Application, caller: Signed) -> Done:
    """End one of the caller's sessions."""
    app.identity.sessions.end_one(caller.session.person.ref, which)
    return Done()


@router.post("/sign-out")
def sign_out(app: Application, caller: Signed) -> Done:
    """End the session that the request came with; where it came with none, there is nothing to end."""
    session = caller.session
    if session.id:
        app.identity.sessions.end_one(session.person.ref, session.id)
    return Done()


@router.post("/login/device", status_code=201)
def begin_device(given: DeviceWanted, request: Request, app: Application) -> DeviceAsked:
    """Let a command line wait for a person to let it in (after RFC 8628)."""
    brake, address = request.app.state.brake, _address(request)
    brake.check(address)
    try:
        asked = app.devices.begin(given.client)
    except RoadworthyError:
        brake.refused(address)
        raise
    page = f"{_public(app.settings.public_address, request)}/device"
    return DeviceAsked(
        device_code=asked.device_code,
        user_code=asked.waiting.user_code,
        verification_uri=page,
        verification_uri_complete=f"{page}?{urlencode({'code': asked.waiting.user_code})}",
        interval=INTERVAL,
        expires_at=asked.waiting.expires_at,
    )


@router.post("/login/device/token")
def ask_device(given: DeviceQuestion, request: Request, app: Application) -> DeviceHeard:
    """Whether a person has answered."""
    brake, address = request.app.state.brake, _address(request)
    brake.check(address)
    try:
        heard = app.devices.ask(given.device_code)
    except RoadworthyError:
        brake.refused(address)
        raise
    session = heard.session
    return DeviceHeard(
        answer=heard.answer,
        interval=heard.interval,
        secret=heard.secret,
        expires_at=None if session is None else session.expires_at,
        person=None if session is None else PersonBody(ref=session.person.ref, shown=session.person.shown),
    )


@router.post("/sign-in-links", status_code=201)
def make_link(given: LinkWanted, request: Request, app: Application, caller: Signed) -> Link:
    """A one-time sign-in link. Only somebody with access to the home folder can have one made."""
    app.sign_ins.refuse_links()
    if caller.session.proof.method != Method.LOCAL_USER:
        raise Refused(
            "sign-in-link-from-browser",
            "sign-in links are made on the machine that serves, because access to it is what they stand for",
            remedy="run `roadworthy sign-in-link` there",
        )
    token = app.identity.offer(given.handle)
    return Link(
        url=f"{str(request.base_url).rstrip('/')}/sign-in?{urlencode({'token': token})}",
        expires_at=app.runtime.clock.now() + TOKEN_LIFETIME,
        lifetime=TOKEN_LIFETIME,
    )


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _public(told: str, request: Request) -> str:
    return (told or str(request.base_url)).rstrip("/")
