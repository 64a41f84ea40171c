"""The status: the signed snapshot for whoever has to know, an answer from it, and public keys for who verifies."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Response
from pydantic import Field

from roadworthy.assembly.ground import CHECKPOINTS
from roadworthy.decide.certificate.model import ALL
from roadworthy.decide.certificate.status.compiled import Asked
from roadworthy.decide.certificate.status.files import is_file
from roadworthy.decide.certificate.status.keyring import KeyState
from roadworthy.decide.certificate.status.model import FILE_TYPE, PAYLOAD_TYPE
from roadworthy.decide.certificate.status.verdicts import Why
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.interfaces.api.wire import Application, Done, Knowing, Signed, Wire
from roadworthy.interfaces.routes import Routes

router = Routes(tags=["status"])

Name = Annotated[str, Field(min_length=1, max_length=120)]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Names = Annotated[list[Name], Field(max_length=100)]
Counts = dict[Name, Annotated[int, Field(ge=0, le=10**15)]]


class StatusBody(Wire):
    """The newest snapshot that is believed here, in short; the signed one is at `/status/snapshot`."""

    origin: str
    seq: int
    issued: datetime
    effects_until: datetime = Field(description="When it is too old for anything that has an effect.")
    calls_until: datetime = Field(description="When it is too old for anything.")
    certificates: int
    stops: list[str | None] = Field(
        description="What is stopped: a use case, `agent:NAME` or `action:NAME`; null where everything is."
    )
    revoked: list[str]
    fault: str | None = Field(description="Why the newest one is not believed here, or could not be fetched.")


class AskedBody(Wire):
    """What somebody wants to do. What is not said, and bounded by the certificate, is outside."""

    use_case: Name
    stage: Name
    release: Digest
    effect: bool = Field(default=True, description="Whether anything outside is changed by it.")
    data_classes: Names = Field(default=[])
    population: dict[Name, Name] = Field(default={})
    cohort: Names = Field(default=[])
    agent: Name | None = Field(default=None, description="The declared workload that wants it.")
    action: Name | None = None
    counts: Counts = Field(default={}, description="What each counter would come to, this one included.")
    action_counts: Counts = Field(default={}, description="The same, of this action alone.")
    data: dict[Name, Digest] = Field(default={}, description="Digests of fingerprints by data source.")


class VerdictBody(Wire):
    """Whether it may go on."""

    permits: bool
    why: Why | None = Field(description="Why not.")
    about: str = Field(description="What exactly is outside.")
    serial: str | None
    seq: int = Field(description="Of the snapshot that says so.")


class KeyBody(Wire):
    """The public half of a key."""

    purpose: str
    key_id: str = Field(description="SHA-256 of its DER form, in hexadecimal digits.")
    pem: str
    made: str
    state: KeyState
    vkey: str | None = Field(description="As C2SP signed notes name it, where it signs the ledger.")


class KeysBody(Wire):
    """Every key, by purpose, the oldest first."""

    origin: str = Field(description="Name of the ledger, which stands in every certificate and snapshot.")
    items: list[KeyBody]


class RevocationBody(Wire):
    """Why a key is not to be believed any more."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


@router.get("/status")
def current(app: Application, _caller: Signed) -> StatusBody:
    """What the newest snapshot says, in short."""
    snapshot, _ = app.operation.status.snapshot()
    until = snapshot.issued + snapshot.ages.most
    fault = app.operation.status.health().fault
    return StatusBody(
        origin=snapshot.origin,
        seq=snapshot.seq,
        issued=snapshot.issued,
        effects_until=until,
        calls_until=until + snapshot.ages.grace,
        certificates=len(snapshot.standing.certificates),
        stops=[None if each.scope == ALL else each.scope for each in snapshot.standing.stops],
        revoked=list(snapshot.standing.revoked),
        fault=None if fault is None else fault.code,
    )


@router.get(
    "/status/snapshot",
    response_class=Response,
    responses={
        200: {
            "content": {FILE_TYPE: {}, PAYLOAD_TYPE: {}},
            "description": "The head, which is DSSE and signed with the key for `status`, and the parts that it names.",
        }
    },
)
def snapshot(
    app: Application,
    _caller: Signed,
    use_case: Annotated[
        Name | None, Query(alias="useCase", description="With no more than the part in which this use case is.")
    ] = None,
) -> Response:
    """The newest snapshot exactly as it was signed, for replicas and for verifying away from here."""
    content = app.operation.status.filed(use_case)
    kind = FILE_TYPE if is_file(content) else PAYLOAD_TYPE
    return Response(content, media_type=kind, headers={"Cache-Control": "no-store"})


@router.post("/status/verdict")
def verdict(app: Application, caller: Knowing, body: AskedBody) -> VerdictBody:
    """May a release of a use case do this in a stage, now? Answered from memory; nothing is recorded."""
    caller.check_about(body.use_case)
    asked = Asked(
        effect=body.effect,
        data_classes=frozenset(body.data_classes),
        population=body.population,
        cohort=frozenset(body.cohort),
        agent=body.agent,
        action=body.action,
        counts=body.counts,
        action_counts=body.action_counts,
        data=body.data,
    )
    status = app.operation.status
    status.look()
    return VerdictBody.model_validate(status.verdict(body.use_case, body.stage, body.release, asked))


@router.get("/keys")
def keys(app: Application) -> KeysBody:
    """Public halves of every key that signs here or did, for whoever verifies. Compare them by a second way."""
    origin = app.ledger.origin
    return KeysBody(
        origin=origin,
        items=[
            KeyBody(
                purpose=each.purpose,
                key_id=each.key_id,
                pem=each.pem,
                made=each.made,
                state=each.state,
                vkey=str(VerifierKey(origin, each.raw)) if each.purpose == CHECKPOINTS else None,
            )
            for each in app.operation.keyring.all()
        ],
    )


@router.post("/keys/{key_id}/revoke")
def revoke(
    app: Application, caller: Signed, key_id: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")], body: RevocationBody
) -> Done:
    """Have nothing believed any more that a key for certificates or the status signed; there is no way back."""
    app.operation.keyring.revoke(caller.context, key_id, body.reason)
    return Done()
