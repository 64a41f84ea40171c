"""Collectors, and the door through which what they sign comes in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from roadworthy.app import App
from roadworthy.evidence.envelopes import LARGEST, opened
from roadworthy.evidence.model import Collector, Item
from roadworthy.foundation.errors import RoadworthyError, TooLarge
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.evidence import DSSE_TYPE, EvidenceBody, Reason, bodies
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.brake import Brake
from roadworthy.interfaces.routes import Routes

router = Routes(tags=["collectors"])

_SERVER_FAULT = 500

CollectorName = Annotated[str, Path(max_length=120)]
Pem = Annotated[str, Field(min_length=1, max_length=10_000, description="Ed25519 or ECDSA P-256 public key as PEM.")]


class CollectorBody(Wire):
    """A program that measures, by one of its keys."""

    name: str
    key_id: str
    public_key: str
    kinds: list[str]
    owner: str
    registered_at: datetime
    registered_by: PersonBody
    last_seen_at: datetime | None
    revoked_at: datetime | None
    revoked_reason: str | None


class CollectorWanted(Wire):
    """A collector to register."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    public_key: Pem
    kinds: Annotated[list[Annotated[str, Field(max_length=60)]], Field(min_length=1, max_length=200)]
    owner: Annotated[str, Field(min_length=1, max_length=320, description="Who answers for it.")]


class NewKey(Wire):
    """The key that a collector signs with from now on."""

    public_key: Pem


@router.get("/collectors")
def listed(app: Application, _caller: Signed) -> list[CollectorBody]:
    """Every collector with every key it ever had; revoked ones say so."""
    return _bodies(app, app.collectors.all())


@router.post("/collectors", status_code=201)
def register(given: CollectorWanted, app: Application, caller: Signed) -> CollectorBody:
    """Believe what a program signs, for certain kinds."""
    made = app.collectors.register(
        caller.context, given.name, given.public_key, kinds=tuple(given.kinds), owner=given.owner
    )
    return _bodies(app, [made])[0]


@router.post("/collectors/{name}/rotate")
def rotate(name: CollectorName, given: NewKey, app: Application, caller: Signed) -> CollectorBody:
    """Take another key from now on; what the old one signed stays valid until it runs out."""
    return _bodies(app, [app.collectors.rotate(caller.context, name, given.public_key)])[0]


@router.post("/collectors/{name}/revoke")
def revoke(name: CollectorName, given: Reason, app: Application, caller: Signed) -> CollectorBody:
    """Take nothing from it any more."""
    return _bodies(app, [app.collectors.revoke(caller.context, name, given.reason)])[0]


@router.post(
    "/evidence/envelopes",
    status_code=201,
    openapi_extra={"requestBody": {"required": True, "content": {DSSE_TYPE: {}, "application/json": {}}}},
)
async def receive(request: Request, app: Application) -> EvidenceBody:
    """Take what a collector signed. No session is asked for: the signature says who sent it."""
    brake: Brake = request.app.state.brake
    address = request.client.host if request.client else "unknown"
    brake.check(address)
    try:
        envelope = await _body(request)
        item = await run_in_threadpool(_receive, app, envelope)
    except RoadworthyError as error:
        if error.status < _SERVER_FAULT:
            brake.refused(address)
        raise
    return (await run_in_threadpool(bodies, app, [item]))[0]


def _receive(app: App, envelope: bytes) -> Item:
    """Take it in. What it records was done by the collector whose signature was found good.

    The name is read before that, so it counts only where a single signature leaves no doubt whose it will be.
    """
    signatures = opened(envelope).signatures
    names = {each.key_id: each.name for each in app.collectors.all()}
    only = names.get(signatures[0].key_id) if len(signatures) == 1 else None
    actor = Actor(ActorKind.WORKLOAD, only or "collector", "api", "collector-key")
    return app.evidence.receive(Context(actor), envelope)


async def _body(request: Request) -> bytes:
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > LARGEST:
            raise TooLarge(
                "envelope-too-large",
                f"the envelope is over {LARGEST:,} bytes",
                remedy="put figures into `result`, and attach reports as files",
            )
    return bytes(content)


def _bodies(app: App, found: list[Collector]) -> list[CollectorBody]:
    who = people.shown(app, {each.registered_by for each in found})
    return [
        CollectorBody(
            name=each.name,
            key_id=each.key_id,
            public_key=each.public_key,
            kinds=list(each.kinds),
            owner=each.owner,
            registered_at=each.registered_at,
            registered_by=who[each.registered_by],
            last_seen_at=each.last_seen_at,
            revoked_at=each.revoked_at,
            revoked_reason=each.revoked_reason,
        )
        for each in found
    ]
