"""Evidence packs: what somebody without access needs to see for themselves that a record is genuine."""

from __future__ import annotations

import re

from fastapi.responses import FileResponse
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from roadworthy.documents.evidence_pack.model import Asked, PackOf
from roadworthy.foundation.ledger.pack.reading import VERIFIER
from roadworthy.interfaces.api.files import made_for_now
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes

router = Routes(prefix="/packs", tags=["packs"])

MEDIA_TYPE = "application/zip"
VERIFIER_TYPE = "text/x-python"
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


class PackAsked(Wire):
    """What a pack is wanted for."""

    of: PackOf = Field(description="What it is about.")
    name: str = Field(
        default="",
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="Id of a decision, serial of a certificate, name of a use case; nothing for a period.",
    )
    since: AwareDatetime | None = Field(default=None, description="Of a period: not older than this instant.")
    until: AwareDatetime | None = Field(default=None, description="Of a period: older than this instant.")
    texts: bool = Field(
        default=True, description="Whether the texts that entries commit to, and people's names, are put in."
    )


@router.post("", response_class=FileResponse, responses={200: {"content": {MEDIA_TYPE: {}}}})
def pack(given: PackAsked, app: Application, caller: Signed) -> Response:
    """A pack of a decision, a certificate, a use case or a period, made now; that it was made is recorded."""
    asked = Asked(given.of, given.name, given.since, given.until, given.texts)
    return made_for_now(app, file_name(asked), lambda path: app.packs.write(caller.context, asked, path), MEDIA_TYPE)


@router.get("/verifier", response_class=Response, responses={200: {"content": {VERIFIER_TYPE: {}}}})
def pack_verifier(_caller: Signed) -> Response:
    """The verifier as one file that needs nothing but Python, to be given to whoever gets packs."""
    return Response(VERIFIER.read_bytes(), media_type=VERIFIER_TYPE)


def file_name(asked: Asked) -> str:
    """What a pack is called where it is saved."""
    name = _UNFIT.sub("-", f"{asked.of.value}-{asked.name}".rstrip("-"))[:100]
    return f"{name}.pack.zip"
