"""Secrets of upstreams: said where they are, bound to the host they are for, and never shown.

A secret goes only to a host to which it is bound, by the settings or when it was stored, so that whoever may declare an
upstream cannot have another one's key sent to a host of his own. Reading one asks no network: what is kept elsewhere is
fetched beside the calls.
"""

from __future__ import annotations

from typing import Final, Protocol

from roadworthy.foundation.credentials import Sources, bindings
from roadworthy.foundation.logs import Secret, log
from roadworthy.foundation.settings import Settings
from roadworthy.operate.calls.wire.addresses import Origin

STORED: Final = "stored:"
VAULT: Final = "vault:"
_log = log("gateway")


class Stored(Protocol):
    """Secrets that were written into the store."""

    def find(self, name: str, where: Origin) -> Secret | None:
        """The one of a name, where it is for this place."""

    def why_not(self, name: str, where: Origin) -> str:
        """Why there is none; empty where there is one."""


class Fetched(Protocol):
    """Secrets that are kept elsewhere."""

    def find(self, source: str) -> Secret | None:
        """The last good value."""

    def why_not(self, source: str) -> str:
        """Why there is none; empty where there is one."""


class _None:
    """Where nothing is kept."""

    def find(self, *_args: object) -> Secret | None:
        """Nothing."""
        return None

    def why_not(self, *_args: object) -> str:
        """There is nothing."""
        return "nothing is kept there"


_NONE: Final = _None()


class UpstreamSecrets:
    """Reads secrets of upstreams.

    Args:
        settings: which bind sources to hosts.
        stored: those that were written into the store.
        vault: those that Vault keeps; None where the settings name no Vault.
    """

    def __init__(self, settings: Settings, stored: Stored = _NONE, vault: Fetched | None = None) -> None:
        bound, unusable = bindings(settings.upstream_secrets, (VAULT,))
        self._bound = frozenset((each.key, each.source) for each in bound)
        self._sources = Sources(settings.home)
        self._stored = stored
        self._vault = vault
        if unusable:
            _log.error("`upstream_secrets` has parts that bind nothing", positions=unusable)

    def read(self, source: str | None, where: Origin) -> Secret | None:
        """The secret for a host; None where it cannot be had, or is not for it. Empty where none is declared."""
        if source is None:
            return Secret("")
        if source.startswith(STORED):
            found = self._stored.find(source.removeprefix(STORED), where)
        elif not self._is_bound(source, where):
            found = None
        elif source.startswith(VAULT):
            found = None if self._vault is None else self._vault.find(source)
        else:
            return self._read(source, where)
        if found is None:
            _log.warning(
                "the secret of an upstream cannot be had", host=where.authority, why=self.why_not(source, where)
            )
        return found

    def why_not(self, source: str | None, where: Origin) -> str:
        """Why a secret cannot be had, for people; empty where it can. Nothing of its value is in it."""
        if source is None:
            return ""
        if source.startswith(STORED):
            return self._stored.why_not(source.removeprefix(STORED), where)
        if not self._is_bound(source, where):
            return f"the setting `upstream_secrets` does not bind it to `{where.authority}`"
        if source.startswith(VAULT):
            return "the setting `vault_address` names no Vault" if self._vault is None else self._vault.why_not(source)
        try:
            return "" if self._sources.read(source) else "there is nothing where it should be"
        except OSError as error:
            return f"it cannot be read ({error.strerror or 'no text'})"

    def _is_bound(self, source: str, where: Origin) -> bool:
        return bool({(where.host, source), (f"{where.host}:{where.port}", source)} & self._bound)

    def _read(self, source: str, where: Origin) -> Secret | None:
        why = ""
        try:
            found = self._sources.read(source)
        except OSError as error:
            found, why = "", error.strerror or "no text"
        if found:
            return Secret(found)
        _log.error("the secret of an upstream cannot be read", host=where.authority, why=why or "it is empty")
        return None
