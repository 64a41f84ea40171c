"""The gateway's server: an event loop on a thread and a port of its own, beside whatever else a process does."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Final, Protocol, cast

import uvicorn

from roadworthy import __version__
from roadworthy.assembly.acting import Acting
from roadworthy.assembly.gateway import Gateway as Calling
from roadworthy.assembly.later import AnswersLater
from roadworthy.foundation.deployment.service import Processes
from roadworthy.foundation.errors import Place, Refused, Unavailable
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import LongThread, Runtime
from roadworthy.foundation.settings import LOOPBACK, Settings
from roadworthy.interfaces.client import bracketed
from roadworthy.interfaces.gateway import card
from roadworthy.interfaces.gateway.actions import ActionsOverHttp
from roadworthy.interfaces.gateway.app import Gateway, Parts
from roadworthy.interfaces.gateway.later import Fetching
from roadworthy.interfaces.gateway.listening import last_ones
from roadworthy.interfaces.gateway.mcp import Ground as McpGround
from roadworthy.interfaces.gateway.mcp import McpOverHttp
from roadworthy.interfaces.gateway.mcp_calling import Calling as McpCalling
from roadworthy.interfaces.gateway.mcp_calling import Ground as CallingGround
from roadworthy.interfaces.gateway.protocol import ClientConnection

DRAIN_SECONDS: Final = 30
"""How long calls under way may take to end once the process was told to stop."""
_START_SECONDS: Final = 20.0
_LOOK_SECONDS: Final = 0.01
_LOOKED_AT_TICKS: Final = 5
_BACKLOG: Final = 2_048

_log = log("gateway")


class Runs(Protocol):
    """Goes on without clients, for as long as the gateway serves."""

    def start(self) -> None:
        """Begin."""

    def pause(self) -> None:
        """Begin nothing new."""

    async def stop(self, seconds: float) -> None:
        """Begin nothing new, and let what is under way end within some seconds."""


class Served(Protocol):
    """What a gateway stands on: a whole deployment, or `assembly.alone`."""

    @property
    def settings(self) -> Settings:
        """Where it listens."""

    @property
    def runtime(self) -> Runtime:
        """Clock and threads."""

    @property
    def processes(self) -> Processes:
        """What is known of this process."""

    @property
    def gateway(self) -> Calling:
        """Calls and what they go by."""

    @property
    def later(self) -> AnswersLater:
        """Calls that are answered later."""

    @property
    def acting(self) -> Acting:
        """Actions of agents."""


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, runners: Sequence[Runs], stopped: Callable[[], None]) -> None:
        super().__init__(config)
        self._runners = runners
        self._stopped = stopped

    async def on_tick(self, counter: int) -> bool:
        """Every tenth of a second; at every fifth, look at the connections."""
        if counter % _LOOKED_AT_TICKS == 0:
            now = asyncio.get_running_loop().time()
            for each in list(self.server_state.connections):
                cast("ClientConnection", each).look(now)
        return await super().on_tick(counter)

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]  # wider than the base's socket type, which lint keeps out of here
        await super().startup(sockets)  # type: ignore[arg-type]  # see above
        if self.started:
            for each in self._runners:
                each.start()

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]  # wider than the base's socket type, which lint keeps out of here
        await self._last_ones()
        try:
            await asyncio.gather(super().shutdown(sockets), *(each.stop(DRAIN_SECONDS) for each in self._runners))  # type: ignore[arg-type]  # see above
        finally:  # while the loop that the connections belong to still runs
            self._stopped()

    async def _last_ones(self) -> None:
        loop = asyncio.get_running_loop()
        for each in [connection for server in self.servers for connection in last_ones(server)]:
            await loop.connect_accepted_socket(lambda: ClientConnection(self.config, self.server_state, {}, loop), each)


class GatewayServer:
    """Serves from `start` to `close`.

    Args:
        app: the services.
    """

    def __init__(self, app: Served) -> None:
        self._app = app
        self._draining = False
        self._failed = False
        settings = app.settings
        gateway, trusted = app.gateway, _Trusted(settings)
        parts = Parts(
            calls=gateway.calls,
            advising=gateway.advising,
            fetching=Fetching(app.later.calls, app.later.beside, gateway.admitting.admission),
            admission=gateway.admitting.admission,
            most_megabytes=settings.gateway_megabytes,
            ready=gateway.not_ready,
            observed=gateway.observed,
            without_secret=gateway.without_secret,
            draining=lambda: self._draining or app.processes.draining,
            metrics=lambda: gateway.exposition() + app.later.waiting.exposition() + app.acting.metrics.exposition(),
            jwks=gateway.jwks,
            version=__version__,
            trusted=trusted,
            surfaces=(
                ActionsOverHttp(app.acting.actions, app.acting.runs, app.runtime, app.acting.advisory),
                mcp_of(app, trusted),
            ),
        )
        config = uvicorn.Config(
            Gateway(parts),
            host=settings.gateway_host,
            port=settings.gateway_port if settings.port else 0,
            loop="uvloop",
            http=ClientConnection,
            interface="asgi3",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            backlog=_BACKLOG,
        )
        self._runners = (app.later.runner, app.acting.runner, app.acting.processes)
        self._server = _Server(config, self._runners, self._let_go)
        self._thread: LongThread | None = None

    def start(self) -> str:
        """Listen, and take calls.

        Returns:
            The address.

        Raises:
            Refused: others could reach it and nothing ends TLS before it.
            Unavailable: the address cannot be listened on.
        """
        settings = self._app.settings
        refuse_bare_address(settings)
        self._app.gateway.start()
        self._app.later.start()
        self._thread = self._app.runtime.thread("gateway", self._run)
        clock = self._app.runtime.clock
        deadline = clock.monotonic() + _START_SECONDS
        while not self._server.started:
            if self._failed or not self._thread.alive or clock.monotonic() > deadline:
                raise Unavailable(
                    "gateway-address-unavailable",
                    "the gateway's address cannot be listened on",
                    place=Place(source=f"{settings.gateway_host}:{settings.gateway_port}"),
                    remedy="another program uses the port; choose another in `gateway_port`, or 0 for a free one",
                )
            clock.sleep(_LOOK_SECONDS)
        host, port = self._server.servers[0].sockets[0].getsockname()[:2]
        reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - how it is reached from here
        self._app.gateway.address = f"http://{bracketed(reached)}:{port}"
        card.announce(settings.home, self._app.gateway.address)
        return self._app.gateway.address

    def drain(self) -> None:
        """Say that it is not ready, and still answer, so that whoever divides the load goes elsewhere."""
        self._draining = True
        for each in self._runners:
            each.pause()

    def close(self) -> None:
        """Take nothing new, let calls under way end, and stop."""
        self._draining = True
        self._server.should_exit = True
        if self._thread is not None and not self._thread.join(DRAIN_SECONDS + 5):
            _log.error("calls were still under way when the gateway was stopped")
        card.withdraw(self._app.settings.home)

    def _let_go(self) -> None:
        self._app.gateway.fleet.close()
        self._app.acting.systems.close()

    def _run(self) -> None:
        try:
            self._server.run()
        except SystemExit:  # how uvicorn says that it could not listen
            self._failed = True


def mcp_of(app: Served, trusted: Callable[[str], bool]) -> McpOverHttp:
    """Where agents speak the Model Context Protocol."""
    settings, acting, carried = app.settings, app.acting, app.acting.carried
    pages = settings.public_address.rstrip("/") or f"http://{bracketed(settings.host)}:{settings.port}"
    calling = CallingGround(acting.actions, carried.states, app.runtime, carried.spend, carried.withdraw, pages)
    return McpOverHttp(
        McpGround(
            actions=acting.actions,
            calling=McpCalling(calling),
            states=carried.states,
            runtime=app.runtime,
            base=settings.gateway_issuer,
            pages=(pages,),
            issuers=tuple(each.issuer for each in settings.provider),
            trusted=trusted,
        )
    )


def refuse_bare_address(settings: Settings) -> None:
    """Refuse to listen where keys would travel without encryption.

    Raises:
        Refused: the address is not loopback, and nothing is named that ends TLS before it.
    """
    if settings.gateway_host not in LOOPBACK and not settings.trusted_proxies:
        raise Refused(
            "gateway-address-bare",
            f"`{settings.gateway_host}` can be reached from other machines, and nothing is named in `trusted_proxies`",
            remedy="listen on 127.0.0.1, or name what ends TLS before the gateway",
        )


class _Trusted:
    """Whether a connection comes from this machine, or from what ends TLS."""

    def __init__(self, settings: Settings) -> None:
        parts = (each.strip() for each in settings.trusted_proxies.split(","))
        self._networks = tuple(ipaddress.ip_network(each, strict=False) for each in parts if each)
        self._is = lru_cache(maxsize=4_096)(self._look)

    def __call__(self, host: str) -> bool:
        return self._is(host)

    def _look(self, host: str) -> bool:
        try:
            number = ipaddress.ip_address(host)
        except ValueError:
            return False
        return number.is_loopback or any(number in each for each in self._networks)


@contextmanager
def beside(app: Served) -> Iterator[str]:
    """The gateway of a server that has pages too; those come up even where the gateway's port is taken.

    Yields:
        Its address, or nothing where it does not run.
    """
    server = GatewayServer(app)
    try:
        address = server.start()
    except Unavailable as error:
        _log.error("the gateway does not run", code=error.code, error=error.message, place=str(error.place))
        address = ""
    try:
        yield address
    finally:
        server.close()
