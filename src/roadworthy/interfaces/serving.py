"""The server process: one owner of a home, on one address, until it is told to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import FrameType
from urllib.parse import urlencode

import uvicorn

from roadworthy.app import ALONE, App
from roadworthy.foundation.deployment.model import ProcessRole
from roadworthy.foundation.errors import Place, Unavailable
from roadworthy.foundation.logs import Secret, log
from roadworthy.foundation.runtime import leave_to_itself
from roadworthy.foundation.storage.owner import OwnerLock
from roadworthy.interfaces.api.server import create
from roadworthy.interfaces.client import bracketed, new_secret
from roadworthy.interfaces.doors import refuse_public_address
from roadworthy.interfaces.gateway.serving import beside
from roadworthy.interfaces.signals import stopped_by_signals

DRAIN_SECONDS = 20
"""How long requests in flight may take to finish once the server was told to stop."""

_LOOK_SECONDS = 0.1

_log = log("server")


class _Server(uvicorn.Server):
    """Says its address as soon as it listens, and that it is not ready some time before it stops listening."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[str, int], None], app: App) -> None:
        super().__init__(config)
        self._listening = listening
        self._app = app
        self._ends: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal drains, the next one stops."""
        if self._ends is None and self._app.settings.drain_seconds and not self.should_exit:
            self._app.processes.drain()
            self._ends = self._app.runtime.clock.monotonic() + self._app.settings.drain_seconds
            return
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Stop when draining is over."""
        if self._ends is not None and self._app.runtime.clock.monotonic() >= self._ends:
            self.should_exit = True
        return await super().on_tick(counter)

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]  # wider than the base's socket type, which lint keeps out of here
        await super().startup(sockets)  # type: ignore[arg-type]  # see above
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._listening(host, port)


def serve(
    app: App,
    lock: OwnerLock | None,
    announce: Callable[[str, str], None],
    roles: frozenset[ProcessRole] = ALONE,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is in flight.

    Args:
        app: the services.
        lock: the hold on the home, on which the address is announced to commands; None on PostgreSQL.
        announce: called once with the address, and where to sign in: a one-time link, or the page of the providers.
        roles: what this process does beside answering.

    Raises:
        Refused: the address is not loopback, and others could come in without a login or without encryption.
        Unavailable: the address cannot be listened on.
    """
    settings = app.settings
    refuse_public_address(settings)
    secret = new_secret(app.runtime)

    def listening(host: str, port: int) -> None:
        leave_to_itself()
        reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - how commands reach what listens everywhere
        address = f"http://{bracketed(reached)}:{port}"
        if lock is not None:
            card = lock.holder()
            if card is not None:
                lock.announce(replace(card, address=address, secret=secret.reveal()))
        if settings.provider:
            public = settings.public_address.rstrip("/") or address
            announce(public, f"{public}/sign-in")
            return
        token = app.identity.offer()
        announce(address, f"{address}/sign-in?{urlencode({'token': token})}")

    server = _Server(_config(app, secret), listening, app)
    with stopped_by_signals():
        app.start(roles)
        try:
            with beside(app):
                server.run()
        except SystemExit as stopped:  # how uvicorn says that it could not listen
            raise Unavailable(
                "address-unavailable",
                "the address cannot be listened on",
                place=Place(source=f"{settings.host}:{settings.port}"),
                remedy="another program uses the port; choose another with `--port`, or 0 for a free one",
            ) from stopped
    _log.info("stopped")


def _config(app: App, secret: Secret) -> uvicorn.Config:
    return uvicorn.Config(
        create(app, secret),
        host=app.settings.host,
        port=app.settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


def work(app: App, roles: frozenset[ProcessRole], announce: Callable[[], None]) -> None:
    """Do what these roles do, without answering anybody, until SIGTERM or SIGINT.

    Args:
        app: the services.
        roles: what this process does.
        announce: called once it does.
    """
    told: list[int] = []
    with stopped_by_signals(told.append):
        app.start(roles)
        announce()
        while not told:
            app.runtime.clock.sleep(_LOOK_SECONDS)
        app.processes.drain()
        app.processes.announce()
    _log.info("stopped")
