"""One embedded database, one process: a lock that names its holder, and how to reach it."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from roadworthy.foundation.errors import Conflict, Place


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that holds the database."""

    pid: int
    address: str | None = None
    """Base URL of its API, or None for a command that will soon be done."""
    secret: str | None = None
    """What a command on the same home folder shows to be let in."""


class OwnerLock:
    """An exclusive hold on a home folder. The kernel drops it when the process dies, however it dies."""

    def __init__(self, home: Path) -> None:
        self._lock = home / "owner.lock"
        self._card = home / "owner.json"
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the hold.

        Raises:
            Conflict: another process has it; names the process.
        """
        self._lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self._lock.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            owner = self.holder()
            who = f"process {owner.pid}" if owner else "another process"
            where = f" at {owner.address}" if owner and owner.address else ""
            raise Conflict(
                "database-owned",
                f"{who}{where} has this database open",
                place=Place(source=str(self._lock.parent)),
                remedy="use the running one, stop it, or choose another home with `ROADWORTHY_HOME`",
            ) from error
        self._file = file
        self.announce(Owner(os.getpid()))

    def announce(self, owner: Owner) -> None:
        """Say who holds it and how to reach them; only the folder's owner can read it."""
        handle = os.open(self._card, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as card:
            json.dump(asdict(owner), card)

    def holder(self) -> Owner | None:
        """Whoever announced themselves last, if the card can be read."""
        try:
            return Owner(**json.loads(self._card.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def held_by_another(self) -> Owner | None:
        """The running holder, or None when the database is free."""
        if not self._lock.exists():
            return None
        with self._lock.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return self.holder() or Owner(0)
        return None

    def release(self) -> None:
        """Let go."""
        if self._file is not None:
            self._card.unlink(missing_ok=True)
            self._file.close()
            self._file = None
