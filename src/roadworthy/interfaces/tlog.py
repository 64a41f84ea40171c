"""The ledger as static files for other people's verifiers (C2SP tlog-tiles), below `/ledger`.

What everybody may read is said by the setting `ledger_public`; the rest takes the permission to read the ledger, with a
session or with a program's token.
"""

from __future__ import annotations

from fastapi import Request
from starlette.responses import PlainTextResponse, Response

from roadworthy.app import App
from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.ledger.outside.publishing import ENTRIES, Published
from roadworthy.interfaces.permitting.gate import admit
from roadworthy.interfaces.permitting.rule import READ_LEDGER
from roadworthy.interfaces.routes import Routes

router = Routes(prefix="/ledger", include_in_schema=False)

BRIEFLY = "no-cache"
FOR_EVER = "max-age=31536000, immutable"
_HASHES = frozenset({"hashes", "entries"})


@router.get("/checkpoint")
def checkpoint(request: Request) -> Response:
    """The published checkpoint with its cosignatures."""
    shared = _let_in(request, entries=False)
    app: App = request.app.state.roadworthy
    return _answer(app.operation.witnessing.publisher.checkpoint(), shared=shared)


@router.get("/tile/{path:path}")
def tile(request: Request, path: str) -> Response:
    """A tile of hashes or a bundle of entries."""
    shared = _let_in(request, entries=path.startswith(ENTRIES))
    app: App = request.app.state.roadworthy
    try:
        return _answer(app.operation.witnessing.publisher.tile(path), shared=shared)
    except NotFound as error:
        return PlainTextResponse(f"{error.message}\n", error.status, headers={"Cache-Control": BRIEFLY})


def _let_in(request: Request, *, entries: bool) -> bool:
    """Whether everybody may read it; else whoever asks is held against the permission."""
    app: App = request.app.state.roadworthy
    public = app.settings.ledger_public
    if public == "entries" or (public in _HASHES and not entries):
        return True
    admit(request, READ_LEDGER, via="api" if "authorization" in request.headers else "web")
    return False


def _answer(found: Published, *, shared: bool) -> Response:
    """With headers by which caches keep what never changes; only the reader's own where it is not for everybody."""
    cached = FOR_EVER if found.lasting else BRIEFLY
    headers = {"Cache-Control": f"{'public' if shared else 'private'}, {cached}"}
    if shared:
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return Response(found.content, media_type=found.media_type, headers=headers)
