"""Where what has to be kept lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.signer import Mark
from roadworthy.foundation.runtime import Clock


@dataclass(frozen=True, slots=True)
class Places:
    """Where a home keeps what a backup is made of."""

    home: Path
    url: str
    """Of the PostgreSQL database; empty for the embedded one."""
    database: Path
    """The embedded database."""
    keys_folder: Path
    purpose: str
    """For what the ledger's key is."""
    origin: str
    """The ledger's name."""
    segments: Path
    """Where replicas on this machine keep their segments, each in a folder of its own."""

    @property
    def mark(self) -> Path:
        """The signer's memory."""
        return self.keys_folder / self.purpose / "last-signed"

    @property
    def seen(self) -> Path:
        """What a process without the key remembers instead."""
        return self.keys_folder / self.purpose / "last-seen"

    @property
    def pending(self) -> Path:
        """What has to be recorded about a restore when the database is opened next."""
        return self.home / "restored.json"

    def trusted(self, clock: Clock) -> list[VerifierKey]:
        """Keys whose checkpoints are believed here."""
        return [VerifierKey(self.origin, key.public) for key in Keys(self.keys_folder, clock).public(self.purpose)]

    def remembered(self, clock: Clock) -> list[Mark]:
        """Files that say what was signed or seen here."""
        trusted = self.trusted(clock)
        return [Mark(path, self.origin, trusted) for path in (self.mark, self.seen) if path.exists()]
