"""Who is calling, and sign-in links for people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from pydantic import Field

from roadworthy.foundation.errors import Refused
from roadworthy.foundation.identity.model import MOST_HANDLE
from roadworthy.foundation.identity.service import TOKEN_LIFETIME
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import Anybody, Application, Signed, Wire

router = APIRouter(tags=["identity"])


class ProgramBody(Wire):
    """A program, and what its token allows."""

    name: str
    may: list[str]
    use_cases: list[str] | None


class Me(Wire):
    """The caller: a person, or a program with a token."""

    person: PersonBody | None
    program: ProgramBody | None
    handle: str | None
    authenticated: str
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
        expires_at=session.expires_at,
        csrf=caller.csrf,
    )


@router.post("/sign-in-links", status_code=201)
def make_link(given: LinkWanted, request: Request, app: Application, caller: Signed) -> Link:
    """A one-time sign-in link. Only somebody with access to the home folder can have one made."""
    if caller.secret is not None:
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
