"""The ledger: read it, prove an entry, get the signed state, verify, take it away as a file."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Response
from fastapi.responses import FileResponse
from pydantic import Field
from starlette.responses import PlainTextResponse

from roadworthy.app import App
from roadworthy.documents.question.model import Wanted
from roadworthy.foundation.ledger.service import PlacedEntry
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.files import made_for_now
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import Application, Limit, Page, Signed, Wire
from roadworthy.interfaces.routes import Routes

router = Routes(prefix="/ledger", tags=["ledger"])

EntryId = Annotated[str, Path(max_length=100)]
LARGEST_POSITION = 2**63 - 1


class EntryFilter(Wire):
    """Which entries; what is left out does not restrict."""

    resource: str | None = Field(default=None, description="`Kind/name`.")
    what: str | None = Field(default=None, description="Name of the event, such as `use-case.applied`.")
    actor: str | None = Field(default=None, description="Reference of who acted.")
    person: Annotated[str, Field(max_length=320)] | None = Field(
        default=None,
        description="Somebody who acted, for whom, who oversaw it, or whom it is about: address or reference.",
    )
    use_case: Annotated[str, Field(max_length=120)] | None = Field(default=None, description="What it is about.")
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,59}$")] | None = Field(
        default=None, description="What kind of thing happened: the event's name before the dot, such as `decision`."
    )
    since: datetime | None = Field(default=None, description="Not older than this instant.")
    until: datetime | None = Field(default=None, description="Older than this instant.")
    before: Annotated[int, Field(ge=0, le=LARGEST_POSITION)] | None = Field(
        default=None, description="`next` of the page before."
    )
    limit: Limit = 50


class EntryBody(Wire):
    """An entry with its place."""

    position: int
    id: str
    at: datetime
    what: str
    resource: str
    decision: str | None
    actor: PersonBody
    via: str
    entry: dict[str, Any] = Field(description="The whole entry.")
    bytes: str = Field(description="Base64 of the exact bytes that stand in the ledger and are hashed.")


class CheckpointBody(Wire):
    """The signed state of the ledger."""

    origin: str
    size: int
    root: str = Field(description="Base64 of the root hash.")
    at: datetime
    note: str = Field(description="The checkpoint as a signed note (C2SP).")
    vkey: str = Field(description="The key to check it with; compare it with one that you got another way.")


class ConsistencyBody(Wire):
    """The proof that a larger ledger begins with a smaller one (RFC 6962)."""

    old: int
    new: int
    hashes: list[str] = Field(description="Base64.")


class FaultBody(Wire):
    """One thing that does not verify."""

    code: str
    message: str
    index: int | None = Field(description="The first entry that is affected.")


class VerificationBody(Wire):
    """What a verification looked at and found."""

    ok: bool
    mode: str
    size: int
    root: str
    checked: int
    confirmed: int
    checkpoints: int
    signed_by: list[str]
    faults: list[FaultBody]
    waiting: int


class UnfinishedBody(Wire):
    """Something that began and has no end on record."""

    id: str
    position: int
    at: datetime
    what: str
    resource: str


class CompletenessBody(Wire):
    """What can be seen to be missing, which no proof of what is there answers."""

    size: int = Field(description="Entries that were looked at.")
    gaps: list[FaultBody] = Field(description="Numbers of writers that are missing or stand twice.")
    unfinished: list[UnfinishedBody] = Field(description="The oldest first, at most 1,000.")


class Verify(Wire):
    """How thoroughly to verify."""

    mode: Literal["quick", "full", "columns"] = Field(
        default="full", description="`quick` looks at the edges, `full` at every byte, `columns` at the indexes too."
    )


@router.get("/entries")
def entries(asked: Annotated[EntryFilter, Query()], app: Application, _caller: Signed) -> Page[EntryBody]:
    """Entries, the newest first: by what happened, to what, by person, use case, kind and time."""
    wanted = Wanted(
        person=None if asked.person is None else app.questions.person(asked.person),
        use_case=asked.use_case,
        kind=asked.kind,
        what=asked.what,
        resource=asked.resource,
        actor=asked.actor,
        since=asked.since,
        until=asked.until,
    )
    page, _ = app.questions.search(wanted, asked.before, asked.limit)
    return Page(items=_bodies(app, page.entries), next=None if page.older is None else str(page.older))


@router.get("/entries/{entry_id}")
def entry(entry_id: EntryId, app: Application, _caller: Signed) -> EntryBody:
    """One entry."""
    return _bodies(app, [app.ledger.entry(entry_id)])[0]


@router.get(
    "/entries/{entry_id}/proof", response_class=PlainTextResponse, responses={200: {"content": {"text/plain": {}}}}
)
def proof(entry_id: EntryId, app: Application, _caller: Signed) -> Response:
    """The proof that an entry is in the signed ledger, as a C2SP `.tlog-proof` file."""
    return PlainTextResponse(str(app.ledger.prove_inclusion(entry_id)))


@router.get("/consistency")
def consistency(
    app: Application,
    _caller: Signed,
    old: Annotated[int, Query(ge=1, le=LARGEST_POSITION)],
    new: Annotated[int | None, Query(ge=1, le=LARGEST_POSITION)] = None,
) -> ConsistencyBody:
    """The proof that the ledger only grew from `old` entries to `new`, or to all there are."""
    found = app.ledger.prove_consistency(old, new)
    return ConsistencyBody(old=found.old, new=found.new, hashes=[_base64(each) for each in found.hashes])


@router.post("/checkpoint")
def checkpoint(app: Application, _caller: Signed) -> CheckpointBody:
    """The signed state as it is now; signed anew only where the ledger grew."""
    issued = app.ledger.checkpoint()
    return CheckpointBody(
        origin=app.ledger.origin,
        size=issued.size,
        root=_base64(issued.root),
        at=issued.at,
        note=issued.note,
        vkey=app.ledger.vkey,
    )


@router.post("/verify")
def verify(given: Verify, app: Application, _caller: Signed) -> VerificationBody:
    """Verify the ledger against itself, its checkpoints and what the signer remembers; faults are in the answer."""
    found = app.ledger.verify(full=given.mode != "quick", columns=given.mode == "columns")
    return VerificationBody(
        ok=found.ok,
        mode=found.mode,
        size=found.size,
        root=_base64(found.root),
        checked=found.checked,
        confirmed=found.confirmed,
        checkpoints=found.checkpoints,
        signed_by=list(found.signed_by),
        faults=[FaultBody.model_validate(fault) for fault in found.faults],
        waiting=found.waiting,
    )


@router.get("/completeness")
def complete(app: Application, _caller: Signed) -> CompletenessBody:
    """Numbers of writers that are missing, and what began and never ended."""
    found = app.packs.completeness()
    return CompletenessBody(
        size=found.size,
        gaps=[FaultBody.model_validate(each) for each in found.gaps],
        unfinished=[UnfinishedBody.model_validate(each) for each in found.unfinished],
    )


@router.get("/export", response_class=FileResponse, responses={200: {"content": {"application/octet-stream": {}}}})
def export(app: Application, _caller: Signed) -> Response:
    """The whole ledger as one file that can be verified without this server."""
    return made_for_now(app, "ledger.export", app.ledger.export)


def _bodies(app: App, placed: Sequence[PlacedEntry]) -> list[EntryBody]:
    actors = people.shown(app, (each.entry.actor.ref for each in placed))
    return [
        EntryBody(
            position=each.position,
            id=each.entry.id,
            at=each.entry.at,
            what=each.entry.what,
            resource=each.entry.resource,
            decision=each.entry.decision,
            actor=actors[each.entry.actor.ref],
            via=each.entry.actor.via,
            entry=json.loads(each.raw),
            bytes=_base64(each.raw),
        )
        for each in placed
    ]


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
