"""Which processes a deployment is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

SILENT = timedelta(seconds=60)
"""After so long without a sign of life a process counts as gone; it says it lives every ten seconds."""
FORGOTTEN = timedelta(days=1)
"""How long one that is gone is remembered, so that somebody sees what is missing."""


class ProcessRole(StrEnum):
    """What a process does for the deployment. On SQLite one does everything."""

    SERVE = "serve"
    """Pages and API."""
    WORKER = "worker"
    """What goes on by itself: timers, consumers, schedules, tickets, audits, places in the ledger."""
    SIGNER = "signer"
    """Signs the ledger; the only one that needs its key."""
    GATEWAY = "gateway"
    """Makes calls for applications; has no pages."""
    WITNESS = "witness"
    """Co-signs the checkpoints of others; needs no database."""


class ProcessState(StrEnum):
    """How far a process is."""

    RUNNING = "running"
    DRAINING = "draining"
    """Told to stop: takes nothing new, finishes what it began."""
    SILENT = "silent"
    """It gave no sign of life for a minute: killed, paused, or cut off from the database."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process as it last said of itself."""

    id: str
    roles: frozenset[ProcessRole]
    version: str
    revision: str
    """Of the database that its version works with."""
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    state: ProcessState = ProcessState.RUNNING
    keys: Mapping[str, str] = field(default_factory=dict)
    """Purpose to the digest of the public half of the key that it signs with."""
    faults: tuple[str, ...] = ()
    """What of its work failed last."""

    def as_seen(self, now: datetime) -> ProcessState:
        """Its state as it looks at an instant of the database's clock."""
        return ProcessState.SILENT if now - self.seen_at > SILENT else self.state
