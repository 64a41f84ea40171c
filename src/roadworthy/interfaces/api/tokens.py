"""Tokens of programs: made by people, shown once, revoked at any time."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import Field

from roadworthy.app import App
from roadworthy.foundation.identity.tokens import MOST_DAYS, USUAL_DAYS, Token, Wanted
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.evidence import Reason
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes

router = Routes(tags=["tokens"])


class ScopeBody(Wire):
    """Something that a program can be allowed."""

    name: str
    allows: str


class TokenWanted(Wire):
    """A token that somebody asks for."""

    name: Annotated[str, Field(min_length=1, max_length=100, description="What the program is called in the record.")]
    may: Annotated[list[str], Field(max_length=100, description="Scopes; what is not named is refused.")]
    use_cases: Annotated[
        list[Annotated[str, Field(max_length=200)]] | None,
        Field(max_length=1_000, description="The only ones that it may see and touch; null for all."),
    ] = None
    days: Annotated[int, Field(ge=1, le=MOST_DAYS, description="How long it holds.")] = USUAL_DAYS
    owner: Annotated[
        str | None, Field(max_length=320, description="Handle of the person who answers for it; null for the caller.")
    ] = None


class Owned(Wire):
    """Who answers for a token from now on."""

    to: Annotated[str | None, Field(max_length=320, description="Handle of the person; null for the caller.")] = None


class TokenBody(Wire):
    """A token without its secret."""

    id: str
    name: str
    may: list[str]
    use_cases: list[str] | None
    created_at: datetime
    created_by: PersonBody
    owner: PersonBody = Field(description="Who answers for it; while they are gone it opens nothing.")
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_reason: str | None
    usable: bool


class NewToken(Wire):
    """A token with its secret, which is shown this once and kept nowhere."""

    secret: str
    token: TokenBody


@router.get("/scopes")
def scopes(app: Application, _caller: Signed) -> list[ScopeBody]:
    """What a program can be allowed."""
    return [ScopeBody(name=name, allows=allows) for name, allows in app.tokens.scopes.items()]


@router.get("/tokens")
def listed(app: Application, caller: Signed) -> list[TokenBody]:
    """Every token there ever was, the newest first; for people only."""
    _ = caller.session  # who may do what is not for programs to read
    return _bodies(app, app.tokens.all())


@router.post("/tokens", status_code=201)
def new(given: TokenWanted, app: Application, caller: Signed) -> NewToken:
    """Make a token. A use case that it is limited to must exist."""
    for name in given.use_cases or ():
        app.inventory.subject(name)
    limits = None if given.use_cases is None else tuple(given.use_cases)
    wanted = Wanted(given.name, tuple(given.may), limits, given.days, given.owner)
    secret, token = app.tokens.new(caller.context, wanted)
    return NewToken(secret=secret, token=_bodies(app, [token])[0])


@router.post("/tokens/{which}/revoke")
def revoke(
    which: Annotated[str, Path(max_length=200, description="Its id, or the name of the one in use.")],
    given: Reason,
    app: Application,
    caller: Signed,
) -> TokenBody:
    """End a token at once."""
    return _bodies(app, [app.tokens.revoke(caller.context, which, given.reason)])[0]


@router.post("/tokens/{which}/own")
def own(
    which: Annotated[str, Path(max_length=200, description="Its id, or the name of the one in use.")],
    app: Application,
    caller: Signed,
    given: Owned | None = None,
) -> TokenBody:
    """Answer for a token from now on, or have somebody do it; one that rests because its owner left opens again."""
    return _bodies(app, [app.tokens.own(caller.context, which, None if given is None else given.to)])[0]


def _bodies(app: App, tokens: list[Token]) -> list[TokenBody]:
    who = people.shown(app, {ref for token in tokens for ref in (token.created_by, token.answers)})
    now = app.runtime.clock.now()
    return [
        TokenBody(
            id=token.id,
            name=token.name,
            may=list(token.may),
            use_cases=None if token.use_cases is None else list(token.use_cases),
            created_at=token.created_at,
            created_by=who[token.created_by],
            owner=who[token.answers],
            expires_at=token.expires_at,
            last_used_at=token.last_used_at,
            revoked_at=token.revoked_at,
            revoked_reason=token.revoked_reason,
            usable=token.usable(now),
        )
        for token in tokens
    ]
