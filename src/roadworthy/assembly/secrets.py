"""Secrets of upstreams, put together: stored ones, those that Vault keeps, and whoever is told when they change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from roadworthy.assembly.deciding import Deciding
from roadworthy.assembly.ground import Ground
from roadworthy.foundation.workflow.turns import Turns
from roadworthy.operate.calls.secrets.deciding import SecretExecutor
from roadworthy.operate.calls.secrets.memory import Opened
from roadworthy.operate.calls.secrets.model import Listed, Version
from roadworthy.operate.calls.secrets.service import SUBJECT, StoredSecrets
from roadworthy.operate.calls.secrets.service import Ground as SecretsGround
from roadworthy.operate.calls.secrets.wrapping import wrappers_of
from roadworthy.operate.calls.upstreams.secrets import UpstreamSecrets

if TYPE_CHECKING:
    from roadworthy.operate.calls.secrets.fetching import VaultSecrets

LOOK_SECONDS = 1.0
"""Between two looks whether something is due at Vault or at a key service."""
USED_SECONDS = 60.0
"""Between two times that it is kept when stored secrets were used last."""


@dataclass(frozen=True, slots=True)
class SecretsOfUpstreams:
    """What is kept, what is open in this process, and what reads it."""

    stored: StoredSecrets
    opened: Opened
    vault: VaultSecrets | None
    upstreams: UpstreamSecrets
    looks: Turns | None
    """None where everything lies on this machine."""
    uses: Turns

    def take(self, versions: Sequence[Version]) -> None:
        """Go by what is kept now."""
        self.opened.take(versions)

    def listed(self) -> list[Listed]:
        """What is known about stored secrets, with why one cannot be opened in this process."""
        return self.stored.listed(self.opened.faults())

    def on_change(self, told: Callable[[], None]) -> None:
        """Have somebody told, on the thread that looks, when a secret became another one beside the configuration."""
        self.opened.changed = told
        if self.vault is not None:
            self.vault.changed = told

    def start(self) -> None:
        """Look once, so that the first calls have their secrets, and look on."""
        if self.looks is not None:
            self.looks.take()
            self.looks.start()
        self.uses.start()

    def close(self) -> None:
        """Tell what waits, and stop."""
        if self.looks is not None:
            self.looks.close()
        if self.uses.close():
            self.uses.take()


def secrets_of(ground: Ground, approvals: Deciding) -> SecretsOfUpstreams:
    """Put it together.

    Raises:
        InvalidInput: the settings name a key, a Vault or a way to log in that cannot be used.
    """
    settings, runtime = ground.settings, ground.runtime
    wrappers = wrappers_of(settings, runtime, ground.keys)
    opened = Opened(wrappers, settings.organisation, runtime)
    parts = SecretsGround(
        store=ground.store,
        units=ground.units,
        runtime=runtime,
        keys=ground.keys,
        wrappers=wrappers,
        organisation=settings.organisation,
        approvals=approvals,
    )
    stored = StoredSecrets(parts)
    approvals.on(SUBJECT, SecretExecutor(approvals))
    vault = _vault(ground)
    looks = None
    if vault is not None or any(each.remote for each in wrappers.all):

        def look() -> None:
            opened.turn()
            if vault is not None:
                vault.turn()

        looks = Turns(runtime, "upstream-secrets", LOOK_SECONDS, look)
    uses = Turns(runtime, "upstream-secret-uses", USED_SECONDS, lambda: stored.used(opened.take_used()))
    return SecretsOfUpstreams(stored, opened, vault, UpstreamSecrets(settings, opened, vault), looks, uses)


def _vault(ground: Ground) -> VaultSecrets | None:
    settings = ground.settings
    if not settings.vault_address:
        return None
    from roadworthy.operate.calls.secrets.fetching import VaultSecrets  # noqa: PLC0415 - only where a Vault is named
    from roadworthy.operate.calls.secrets.vault import Vault  # noqa: PLC0415 - as above

    refresh, stale = float(settings.vault_refresh_seconds), float(settings.vault_stale_seconds)
    return VaultSecrets(Vault(settings, ground.runtime), ground.runtime, refresh, stale)
