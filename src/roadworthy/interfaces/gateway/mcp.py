"""Where agents speak the Model Context Protocol to the gateway: `/mcp`, and `/mcp/SYSTEM` for what one system offers.

Nothing is kept between two requests: what a client has to bring again is sealed and given to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.interfaces.gateway.carrying import Request, Response
from roadworthy.interfaces.gateway.heads import head_of
from roadworthy.interfaces.gateway.mcp_calling import Calling, Turn, Unknown, principal_of
from roadworthy.operate.actions.deciding.asking import Asks
from roadworthy.operate.actions.service import Actions
from roadworthy.operate.actions.surfaces.mcp import asked as reading
from roadworthy.operate.actions.surfaces.mcp import told as telling
from roadworthy.operate.actions.surfaces.mcp.asked import GREETS, Asked, Unfit
from roadworthy.operate.actions.surfaces.mcp.states import BrokenStateError, Session, States
from roadworthy.operate.actions.systems.speech import METHOD_UNKNOWN, REQUEST_UNFIT
from roadworthy.operate.admission.model import Caller, Refusal

PATH: Final = "/mcp"
WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"
_PLACE: Final = re.compile(r"/mcp(?:/([^/]{1,120}))?/?")
_JSON: Final = "application/json"
_OLD: Final = frozenset({GREETS, "ping"})
_NEW: Final = frozenset({"server/discover", "tasks/get", "tasks/update", "tasks/cancel"})
"""Methods that only one of the two ways of speaking has."""
_UNKNOWN_CALLER, _NOT_FOUND, _NOT_ALLOWED, _ACCEPTED, _FORBIDDEN = 401, 404, 405, 202, 403
_NOT_ACCEPTABLE, _MEDIA = 406, 415
_log = log("gateway")


@dataclass(frozen=True, slots=True)
class Ground:
    """What the surface stands on."""

    actions: Actions
    calling: Calling
    states: States
    runtime: Runtime
    base: str
    """Address of the gateway as clients know it; empty where it is what they ask for."""
    pages: tuple[str, ...]
    """Addresses of pages that may ask, beside those of this machine."""
    issuers: tuple[str, ...]
    """Who makes access tokens that are taken here."""
    trusted: Callable[[str], bool]
    """Whether what a client says of the connection before it is believed."""


@dataclass(slots=True)
class _Answer:
    """What is said to a request."""

    status: int
    body: Mapping[str, Any] | None
    headers: dict[str, str] = field(default_factory=dict)


class McpOverHttp:
    """Answers what clients of the Model Context Protocol ask.

    Args:
        ground: what it stands on.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._methods = {
            "server/discover": self._about,
            GREETS: self._about,
            "ping": _pong,
            "tools/list": self._tools,
            "tools/call": ground.calling.call,
            "tasks/get": ground.calling.task,
            "tasks/update": ground.calling.updated,
            "tasks/cancel": ground.calling.cancelled,
            **dict.fromkeys(("resources/list", "resources/templates/list", "prompts/list"), ground.calling.listed),
            **dict.fromkeys(("resources/read", "prompts/get"), ground.calling.fetched),
        }

    def takes(self, path: str) -> bool:
        """Whether an address is one of these."""
        return path == PATH or path.startswith((f"{PATH}/", WELL_KNOWN))

    async def answer(self, request: Request, out: Response) -> None:
        """Answer one request."""
        if request.path.startswith(WELL_KNOWN):
            said = self._metadata(request)
        elif (place := _PLACE.fullmatch(request.path)) is None:
            said = _Answer(_NOT_FOUND, _error(REQUEST_UNFIT, "there is nothing here; `/mcp` or `/mcp/SYSTEM` is it"))
        elif (no := self._unfit(request)) is not None:
            said = no
        else:
            said = await self._served(request, unquote(place[1]) if place[1] else "")
        await out.answer(said.status, said.headers, b"" if said.body is None else telling.encode(said.body))

    def _unfit(self, request: Request) -> _Answer | None:
        """Why a request is refused by its head alone."""
        headers, allowed = request.headers, frozenset(each.lower() for each in self._ground.pages)
        if (origin := headers.get("origin")) is not None and not reading.is_local_or(origin, allowed):
            return _Answer(_FORBIDDEN, _error(REQUEST_UNFIT, "pages of this origin may not ask here"))
        if request.method != "POST":
            return _Answer(
                _NOT_ALLOWED, _error(REQUEST_UNFIT, "this address takes POST; nothing is streamed"), {"Allow": "POST"}
            )
        if headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
            return _Answer(_MEDIA, _error(REQUEST_UNFIT, "the body is `application/json`"))
        accepted = headers.get("accept", _JSON).lower()
        if not any(each in accepted for each in (_JSON, "application/*", "*/*")):
            return _Answer(_NOT_ACCEPTABLE, _error(REQUEST_UNFIT, "answers are `application/json`"))
        return None

    async def _served(self, request: Request, system: str) -> _Answer:
        try:
            message = reading.asked(request.body, request.headers)
            if message.id is None:
                return _Answer(_ACCEPTED, None)
            return await self._asked(message, request, system)
        except Unfit as unfit:
            return _Answer(unfit.status, telling.error_of(unfit))
        except InvalidInput as error:
            return _Answer(error.status, _error(REQUEST_UNFIT, error.message))
        except Unknown as unknown:
            return self._refused(request, unknown.refusal)

    async def _asked(self, message: Asked, request: Request, system: str) -> _Answer:
        method = self._methods.get(message.method)
        if method is None or message.method in (_OLD if message.is_modern else _NEW):
            status = _NOT_FOUND if message.is_modern else 200
            raise Unfit(METHOD_UNKNOWN, f"`{message.method[:60]}` is not done here", status=status, id_=message.id)
        asks = await self._caller(request.headers)
        caller = asks.caller
        session, gone = self._session(message, request.headers, caller)
        if gone:
            return _Answer(_NOT_FOUND, _error(REQUEST_UNFIT, "this session is over; begin a new one", message.id))
        result = await method(Turn(message, request.headers, caller, system, session, asks.user_token))
        headers = {}
        if message.method == GREETS:
            client = reading.client_of(message.params.get("clientInfo")) or ""
            headers["Mcp-Session-Id"] = self._ground.states.session(client, principal_of(caller))
        return _Answer(200, telling.answer(message, result), headers)

    async def _caller(self, headers: Mapping[str, str]) -> Asks:
        """Who asks.

        Raises:
            Unknown: nobody who is known.
        """
        head = head_of(headers)
        found = await self._ground.actions.asks(head.shown, head.user_token, self._ground.runtime.clock.now())
        if isinstance(found, Refusal):
            raise Unknown(found)
        return found

    def _session(self, message: Asked, headers: Mapping[str, str], caller: Caller) -> tuple[Session | None, bool]:
        """What an older client said when it was greeted, and whether that is over."""
        shown = headers.get("mcp-session-id")
        if message.is_modern or message.method == GREETS or not shown:
            return None, False
        try:
            return self._ground.states.read_session(shown, principal_of(caller)), False
        except BrokenStateError as error:
            _log.info("a session of a client is not taken", why=str(error))
            return None, True

    # ------------------------------------------------------------ what there is

    async def _about(self, turn: Turn) -> Mapping[str, Any]:
        calling = self._ground.calling
        return telling.about(
            turn.message,
            calling.offered(turn),
            resources=bool(calling.beside(turn, "resources/read")),
            prompts=bool(calling.beside(turn, "prompts/get")),
        )

    async def _tools(self, turn: Turn) -> Mapping[str, Any]:
        after = turn.message.text("cursor") if "cursor" in turn.message.params else ""
        return telling.tools(turn.message, self._ground.calling.offered(turn), after)

    # ------------------------------------------------------------ who may ask

    def _refused(self, request: Request, refusal: Refusal) -> _Answer:
        """Nobody who is known asks; where tokens are to be had, a client finds there (RFC 9728)."""
        data = {"code": refusal.code, "rule": refusal.rule, "remedy": refusal.remedy, "who": refusal.who}
        said = _Answer(refusal.status, _error(REQUEST_UNFIT, refusal.message, None, data))
        if refusal.status == _UNKNOWN_CALLER:
            where = f'Bearer resource_metadata="{self._base(request)}{WELL_KNOWN}{request.path.rstrip("/")}"'
            shown = head_of(request.headers).shown
            said.headers["WWW-Authenticate"] = f'{where}, error="invalid_token"' if shown else where
        if refusal.retry_after is not None:
            said.headers["Retry-After"] = str(refusal.retry_after)
        return said

    def _metadata(self, request: Request) -> _Answer:
        place = request.path.removeprefix(WELL_KNOWN).rstrip("/") or PATH
        if request.method not in {"GET", "HEAD"}:
            return _Answer(_NOT_ALLOWED, _error(REQUEST_UNFIT, "this address takes GET"), {"Allow": "GET"})
        if _PLACE.fullmatch(place) is None or not place.isprintable():
            return _Answer(_NOT_FOUND, _error(REQUEST_UNFIT, "there is no such resource"))
        return _Answer(200, telling.metadata(f"{self._base(request)}{place}", self._ground.issuers))

    def _base(self, request: Request) -> str:
        """The gateway's address as the client knows it."""
        if self._ground.base:
            return self._ground.base.rstrip("/")
        forwarded = request.headers.get("x-forwarded-proto", "") if self._ground.trusted(request.ends[0]) else ""
        host = request.headers.get("host", "")
        return f"{'https' if forwarded == 'https' else 'http'}://{host if _HOST.fullmatch(host) else 'localhost'}"


_HOST: Final = re.compile(r"[A-Za-z0-9.\-]{1,253}(:\d{1,5})?|\[[0-9a-fA-F:.]{2,45}\](:\d{1,5})?")


async def _pong(_turn: Turn) -> Mapping[str, Any]:
    return {}


def _error(code: int, message: str, id_: object = None, data: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    return telling.error_of(Unfit(code, message, id_=id_, data=data))
