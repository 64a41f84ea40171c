"""Files that belong to evidence, by the digest of their content."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from roadworthy.interfaces import files
from roadworthy.interfaces.api.evidence import AttachmentBody, Reason
from roadworthy.interfaces.api.wire import Application, Signed, may
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Caller

router = Routes(tags=["attachments"], prefix="/attachments")

Digest = Annotated[str, Path(max_length=100, description="`sha256:` and 64 hexadecimal digits.")]
Attaching = Annotated[Caller, Depends(may("evidence:submit", anywhere=True))]
_OCTETS = "application/octet-stream"


@router.post("", status_code=201, openapi_extra={"requestBody": {"required": True, "content": {_OCTETS: {}}}})
async def keep(
    request: Request,
    app: Application,
    caller: Attaching,
    name: Annotated[str, Query(min_length=1, max_length=400, description="What the file is called.")],
) -> AttachmentBody:
    """Keep a file; the body is its content. The same content is kept once, so sending it again does no harm."""
    with files.spool() as file:
        await files.receive(request.stream(), file)
        kept = await run_in_threadpool(app.attachments.keep, caller.context, name, files.pieces(file))
    return AttachmentBody.model_validate(kept)


@router.get("/{digest}")
def show(digest: Digest, app: Application, _caller: Signed) -> AttachmentBody:
    """What is known about a file."""
    return AttachmentBody.model_validate(app.attachments.find(digest))


@router.get("/{digest}/content", response_class=StreamingResponse, responses={200: {"content": {_OCTETS: {}}}})
def content(digest: Digest, app: Application, _caller: Signed) -> StreamingResponse:
    """The file, to be saved."""
    return files.download(app, digest)


@router.post("/{digest}/erase")
def erase(digest: Digest, given: Reason, app: Application, caller: Signed) -> AttachmentBody:
    """Destroy the content; digest, size and type stay, and the ledger still verifies."""
    return AttachmentBody.model_validate(app.attachments.erase(caller.context, digest, given.reason))
