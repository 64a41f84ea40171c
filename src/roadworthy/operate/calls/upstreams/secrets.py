"""Secrets of upstreams: said where they are, bound to the host they are for, and never shown.

A secret from the environment or a file goes only to a host to which the settings bind it, so that whoever may declare
an upstream cannot have another one's key sent to a host of his own.
"""

from __future__ import annotations

from collections.abc import Callable

from roadworthy.foundation.credentials import Sources, bindings
from roadworthy.foundation.logs import Secret, log
from roadworthy.foundation.settings import Settings
from roadworthy.operate.calls.wire.addresses import Origin

STORED = "stored:"
_log = log("gateway")


class UpstreamSecrets:
    """Reads secrets of upstreams.

    Args:
        settings: which bind sources to hosts.
        stored: reads one that was written into the store, for a host; None where there is none.
    """

    def __init__(
        self, settings: Settings, stored: Callable[[str, str], str | None] = lambda _name, _host: None
    ) -> None:
        bound, unusable = bindings(settings.upstream_secrets)
        self._bound = frozenset((each.key, each.source) for each in bound)
        self._sources = Sources(settings.home)
        self._stored = stored
        if unusable:
            _log.error("`upstream_secrets` has parts that bind nothing", positions=unusable)

    def read(self, source: str | None, where: Origin) -> Secret | None:
        """The secret for a host; None where it cannot be had, or is not for it. Empty where none is declared."""
        if source is None:
            return Secret("")
        if source.startswith(STORED):
            found = self._stored(source.removeprefix(STORED), where.host)
            return Secret(found) if found else None
        if not {(where.host, source), (f"{where.host}:{where.port}", source)} & self._bound:
            _log.error("a secret is not bound to the host of the upstream that names it", host=where.authority)
            return None
        try:
            found = self._sources.read(source)
        except OSError as error:
            _log.error(
                "the secret of an upstream cannot be read", host=where.authority, why=error.strerror or "no text"
            )
            return None
        return Secret(found) if found else None
