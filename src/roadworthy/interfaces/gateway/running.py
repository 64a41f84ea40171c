"""A process that is a gateway and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from roadworthy.assembly.alone import Alone
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import leave_to_itself
from roadworthy.interfaces.gateway.serving import GatewayServer
from roadworthy.interfaces.signals import stopped_by_signals

_LOOK_SECONDS: Final = 0.1
_log = log("gateway")


def run(app: Alone, announce: Callable[[str], None]) -> None:
    """Be a gateway until SIGTERM or SIGINT: first not ready, then deaf to new calls, then gone.

    Args:
        app: the gateway.
        announce: called once with the address.

    Raises:
        Refused: others could reach it and nothing ends TLS before it.
        Unavailable: the address cannot be listened on.
    """
    told: list[int] = []
    clock = app.runtime.clock
    with stopped_by_signals(told.append):
        app.start()
        server = GatewayServer(app)
        try:
            address = server.start()
            leave_to_itself()
            announce(address)
            while not told:
                clock.sleep(_LOOK_SECONDS)
            app.processes.drain()
            app.processes.announce()
            server.drain()
            clock.sleep(app.settings.drain_seconds)
        finally:
            server.close()
    _log.info("stopped")
