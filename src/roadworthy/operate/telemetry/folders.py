"""Where a replica's segments lie: a folder that it holds alone, which another takes over once it is gone."""

from __future__ import annotations

import fcntl
from itertools import count
from pathlib import Path
from typing import IO

LOCK = "held"


class HeldFolder:
    """A numbered folder below `root` that no living process holds; the kernel lets go when this process dies.

    The lowest free one is taken, so that whoever starts next finds what the one before left unfinished.

    Args:
        root: where the folders of all replicas on this machine lie; made where it is missing.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._held: IO[str] | None = None
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

    def release(self) -> None:
        """Let go."""
        if self._held is not None:
            self._held.close()
            self._held = None
