"""Secrets that Vault keeps, in memory: fetched beside the calls, used for a stated time while Vault is away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.logs import Secret, log
from roadworthy.foundation.runtime import Runtime
from roadworthy.operate.calls.secrets.vault import Vault, VaultSource, vault_source
from roadworthy.operate.calls.secrets.wrapping import Unopened

AGAIN_SECONDS = 5.0
"""After which Vault is asked again where it did not answer."""
_log = log("gateway")


@dataclass(slots=True)
class _Kept:
    source: VaultSource
    value: Secret | None = None
    version: int = 0
    good_until: float = 0.0
    """On the monotonic clock; from then on an older answer is not used."""
    until: dt.datetime | None = None
    """When Vault deletes the version."""
    next_at: float = 0.0
    why: str = "Vault has not answered yet"


class VaultSecrets:
    """The last good value of each secret that was asked for.

    Args:
        vault: asked in turns only.
        runtime: clock.
        refresh: seconds between two looks at a secret.
        stale: seconds for which a value is used while Vault does not answer.
    """

    def __init__(self, vault: Vault, runtime: Runtime, refresh: float, stale: float) -> None:
        self._vault = vault
        self._clock = runtime.clock
        self._refresh = refresh
        self._stale = stale
        self._kept: dict[str, _Kept] = {}
        self.changed: Callable[[], None] = lambda: None
        """Told when a secret is another one, can be had, or cannot be had any more."""

    def find(self, source: str) -> Secret | None:
        """What is known now. What was never asked for is fetched in the next turn."""
        kept = self._of(source)
        return kept.value if kept is not None and self._usable(kept) else None

    def why_not(self, source: str) -> str:
        """Why there is none; empty where there is one."""
        kept = self._of(source)
        if kept is None:
            return "it is not `vault:MOUNT/PATH#FIELD`"
        return "" if self._usable(kept) else kept.why

    def turn(self) -> None:
        """Fetch what is due. Where Vault does not answer, it is asked once in a turn and not for each secret."""
        some = False
        away = ""
        for kept in list(self._kept.values()):
            if self._clock.monotonic() >= kept.next_at or (kept.value is not None and not self._usable(kept)):
                before = kept.value
                away = away or self._fetch(kept)
                if away:
                    self._missed(kept, away)
                some = some or kept.value is not before
        if some:
            self.changed()

    # ------------------------------------------------------------ inside

    def _of(self, source: str) -> _Kept | None:
        kept = self._kept.get(source)
        if kept is None and (read := vault_source(source)) is not None:
            kept = self._kept[source] = _Kept(read)
        return kept

    def _usable(self, kept: _Kept) -> bool:
        ended = kept.until is not None and self._clock.now() >= kept.until
        return kept.value is not None and self._clock.monotonic() < kept.good_until and not ended

    def _missed(self, kept: _Kept, why: str) -> None:
        """Vault was asked and did not answer; its last word holds for as long as it may."""
        self._tell(kept, why)
        kept.next_at = self._clock.monotonic() + AGAIN_SECONDS
        if not self._usable(kept):
            kept.value = None

    def _fetch(self, kept: _Kept) -> str:
        """Why Vault did not answer; empty where it did, whatever it said."""
        before = kept.value
        try:
            fetched = self._vault.fetch(kept.source)
        except Unopened as error:  # it answered: what it does not give is not used any longer
            self._tell(kept, str(error))
            kept.value = None
            kept.next_at = self._clock.monotonic() + AGAIN_SECONDS
            return ""
        except RoadworthyError as error:
            return error.message
        now = self._clock.monotonic()
        if before is None or kept.version != fetched.version or before.reveal() != fetched.value.reveal():
            kept.value = fetched.value
        kept.version, kept.until, kept.why = fetched.version, fetched.until, ""
        kept.good_until, kept.next_at = now + self._refresh + self._stale, now + self._refresh
        return ""

    @staticmethod
    def _tell(kept: _Kept, why: str) -> None:
        if kept.why != why:
            _log.error("a secret cannot be fetched from Vault", path=f"{kept.source.mount}/{kept.source.path}", why=why)
        kept.why = why
