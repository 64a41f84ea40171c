"""Fingerprints that travel between houses, and the data contracts that the pilot was built on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from roadworthy.foundation.errors import TooLarge
from roadworthy.interfaces.api.wire import Application, Signed, Wire, may
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Caller
from roadworthy.measure.data_audit.contract.shape import Side
from roadworthy.measure.data_audit.model import Verdict
from roadworthy.measure.fingerprint.terms import Privacy, Values

router = Routes(tags=["fingerprints"])

LARGEST = 64 * 1024 * 1024
"""Bytes of a fingerprint or a contract that is handed in; they have a few hundred thousand."""

UseCaseName = Annotated[str, Path(max_length=200)]
Source = Annotated[str, Query(max_length=1_000, description="Name of the data source.")]
Handing = Annotated[Caller, Depends(may("evidence:submit", anywhere=True))]


class Released(Wire):
    """Which fingerprint leaves, and what of it."""

    source: Annotated[str, Field(max_length=1_000)]
    side: Side
    values: Values = Field(default=Values.COMMON, description="How much of the values goes along.")
    floor: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=10, description="Fewest rows that must share a value for it to go along."
    )
    secret: Annotated[str, Field(min_length=16, max_length=1_000)] | None = Field(
        default=None, description="What both houses share, for `hashed`; it is kept nowhere."
    )


class TakenBody(Wire):
    """A fingerprint that was handed in."""

    digest: str
    location: str = Field(description="What a data source names it by, as `pilot` or `production`.")
    name: str
    rows: int
    columns: int
    measured_at: datetime
    values: Values


class FingerprintKeyBody(Wire):
    """With which key fingerprints are signed here."""

    public_key: str = Field(description="PEM, for whoever takes them.")


class DemandBody(Wire):
    """A demand of a contract, and what is there."""

    rule: str
    verdict: Verdict
    column: str | None
    finding: str


class FingerprintCheckedBody(Wire):
    """A source held against a contract."""

    demands: list[DemandBody]
    unchecked: int = Field(description="Rules of the contract that are text, SQL or a vendor's own.")
    notes: list[str]


@router.post("/use-cases/{name}/fingerprint", response_class=Response)
def release(name: UseCaseName, given: Released, app: Application, _caller: Signed) -> Response:
    """The latest fingerprint of one side as a signed file, with no more in it than is let out."""
    digest = app.audits.measured(name, given.source, given.side)
    privacy = Privacy(given.values, given.floor)
    secret = None if given.secret is None else given.secret.encode()
    content = app.audits.travelling.released(digest, privacy, secret)
    return Response(content, media_type="application/json")


@router.post("/fingerprints", status_code=201)
async def take(request: Request, app: Application, caller: Handing) -> TakenBody:
    """Keep a fingerprint that was measured elsewhere; the body is the signed file."""
    content = await _body(request)
    digest, found = await run_in_threadpool(app.audits.travelling.take, caller.context, content)
    return TakenBody(
        digest=digest,
        location=f"fingerprint:{digest}",
        name=found.name,
        rows=found.rows,
        columns=len(found.columns),
        measured_at=found.measured_at,
        values=found.privacy.values,
    )


@router.get("/fingerprints/key")
def key(app: Application, _caller: Signed) -> FingerprintKeyBody:
    """The key with which fingerprints are signed here."""
    return FingerprintKeyBody(public_key=app.audits.travelling.public_key())


@router.get("/use-cases/{name}/contract", response_class=Response)
def contract(name: UseCaseName, source: Source, app: Application, _caller: Signed) -> Response:
    """The data contract that the pilot was built on, inferred from its fingerprint, as an ODCS 3.1 file."""
    return Response(app.audits.contracts.inferred(name, source), media_type="application/yaml")


@router.post("/use-cases/{name}/contract/check")
async def check(
    request: Request,
    name: UseCaseName,
    source: Source,
    app: Application,
    _caller: Handing,
    side: Annotated[Side, Query(description="Which side is held against it.")] = Side.PRODUCTION,
) -> FingerprintCheckedBody:
    """Hold the latest fingerprint of one side against a contract; the body is the contract's file."""
    content = await _body(request)
    found, demands = await run_in_threadpool(app.audits.contracts.checked, name, source, side, content)
    return FingerprintCheckedBody(
        demands=[DemandBody.model_validate(each) for each in demands],
        unchecked=found.unchecked,
        notes=list(found.notes),
    )


async def _body(request: Request) -> bytes:
    """The body, up to `LARGEST`.

    Raises:
        TooLarge: it is over that.
    """
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > LARGEST:
            raise TooLarge(
                "request-too-large",
                f"the request has more than {LARGEST:,} bytes",
                remedy="a fingerprint or a contract is far smaller; check that this is one",
            )
    return bytes(content)
