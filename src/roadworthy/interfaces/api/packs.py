"""Evidence packs: what somebody without access needs to see for themselves that a record is genuine."""

from __future__ import annotations

import re

from fastapi.responses import FileResponse
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from roadworthy.documents.evidence_pack.model import Asked, PackOf
from roadworthy.interfaces.api.files import made_for_now
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes

router = Routes(prefix="/packs", tags=["packs"])

MEDIA_TYPE = "application/zip"
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
    name = _UNFIT.sub("-", f"{given.of.value}-{given.name}".rstrip("-"))[:100]
    return made_for_now(app, f"{name}.pack.zip", lambda path: app.packs.write(caller.context, asked, path), MEDIA_TYPE)
