"""What a command measured, kept in the person's own cache, so that the next command goes on where this one was.

A command that compares two paths has no home. What it measured lies where programs keep what they can make again, in
files that nobody else may read: a fingerprint holds the commonest values of a source.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from roadworthy import __version__
from roadworthy.foundation.runtime import Clock
from roadworthy.measure.data_audit.contract.shape import Side
from roadworthy.measure.data_audit.parts import Shelf
from roadworthy.measure.fingerprint.model import Fingerprint
from roadworthy.measure.fingerprint.partwise import PartKey
from roadworthy.measure.fingerprint.progress import Progress
from roadworthy.measure.fingerprint.relation import Engine, Opened
from roadworthy.measure.fingerprint.terms import Declared

WORTH_SECONDS = 1.0
"""What was measured in less is not kept: to measure it again takes no time, and its values stay where they are."""
MOST_DAYS = 30
"""Days after which what was kept is let go of."""


def folder() -> Path:
    """Where it is kept: below the cache folder of this account."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(cache) if cache.startswith("/") else Path.home() / ".cache") / "roadworthy" / "measured"


@dataclass(frozen=True, slots=True)
class KeptInFolder:
    """Fingerprints of one location as files. One that cannot be read or written counts as not kept."""

    folder: Path
    clock: Clock
    began: float
    """When measuring began, by the clock's seconds."""

    def all(self) -> Mapping[PartKey, str]:
        """See `Keeping`."""
        found = {}
        for path in sorted(self.folder.glob("*.json")) if self.folder.is_dir() else ():
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                kept = json.loads(path.read_text(encoding="utf-8"))
                found[PartKey(kept["part"], kept["version"], kept["plan"])] = str(kept["content"])
        return found

    def keep(self, key: PartKey, content: str) -> None:
        """See `Keeping`; nothing is kept that was measured in no time."""
        if self.clock.monotonic() - self.began < WORTH_SECONDS:
            return
        written = json.dumps({"part": key.part, "version": key.version, "plan": key.plan, "content": content})
        path = self._file(key)
        unfinished = path.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(unfinished, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as to:
                to.write(written)
            unfinished.replace(path)

    def forget(self, keys: Sequence[PartKey]) -> None:
        """See `Keeping`."""
        for key in keys:
            with contextlib.suppress(OSError):
                self._file(key).unlink(missing_ok=True)

    def holds(self) -> int:
        """How many fingerprints there are."""
        return sum(1 for _ in self.folder.glob("*.json")) if self.folder.is_dir() else 0

    def _file(self, key: PartKey) -> Path:
        named = f"{key.plan}\n{key.part}"
        return self.folder / f"{hashlib.sha256(named.encode()).hexdigest()[:32]}.json"


@dataclass(slots=True)
class Keeper:
    """Measures what a command opened, and keeps it for the next one."""

    clock: Clock
    reading: str
    """How the locations are read, where that was said: another way is another source."""
    on: bool = True
    shelves: list[tuple[str, Shelf, KeptInFolder]] = field(default_factory=list)

    def __call__(
        self, opened: Opened, engine: Engine, declared: Declared, *, now: dt.datetime, progress: Progress
    ) -> Fingerprint:
        """The fingerprint; see `Measurer`."""
        told = f"{__version__}\n{Path.cwd()}\n{opened.location}\n{engine.name}\n{self.reading}"
        where = folder() / hashlib.sha256(told.encode()).hexdigest()[:32]
        kept = KeptInFolder(where, self.clock, self.clock.monotonic())
        shelf = Shelf(kept if self.on else _Nowhere(), Side.PRODUCTION)
        self.shelves.append((opened.location, shelf, kept))
        return shelf.measure(opened, engine, declared, now=now, progress=progress)

    def reused(self) -> str:
        """What was not read again, as a line; nothing where all was."""
        told = [
            f"{location}: {_counted(shelf.taken)} did not change since an earlier run and"
            f" {'was' if shelf.taken == 1 else 'were'} not read again"
            for location, shelf, _ in self.shelves
            if shelf.taken
        ]
        return "\n".join(dict.fromkeys(told))

    def kept(self) -> str:
        """What the next run does not read again, in some words; nothing where all was too quick to be kept."""
        told = [
            f"{_counted(shelf.taken + shelf.fresh)} of `{location}`"
            for location, shelf, kept in self.shelves
            if shelf.taken + shelf.fresh and kept.holds()
        ]
        return " and ".join(dict.fromkeys(told)) if self.on else ""


class _Nowhere:
    """Keeps nothing."""

    def all(self) -> Mapping[PartKey, str]:
        """Nothing."""
        return {}

    def keep(self, key: PartKey, content: str) -> None:
        """Keep nothing."""

    def forget(self, keys: Sequence[PartKey]) -> None:
        """There is nothing."""


def tidy(now: dt.datetime) -> None:
    """Let go of what was kept long ago, and of what was not finished."""
    oldest = (now - dt.timedelta(days=MOST_DAYS)).timestamp()
    for path in folder().glob("*/*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < oldest:
                path.unlink()
                path.parent.rmdir()


def _counted(parts: int) -> str:
    return "1 file" if parts == 1 else f"{parts:,} files"
