"""A witness as a server: one address that takes checkpoints (C2SP tlog-witness), and one that says who it is.

It needs no database, no home and no login: what lets a checkpoint in is the signature of a ledger that it knows.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from roadworthy.foundation.errors import (
    Conflict,
    IntegrityBroken,
    InvalidInput,
    NotFound,
    Place,
    Refused,
    RoadworthyError,
    TooLarge,
    Unavailable,
)
from roadworthy.foundation.ledger.notes import LARGEST_NOTE, VerifierKey
from roadworthy.foundation.ledger.outside.asking import SIZE_TYPE, AddCheckpoint
from roadworthy.foundation.ledger.outside.misbehaviour import Misbehaviour
from roadworthy.foundation.ledger.outside.witness import OtherSize, Witness, replace_durably
from roadworthy.foundation.logs import log
from roadworthy.interfaces.client import bracketed
from roadworthy.interfaces.signals import stopped_by_signals

SLOWEST_BODY_SECONDS = 20.0
DRAIN_SECONDS = 5
_STATUS: tuple[tuple[type[RoadworthyError], HTTPStatus], ...] = (
    (TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (InvalidInput, HTTPStatus.BAD_REQUEST),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Refused, HTTPStatus.FORBIDDEN),
    (Conflict, HTTPStatus.CONFLICT),
    (IntegrityBroken, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)
_log = log("witness")


def application(witness: Witness) -> Starlette:
    """What answers."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            asked = AddCheckpoint.parse(await _body(request))
            line = await run_in_threadpool(witness.add_checkpoint, asked)
        except RoadworthyError as error:
            _log.info("not cosigned", code=error.code, message=error.message)
            return _answer(error)
        return PlainTextResponse(line)

    async def about(_request: Request) -> Response:
        return PlainTextResponse(f"{witness.public}\n")

    async def checkpoint(request: Request) -> Response:
        seen = witness.seen().get(request.query_params.get("origin", ""))
        if seen is None:
            return PlainTextResponse("no checkpoint of this origin was cosigned here\n", HTTPStatus.NOT_FOUND)
        return PlainTextResponse(seen.note, headers={"Cache-Control": "no-cache"})

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/key", about),
            Route("/checkpoint", checkpoint),
        ]
    )


def _answer(error: RoadworthyError) -> Response:
    if isinstance(error, OtherSize):
        return Response(f"{error.known}\n", HTTPStatus.CONFLICT, media_type=SIZE_TYPE)
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
    return PlainTextResponse(f"{error.message} [{error.code}]\n", status)


async def _body(request: Request) -> bytes:
    content = b""
    try:
        async with asyncio.timeout(SLOWEST_BODY_SECONDS):
            async for part in request.stream():
                content += part
                if len(content) > LARGEST_NOTE:
                    raise TooLarge(
                        "witness-request-too-large",
                        f"a request has at most {LARGEST_NOTE} bytes",
                        remedy="send what c2sp.org/tlog-witness describes",
                    )
    except TimeoutError as error:
        raise InvalidInput(
            "witness-request-too-slow",
            f"the request did not arrive within {SLOWEST_BODY_SECONDS:.0f} seconds",
            remedy="send it again",
        ) from error
    return content


def keep_proofs(folder: Path) -> Callable[[str, Misbehaviour], None]:
    """Keeps each proof of misbehaviour as a file in a folder that is made when it is needed."""

    def told(origin: str, proof: Misbehaviour) -> None:
        name = hashlib.sha256(str(proof).encode()).hexdigest()[:16]
        path = folder / f"{name}.misbehaviour.json"
        _log.error("a ledger signed two histories", origin=origin, proof=str(path))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                replace_durably(path, str(proof))
        except OSError as error:
            _log.error("the proof cannot be kept", error=str(error.strerror))

    return told


def refuse_own_key(witness: Witness, logs: list[VerifierKey]) -> None:
    """Refuse to take the witness's own key for that of a ledger: it would believe its own cosignatures.

    Raises:
        InvalidInput: it is among them.
    """
    if any(each.public == witness.public.public for each in logs):
        raise InvalidInput(
            "witness-key-of-log",
            "the witness's own key stands among those of the ledgers",
            remedy="give each its own key",
        )


class _Server(uvicorn.Server):
    """Says its address as soon as it listens."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[str], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]  # wider than the base's socket type, which lint keeps out of here
        await super().startup(sockets)  # type: ignore[arg-type]  # see above
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._announce(f"http://{bracketed(host)}:{port}")


def serve(witness: Witness, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        Unavailable: the address cannot be listened on.
    """
    config = uvicorn.Config(
        application(witness),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    try:
        with stopped_by_signals():
            _Server(config, announce).run()
    except SystemExit as stopped:  # how uvicorn says that it could not listen
        raise Unavailable(
            "address-unavailable",
            "the address cannot be listened on",
            place=Place(source=f"{host}:{port}"),
            remedy="another program uses the port; choose another with `--listen`, or port 0 for a free one",
        ) from stopped
