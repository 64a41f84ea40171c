"""The gateway's application: which address is which surface, and what stands beside them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, cast
from urllib.parse import unquote

from roadworthy.foundation.errors import NotFound, Refused, RoadworthyError, UsageError
from roadworthy.foundation.logs import log
from roadworthy.foundation.workflow.rules import said_of
from roadworthy.interfaces.gateway.carrying import Request, Response
from roadworthy.interfaces.gateway.heads import head_of
from roadworthy.interfaces.gateway.later import Fetching
from roadworthy.operate.admission.model import Caller, Refusal
from roadworthy.operate.calls import telling
from roadworthy.operate.calls.advising import Advising
from roadworthy.operate.calls.flow import tell
from roadworthy.operate.calls.later.taking import ADDRESS as LATER
from roadworthy.operate.calls.model import Head
from roadworthy.operate.calls.ports import Admits
from roadworthy.operate.calls.service import Calls
from roadworthy.operate.calls.surfaces.bodies import encode, parsed
from roadworthy.operate.calls.surfaces.dialect import Dialect
from roadworthy.operate.calls.surfaces.every import CHAT, EMBEDDINGS, INFER, INVOCATIONS, MESSAGES, RESPONSES

_log = log("gateway")
_MEGABYTE: Final = 1_048_576

_PLAIN: Final[Mapping[str, Dialect]] = {
    "/v1/chat/completions": CHAT,
    "/v1/responses": RESPONSES,
    "/v1/embeddings": EMBEDDINGS,
    "/v1/messages": MESSAGES,
    "/invocations": INVOCATIONS,
    "/openai/v1/chat/completions": CHAT,
    "/openai/v1/responses": RESPONSES,
    "/openai/v1/embeddings": EMBEDDINGS,
}
_DECIDE: Final = "/v1/decide"
_BESIDE_US: Final = frozenset({_DECIDE, "/v1/outcome"})
"""Where other programs ask that make the call themselves."""
_AZURE: Final = re.compile(r"/openai/deployments/([^/]{1,120})/(chat/completions|embeddings)")
_AZURE_SURFACES: Final[Mapping[str, Dialect]] = {"chat/completions": CHAT, "embeddings": EMBEDDINGS}
_INFER: Final = re.compile(r"/v2/models/([^/]{1,120})(?:/versions/([^/]{1,60}))?/infer")
_ENDPOINT: Final = re.compile(r"/endpoints/([^/]{1,120})(/.+)")
"""Before any of the others, and before what their clients ask beside: they have a base address each."""
_OF_CLIENTS: Final = frozenset(
    {"/ping", "/version", "/v1/models", "/openai/v1/models", "/v2", "/v2/health/live", "/v2/health/ready"}
)
"""What clients ask beside their calls; all else is for whoever runs the gateway."""
_MODEL: Final = ("/v1/models/", "/openai/v1/models/", "/v2/models/")


@dataclass(frozen=True, slots=True)
class Found:
    """Where a path leads."""

    dialect: Dialect
    endpoint: str | None = None
    model: str | None = None


def found(path: str) -> Found | None:
    """Where calls at a path go; None where it is none of theirs."""
    dialect = _PLAIN.get(path)
    if dialect is not None:
        return Found(dialect)
    endpoint, rest = named(path)
    if endpoint is not None:
        inner = None if rest.startswith("/endpoints/") else found(rest)
        return None if inner is None else replace(inner, endpoint=endpoint)
    if (azure := _AZURE.fullmatch(path)) is not None:
        return Found(_AZURE_SURFACES[azure[2]], model=unquote(azure[1]))
    if (infer := _INFER.fullmatch(path)) is not None:
        return Found(INFER, model=unquote(infer[1]) + (f"/{unquote(infer[2])}" if infer[2] else ""))
    return None


def named(path: str) -> tuple[str | None, str]:
    """The endpoint that a path names, if it does, and what of the path comes after it."""
    if not path.startswith("/endpoints/") or (prefix := _ENDPOINT.fullmatch(path)) is None:
        return None, path
    return unquote(prefix[1]), prefix[2]


def _understood(request: Request) -> tuple[Found | None, Head]:
    """Where a request leads, and what of its head decides about a call; understood once for all that say the same."""
    said = request.said
    if said.understood is None:
        where = found(said.path)
        here = (None, None) if where is None else (where.endpoint, where.model)
        said.understood = where, head_of(said.headers, endpoint=here[0], model=here[1])
    return cast("tuple[Found | None, Head]", said.understood)


class Surface(Protocol):
    """Answers what is at some addresses, in its own way."""

    def takes(self, path: str) -> bool:
        """Whether an address is one of them."""

    async def answer(self, request: Request, out: Response) -> None:
        """Answer one request, also where the answer is an error."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the application stands on."""

    calls: Calls
    advising: Advising
    fetching: Fetching | None
    admission: Admits
    most_megabytes: int
    ready: Callable[[], str]
    """Why it cannot take calls now; empty where it can."""
    observed: Callable[[], list[dict[str, Any]]]
    """Endpoints that declare observe mode, each with the days that are left of it."""
    without_secret: Callable[[], list[str]]
    """Upstreams that are not asked, because their secret cannot be had."""
    draining: Callable[[], bool]
    metrics: Callable[[], bytes]
    jwks: Callable[[], bytes]
    """Public keys of the tokens that the gateway signs for users."""
    version: str
    trusted: Callable[[str], bool]
    """Whether a client at an address may speak without encryption."""
    surfaces: tuple[Surface, ...] = ()
    """What agents speak."""


class Gateway:
    """The application.

    Args:
        parts: what it stands on.

    Attributes:
        most_bytes: of a body.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.most_bytes = parts.most_megabytes * _MEGABYTE
        self._beside = {
            "/healthz": self._health,
            "/ping": self._health,
            "/readyz": self._readiness,
            "/version": self._version,
            "/metrics": self._metrics,
            "/.well-known/jwks.json": self._jwks,
            "/v1/models": self._models,
            "/openai/v1/models": self._models,
            "/v2": self._about,
            "/v2/health/live": self._health,
            "/v2/health/ready": self._readiness,
        }

    @property
    def draining(self) -> bool:
        """Whether the process is about to stop."""
        return self._parts.draining()

    async def __call__(self, request: Request, out: Response) -> None:
        """Answer one request. Cancelled when its client is gone, it ends what it began upstream."""
        path = request.path
        where, head = _understood(request)
        dialect = where.dialect if where is not None else CHAT
        surface = next((each for each in self._parts.surfaces if each.takes(path)), None) if where is None else None
        try:
            self._enter(request)
            if surface is not None:
                await surface.answer(request, out)
                return
            endpoint, rest = (None, path) if where is not None else named(path)
            if where is None and rest in _BESIDE_US and request.method == "POST":
                await self._advise(request, rest, endpoint, out)
            elif where is None:
                await self._other(request, out)
            elif request.method != "POST":
                raise UsageError("method-not-allowed", "this address takes POST", remedy="use POST")  # noqa: TRY301 - told below like every other error
            else:
                await self._parts.calls.serve(where.dialect, request.body, head, out)
        except RoadworthyError as error:
            await self._tell(out, dialect, error)
        except Exception as error:  # noqa: BLE001 - whatever it was, the client gets an answer and the log the cause
            _log.exception("a request failed in the gateway", path=path[:200], error=said_of(error))
            if not out.status:
                await tell(dialect, telling.faulty(), {}, out)

    def _enter(self, request: Request) -> None:
        """Refuse what came without protection, and what could not be read."""
        client, here = request.ends
        if client != here and not self._parts.trusted(client):
            raise Refused(
                "connection-unprotected",
                "the request came from another machine, and not through a proxy that the settings name",
                remedy="use the address with https; whoever runs this names its proxy in `trusted_proxies`",
            )
        if request.fault is not None:
            raise request.fault

    @staticmethod
    async def _tell(out: Response, dialect: Dialect, error: RoadworthyError) -> None:
        if not out.status:
            await tell(dialect, telling.of_error(error), {}, out)

    async def _advise(self, request: Request, path: str, endpoint: str | None, out: Response) -> None:
        """Answer a program that makes the call itself."""
        document = parsed(request.body)
        advising = self._parts.advising
        ask = advising.decide if path == _DECIDE else advising.outcome
        await out.answer(200, {}, encode(await ask(document, head_of(request.headers, endpoint=endpoint))))

    # ------------------------------------------------------------ beside the calls

    async def _other(self, request: Request, out: Response) -> None:
        headers = request.headers
        endpoint, path = named(request.path)
        bare = path.rstrip("/") or "/"
        beside = self._beside.get(bare) if endpoint is None or bare in _OF_CLIENTS else None
        head = head_of(headers, endpoint=endpoint)
        if beside is not None and request.method in {"GET", "HEAD"}:
            await beside(head, out)
        elif path.startswith(_MODEL) and request.method == "GET":
            await self._model(path, head, out)
        elif path.startswith(LATER) and self._parts.fetching is not None:
            await self._parts.fetching.answer(request.method, path, headers, out)
        else:
            raise NotFound(
                "route-unknown",
                "there is nothing at this address of the gateway",
                remedy="the base address of a client ends in `/v1`; docs/gateway.md lists what there is",
            )

    async def _health(self, _head: Head, out: Response) -> None:
        await out.answer(200, {}, b'{"live":true}')

    async def _readiness(self, _head: Head, out: Response) -> None:
        why = "stopping" if self._parts.draining() else self._parts.ready()
        said: dict[str, Any] = {"ready": not why, **({"why": why} if why else {})}
        more = {"observed": self._parts.observed(), "withoutSecret": self._parts.without_secret()}
        said |= {name: value for name, value in more.items() if value}
        await out.answer(503 if why else 200, {}, encode(said))

    async def _version(self, _head: Head, out: Response) -> None:
        await out.answer(200, {}, self._parts.version.encode(), b"text/plain")

    async def _about(self, _head: Head, out: Response) -> None:
        await out.answer(200, {}, encode({"name": "roadworthy", "version": self._parts.version, "extensions": []}))

    async def _metrics(self, _head: Head, out: Response) -> None:
        await out.answer(200, {}, self._parts.metrics(), b"text/plain; version=0.0.4; charset=utf-8")

    async def _jwks(self, _head: Head, out: Response) -> None:
        await out.answer(200, {}, self._parts.jwks(), b"application/jwk-set+json")

    def _opened(self, head: Head) -> tuple[Caller, tuple[str, ...]] | Refusal:
        """Whoever asks, and the names of the models that are open to it."""
        admission = self._parts.admission
        caller = admission.caller(head.shown, head.endpoint)
        if isinstance(caller, Refusal):
            return caller
        names = admission.models(caller, head.endpoint)
        return names if isinstance(names, Refusal) else (caller, names)

    async def _models(self, head: Head, out: Response) -> None:
        anthropic = head.version is not None
        opened = self._opened(head)
        if isinstance(opened, Refusal):
            await tell(MESSAGES if anthropic else CHAT, telling.of_refusal(opened), {}, out)
            return
        caller, names = opened
        listed = [_anthropic_model(name) if anthropic else _openai_model(name, caller) for name in names]
        said: dict[str, Any] = {"object": "list", "data": listed}
        if anthropic:
            ends = {"first_id": names[0] if names else None, "last_id": names[-1] if names else None}
            said = {"data": listed, "has_more": False, **ends}
        await out.answer(200, {}, encode(said))

    async def _model(self, path: str, head: Head, out: Response) -> None:
        is_infer = path.startswith("/v2/")
        anthropic = head.version is not None
        opened = self._opened(head)
        if isinstance(opened, Refusal):
            await tell(INFER if is_infer else MESSAGES if anthropic else CHAT, telling.of_refusal(opened), {}, out)
            return
        caller, names = opened
        name = unquote(path.partition("/models/")[2])
        asks_ready = is_infer and name.endswith("/ready")
        name = name.removesuffix("/ready") if is_infer else name
        if name not in names:
            raise NotFound(
                "call-model-unknown",
                "no such model is open to this key",
                remedy="`GET /v1/models` lists those that are",
            )
        if asks_ready:
            await out.answer(200, {}, encode({"name": name, "ready": True}))
        elif is_infer:
            await out.answer(200, {}, encode({"name": name, "platform": "roadworthy", "inputs": [], "outputs": []}))
        else:
            await out.answer(200, {}, encode(_anthropic_model(name) if anthropic else _openai_model(name, caller)))


def _openai_model(name: str, caller: Caller) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": caller.use_case}


def _anthropic_model(name: str) -> dict[str, Any]:
    return {"type": "model", "id": name, "display_name": name, "created_at": "1970-01-01T00:00:00Z"}
