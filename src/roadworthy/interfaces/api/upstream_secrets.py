"""Upstreams as this process reaches them, and their stored secrets: set, replaced and removed, and read by nobody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Path
from pydantic import Field, SecretStr

from roadworthy.app import App
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import Application, Done, Page, Signed, Wire
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.upstream_states import Reach, reaches
from roadworthy.operate.calls.secrets.model import LONGEST_NAME, LONGEST_VALUE, MOST_GRACE, Listed, Version

router = Routes(tags=["upstreams"])

Name = Annotated[str, Path(max_length=LONGEST_NAME, description="Of the stored secret.")]
Value = Annotated[
    SecretStr,
    Field(min_length=1, max_length=LONGEST_VALUE, description="The secret. No address ever answers with it."),
]


class UpstreamSecretWanted(Wire):
    """A secret that somebody stores for one host."""

    name: Annotated[str, Field(max_length=LONGEST_NAME, description="An upstream names it as `stored:NAME`.")]
    host: Annotated[
        str, Field(max_length=300, description="`HOST` or `HOST:PORT`, the only place to which it is shown.")
    ]
    value: Value
    reason: Annotated[
        str, Field(max_length=2_000, description="Asks for a decision where rights want one; empty asks for none.")
    ] = ""


class UpstreamSecretRotation(Wire):
    """Another value for a stored secret."""

    value: Value
    grace_hours: Annotated[
        int,
        Field(ge=0, le=MOST_GRACE.days * 24, description="For how long the former one is kept, to go back to it."),
    ] = 0


class UpstreamSecretBody(Wire):
    """A stored secret as anybody sees it."""

    name: str
    host: str = Field(description="The only place to which it is shown.")
    state: str = Field(description="`in-use`, or `waiting` for a decision.")
    version: str
    fingerprint: str = Field(description="Twelve hexadecimal digits of a keyed hash: tells two secrets apart.")
    key: str = Field(description="Which key seals it.")
    set_at: datetime
    set_by: PersonBody
    last_used_at: datetime | None = Field(description="To the minute.")
    former_until: datetime | None = Field(description="To when one can go back to the former value; null for never.")
    why: str = Field(description="Why it cannot be opened here; empty where it can.")


class UpstreamSecretSet(Wire):
    """What became of a secret that was stored."""

    secret: UpstreamSecretBody
    waits: str | None = Field(description="Id of the decision that it waits for; null where it is in use.")


class UpstreamSecretsRewrap(Wire):
    """How data keys are wrapped anew."""

    new_key: Annotated[bool, Field(description="Make a newer file first, where files wrap.")] = False


class UpstreamSecretsRewrapped(Wire):
    """How many data keys are wrapped by another key now."""

    rewrapped: int


class UpstreamReach(Wire):
    """A declared upstream, as the process that answers would reach it."""

    name: str
    adapter: str
    address: str
    secret: str | None = Field(description="Where its secret is; null where it needs none.")
    state: str = Field(description="`ready`, `no-secret`, `resting` after failures, or `unread`.")
    why: str = Field(description="Why it is not asked; empty where it is.")


@router.get("/upstreams")
def upstreams(app: Application, _caller: Signed) -> Page[UpstreamReach]:
    """Declared upstreams, and whether the gateway in this process would ask them."""
    return Page(items=[_reach(each) for each in reaches(app)], next=None)


@router.get("/upstream-secrets")
def listed(app: Application, _caller: Signed) -> Page[UpstreamSecretBody]:
    """What is known about stored secrets."""
    return Page(items=bodies(app, app.gateway.secrets.listed()), next=None)


@router.post("/upstream-secrets", status_code=201)
def new(given: UpstreamSecretWanted, app: Application, caller: Signed) -> UpstreamSecretSet:
    """Store a secret for one host. It is sealed before it is kept, and cannot be read back."""
    stored = app.gateway.secrets.stored
    version, waits = stored.set(caller.context, given.name, given.host, given.value.get_secret_value(), given.reason)
    return UpstreamSecretSet(secret=_body(app, version), waits=waits)


@router.post("/upstream-secrets/rewrap")
def rewrap(given: UpstreamSecretsRewrap, app: Application, caller: Signed) -> UpstreamSecretsRewrapped:
    """Wrap every data key by the first of the keys that the settings name, and by its newest."""
    done = app.gateway.secrets.stored.rewrap(caller.context, new_key=given.new_key)
    return UpstreamSecretsRewrapped(rewrapped=done)


@router.post("/upstream-secrets/{name}/rotate")
def rotate(name: Name, given: UpstreamSecretRotation, app: Application, caller: Signed) -> UpstreamSecretBody:
    """Put another value in the place of a stored secret, for the same host."""
    grace = timedelta(hours=given.grace_hours)
    stored = app.gateway.secrets.stored
    return _body(app, stored.rotate(caller.context, name, given.value.get_secret_value(), grace))


@router.post("/upstream-secrets/{name}/back")
def back(name: Name, app: Application, caller: Signed) -> UpstreamSecretBody:
    """Put the former value back in use, while it is kept."""
    return _body(app, app.gateway.secrets.stored.back(caller.context, name))


@router.post("/upstream-secrets/{name}/remove")
def remove(name: Name, app: Application, caller: Signed) -> Done:
    """Forget a stored secret, with its former value."""
    app.gateway.secrets.stored.remove(caller.context, name)
    return Done()


def bodies(app: App, found: list[Listed]) -> list[UpstreamSecretBody]:
    """Stored secrets as the API shows them."""
    who = people.shown(app, {each.any.set_by for each in found})
    return [
        UpstreamSecretBody(
            name=each.any.name,
            host=each.any.bound.authority,
            state=each.any.state.value,
            version=each.any.id,
            fingerprint=each.any.fingerprint,
            key=each.any.sealed.key,
            set_at=each.any.set_at,
            set_by=who[each.any.set_by],
            last_used_at=each.any.last_used_at,
            former_until=None if each.former is None else each.former.until,
            why=each.why,
        )
        for each in found
    ]


def _body(app: App, version: Version) -> UpstreamSecretBody:
    named = [each for each in app.gateway.secrets.listed() if each.any.name == version.name]
    return bodies(app, named or [Listed(version, None, None)])[0]


def _reach(reach: Reach) -> UpstreamReach:
    return UpstreamReach(
        name=reach.name,
        adapter=reach.spec.adapter.value,
        address=reach.spec.address,
        secret=reach.spec.secret,
        state=reach.state,
        why=reach.why,
    )
