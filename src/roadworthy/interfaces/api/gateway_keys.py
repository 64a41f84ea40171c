"""Gateway keys: made for one use case at one stage, shown once, replaced and revoked at any time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Path, Query
from pydantic import Field

from roadworthy.app import App
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.evidence import Reason
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import (
    Application,
    Cursor,
    Limit,
    Page,
    Signed,
    Wire,
    decode_cursor,
    encode_cursor,
)
from roadworthy.interfaces.routes import Routes
from roadworthy.operate.admission.keys.model import MOST_DAYS, USUAL_DAYS, Key, Wanted

router = Routes(tags=["gateway keys"])

Which = Annotated[str, Path(max_length=200, description="Its id, or the name of the one in use.")]


class GatewayKeyWanted(Wire):
    """A gateway key that somebody asks for."""

    name: Annotated[str, Field(min_length=1, max_length=100, description="What the application is called.")]
    stage: Annotated[
        str, Field(max_length=20, description="Where its traffic runs: pilot, candidate or production.")
    ] = "pilot"
    workload: Annotated[
        str | None, Field(max_length=120, description="Declared workload whose access tokens are taken for it.")
    ] = None
    endpoints: Annotated[
        list[Annotated[str, Field(max_length=120)]] | None,
        Field(max_length=100, description="The only ones that it opens; null for all of the use case."),
    ] = None
    days: Annotated[int, Field(ge=1, le=MOST_DAYS, description="How long it holds.")] = USUAL_DAYS


class GatewayKeyRotation(Wire):
    """How a gateway key is replaced."""

    grace_hours: Annotated[
        int, Field(ge=0, le=30 * 24, description="For how long the former one still opens what it did.")
    ] = 0
    days: Annotated[
        int | None, Field(ge=1, le=MOST_DAYS, description="How long the new one holds; null for as long as the former.")
    ] = None


class GatewayKeyBody(Wire):
    """A gateway key without its secret."""

    id: str = Field(description="A part of the secret, so that a leaked one can be told without showing it.")
    name: str
    use_case: str
    stage: str
    workload: str | None
    endpoints: list[str] | None
    follows: str | None = Field(description="Id of the key in whose place it was made.")
    created_at: datetime
    created_by: PersonBody
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")
    revoked_at: datetime | None = Field(description="From when it opens nothing; in the future while a grace lasts.")
    revoked_reason: str | None
    usable: bool


class NewGatewayKey(Wire):
    """A gateway key with its secret, which is shown this once and kept nowhere."""

    secret: str
    key: GatewayKeyBody


@router.get("/gateway-keys")
def listed(
    app: Application,
    _caller: Signed,
    use_case: Annotated[str | None, Query(alias="useCase", max_length=200)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[GatewayKeyBody]:
    """Gateway keys of a use case or of all, the newest first."""
    keys = app.admitting.keys.listed(use_case, decode_cursor(cursor), limit)
    following = encode_cursor(keys[-1].id) if len(keys) == limit else None
    return Page(items=bodies(app, keys), next=following)


@router.post("/use-cases/{name}/gateway-keys", status_code=201)
def new(
    name: Annotated[str, Path(max_length=200)], given: GatewayKeyWanted, app: Application, caller: Signed
) -> NewGatewayKey:
    """Make a key for a use case."""
    endpoints = None if given.endpoints is None else tuple(given.endpoints)
    wanted = Wanted(given.name, name, given.stage, given.workload, endpoints, given.days)
    secret, key = app.admitting.keys.new(caller.context, wanted)
    return NewGatewayKey(secret=secret, key=bodies(app, [key])[0])


@router.post("/gateway-keys/{key}/rotate", status_code=201)
def rotate(key: Which, given: GatewayKeyRotation, app: Application, caller: Signed) -> NewGatewayKey:
    """Make a key that may what another may, and let the other one end after a while."""
    grace = timedelta(hours=given.grace_hours)
    secret, made = app.admitting.keys.rotate(caller.context, key, grace, given.days or 0)
    return NewGatewayKey(secret=secret, key=bodies(app, [made])[0])


@router.post("/gateway-keys/{key}/revoke")
def revoke(key: Which, given: Reason, app: Application, caller: Signed) -> GatewayKeyBody:
    """End a key at once; every replica refuses it within a second."""
    return bodies(app, [app.admitting.keys.revoke(caller.context, key, given.reason)])[0]


def bodies(app: App, keys: list[Key]) -> list[GatewayKeyBody]:
    """Keys as the API shows them."""
    who = people.shown(app, {key.created_by for key in keys})
    now = app.runtime.clock.now()
    return [
        GatewayKeyBody(
            id=key.id,
            name=key.name,
            use_case=key.use_case,
            stage=key.stage,
            workload=key.workload,
            endpoints=None if key.endpoints is None else list(key.endpoints),
            follows=key.follows,
            created_at=key.created_at,
            created_by=who[key.created_by],
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            revoked_at=key.revoked_at,
            revoked_reason=key.revoked_reason,
            usable=key.usable(now),
        )
        for key in keys
    ]
