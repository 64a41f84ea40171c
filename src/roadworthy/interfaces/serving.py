"""The server process: one owner of a home, on one address, until it is told to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlencode

import uvicorn

from roadworthy.app import App
from roadworthy.foundation.errors import Place, Unavailable
from roadworthy.foundation.logs import log
from roadworthy.foundation.storage.owner import OwnerLock
from roadworthy.interfaces.api.server import create
from roadworthy.interfaces.client import bracketed, new_secret
from roadworthy.interfaces.doors import refuse_public_address

DRAIN_SECONDS = 20
"""How long requests in flight may take to finish once the server was told to stop."""

_log = log("server")


class _Server(uvicorn.Server):
    """Says its address as soon as it listens."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[str, int], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]  # wider than the base's socket type, which lint keeps out of here
        await super().startup(sockets)  # type: ignore[arg-type]  # see above
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._listening(host, port)


def serve(app: App, lock: OwnerLock | None, announce: Callable[[str, str], None]) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is in flight.

    Args:
        app: the services.
        lock: the hold on the home, on which the address is announced to commands; None on PostgreSQL.
        announce: called once with the address, and where to sign in: a one-time link, or the page of the providers.

    Raises:
        Refused: the address is not loopback, and others could come in without a login or without encryption.
        Unavailable: the address cannot be listened on.
    """
    settings = app.settings
    refuse_public_address(settings)
    secret = new_secret(app.runtime)

    def listening(host: str, port: int) -> None:
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

    config = uvicorn.Config(
        create(app, secret),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = _Server(config, listening)
    with _stopped_by_signals():
        app.start()
        try:
            server.run()
        except SystemExit as stopped:  # how uvicorn says that it could not listen
            raise Unavailable(
                "address-unavailable",
                "the address cannot be listened on",
                place=Place(source=f"{settings.host}:{settings.port}"),
                remedy="another program uses the port; choose another with `--port`, or 0 for a free one",
            ) from stopped
    _log.info("stopped")


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """The server raises the signal that stopped it once more when it is done; by then it has done its work."""

    def stop(_number: int, _frame: object) -> None:
        return

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
