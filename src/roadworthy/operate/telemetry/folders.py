"""Where a replica's segments lie: a folder that it holds alone, which another takes over once it is gone."""

from __future__ import annotations

import fcntl
import os
from itertools import count
from pathlib import Path
from typing import IO

from roadworthy.foundation.ledger.outside.witness import sync_folder

LOCK = "held"
WRITERS = "writers"


class HeldFolder:
    """A numbered folder below `root` that no living process holds; the kernel lets go when this process dies.

    The lowest free one is taken, so that whoever starts next finds what the one before left unfinished.

    Args:
        root: where the folders of all replicas on this machine lie; made where it is missing.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._held: IO[str] | None = None
        self._mine = ""
        for number in count():
            folder = root / str(number)
            folder.mkdir(exist_ok=True, mode=0o700)
            file = (folder / LOCK).open("a+")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                continue
            self._held, self.folder = file, folder
            return

    @property
    def former(self) -> tuple[str, ...]:
        """Replicas that held it before and are gone, as far as they are not forgotten; the oldest first."""
        return tuple(each for each in self._writers() if each != self._mine)

    def note(self, writer: str) -> None:
        """Keep who holds it now, for whoever comes after."""
        self._mine = writer
        self._write([*self._writers(), writer])

    def forget(self, writer: str) -> None:
        """Nothing of a replica is left to do."""
        self._write([each for each in self._writers() if each != writer])

    def _writers(self) -> list[str]:
        path = self.folder / WRITERS
        return path.read_text(encoding="ascii").split() if path.exists() else []

    def _write(self, writers: list[str]) -> None:
        path = self.folder / WRITERS
        with path.with_suffix(".new").open("w", encoding="ascii") as file:
            file.writelines(f"{each}\n" for each in writers)
            file.flush()
            os.fsync(file.fileno())
        path.with_suffix(".new").rename(path)
        sync_folder(self.folder)

    def release(self) -> None:
        """Let go."""
        if self._held is not None:
            self._held.close()
            self._held = None
