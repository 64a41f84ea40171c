"""The ledger towards the outside: how it stands with witnesses, what verifiers begin with, tiles, comparing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Response
from pydantic import Field
from starlette.responses import PlainTextResponse

from roadworthy.foundation.witnessing.comparing import compare
from roadworthy.foundation.witnessing.model import WitnessType
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes

router = Routes(prefix="/ledger/outside", tags=["ledger"])


class SigningBody(Wire):
    """How far the ledger is signed."""

    size: int
    signed: int
    behind: int = Field(description="Entries that no checkpoint covers.")
    unsigned_since: datetime | None
    late: bool = Field(description="Whether that is longer ago than the policy bears.")
    fault: str
    remedy: str


class WitnessBody(Wire):
    """How it stands with one witness."""

    name: str
    type: WitnessType
    address: str
    size: int = Field(description="Entries that the newest checkpoint covers that it has; 0 for none.")
    at: datetime | None
    reference: str
    failing_since: datetime | None
    code: str
    message: str
    remedy: str
    broken: bool = Field(description="Whether it holds something against the ledger.")


class OutsideBody(Wire):
    """How it stands with the ledger towards the outside."""

    signing: SigningBody
    witnesses: list[WitnessBody]
    needed: int = Field(description="How many cosigners must have seen a checkpoint; 0 where none is declared.")
    witnessed: int = Field(description="Up to how many entries enough cosigners have seen it.")
    unwitnessed_since: datetime | None
    late: bool


class AskWitnesses(Wire):
    """Which witnesses are asked now."""

    witnesses: list[Annotated[str, Field(max_length=100)]] = Field(
        default=[], max_length=100, description="Names; all of them where none is given."
    )


class KeptCheckpoint(Wire):
    """A checkpoint that somebody kept."""

    note: str = Field(max_length=100_000)


class ComparedBody(Wire):
    """What came of comparing the ledger with a checkpoint that somebody kept."""

    continues: bool = Field(description="Whether the ledger of today begins with what the checkpoint covers.")
    message: str
    kept: int
    size: int
    misbehaviour: str | None = Field(description="A file that proves that two histories were signed, where it can.")


@router.get("")
def outside(app: Application, _caller: Signed) -> OutsideBody:
    """How far the ledger is signed, and who has seen it."""
    return OutsideBody.model_validate(app.operation.witnessing.state())


@router.post("/now")
def ask_now(given: AskWitnesses, app: Application, _caller: Signed) -> OutsideBody:
    """Sign what is not signed yet, and give it to witnesses at once. That one of them fails is in the answer."""
    return OutsideBody.model_validate(app.operation.witnessing.now(given.witnesses))


@router.get("/policy", response_class=PlainTextResponse, responses={200: {"content": {"text/plain": {}}}})
def policy(app: Application, _caller: Signed) -> Response:
    """What a verifier can begin with: the ledger's key, its witnesses and how many of them count (C2SP tlog-policy)."""
    return PlainTextResponse(str(app.operation.witnessing.policy()))


@router.post("/compare")
def compare_kept(given: KeptCheckpoint, app: Application, _caller: Signed) -> ComparedBody:
    """Whether the ledger of today continues a checkpoint that somebody kept."""
    return ComparedBody.model_validate(compare(app.store, app.ledger, given.note))


@router.get("/checkpoint", response_class=PlainTextResponse, responses={200: {"content": {"text/plain": {}}}})
def published(app: Application, _caller: Signed) -> Response:
    """The checkpoint that is published, with its cosignatures."""
    return Response(app.operation.witnessing.publisher.checkpoint().content, media_type="text/plain; charset=utf-8")


@router.get(
    "/tile/{path:path}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def tile(
    path: Annotated[str, Path(max_length=100, description="As C2SP tlog-tiles writes it, such as `0/000.p/5`.")],
    app: Application,
    _caller: Signed,
) -> Response:
    """A tile of hashes, or a bundle of entries."""
    return Response(app.operation.witnessing.publisher.tile(path).content, media_type="application/octet-stream")
