"""The ledger as static files (C2SP tlog-tiles): a checkpoint, tiles of hashes, bundles of entries.

Nothing beyond the published checkpoint is given out: what is not signed yet could still be taken back by a crash on
another machine, and nobody could check it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from roadworthy.foundation.errors import NotFound, Place, Unavailable
from roadworthy.foundation.ledger import store as sql
from roadworthy.foundation.ledger.checkpoint import Checkpoint
from roadworthy.foundation.ledger.notes import Note
from roadworthy.foundation.ledger.outside import store as outside
from roadworthy.foundation.ledger.store import StoredCheckpoint
from roadworthy.foundation.ledger.tiles import TILE_WIDTH
from roadworthy.foundation.ledger.tree import HASH_BYTES
from roadworthy.foundation.storage.store import Store

ENTRIES = "entries"
HIGHEST_LEVEL = 63
_LENGTH_BYTES = 2
_PATH = re.compile(r"(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class TilePath:
    """Where a tile or a bundle is served, below `tile/`."""

    level: int | None
    """None for a bundle of entries."""
    index: int
    width: int = TILE_WIDTH
    """Less than `TILE_WIDTH` for a partial one."""

    def __str__(self) -> str:
        """The path, such as `0/x001/x234/067.p/8`."""
        groups = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        level = ENTRIES if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"{level}/{'/'.join(groups)}{partial}"

    @classmethod
    def parse(cls, path: str) -> TilePath:
        """Read such a path; there is one way to write each.

        Raises:
            NotFound: it is none.
        """
        found = _PATH.fullmatch(path)
        if found is not None and path.isascii():
            level = None if found[1] == ENTRIES else int(found[1])
            parsed = cls(level, int(found[2].replace("x", "").replace("/", "")), int(found[3] or TILE_WIDTH))
            if str(parsed) == path and (level or 0) <= HIGHEST_LEVEL:
                return parsed
        raise _absent(path)


@dataclass(frozen=True, slots=True)
class Published:
    """What stands at an address."""

    content: bytes
    media_type: str
    lasting: bool
    """Whether it never changes."""


class Publisher:
    """Gives out the ledger piece by piece.

    Args:
        store: where it lies.
        enough: whether these witnesses are as many as the policy asks for.
    """

    def __init__(self, store: Store, enough: Callable[[frozenset[str]], bool] = lambda _names: True) -> None:
        self._store = store
        self._enough = enough

    def checkpoint(self) -> Published:
        """The newest checkpoint that enough witnesses have cosigned; the newest at all where that is too long ago.

        Raises:
            NotFound: nothing was signed yet.
        """
        with self._store.read() as connection:
            chosen = self.chosen(connection)
            if chosen is None:
                raise _absent("checkpoint")
            return Published(outside.cosigned_note(connection, chosen).encode(), "text/plain; charset=utf-8", False)

    def chosen(self, connection: sa.Connection) -> StoredCheckpoint | None:
        """The checkpoint that is published now."""
        recent = outside.recent_checkpoints(connection)
        for each in recent:
            said = outside.said_of(connection, each.size)
            if self._enough(frozenset(one.witness for one in said if one.line is not None)):
                return each
        return recent[0] if recent else None

    def tile(self, path: str) -> Published:
        """A tile or a bundle.

        Args:
            path: what follows `tile/`.

        Raises:
            NotFound: there is none, or not over signed entries.
            IntegrityBroken: what should be there is not.
        """
        wanted = TilePath.parse(path)
        with self._store.read() as connection:
            newest = sql.newest_checkpoint(connection)
            content = None if newest is None else piece(connection, wanted, newest.size)
        if content is None:
            raise _absent(path)
        return Published(content, "application/octet-stream", True)


def piece(connection: sa.Connection, wanted: TilePath, size: int) -> bytes | None:
    """A tile or a bundle of the ledger of `size` entries; None where it does not reach so far."""
    count = size >> (8 * (wanted.level or 0))
    if wanted.index * TILE_WIDTH + wanted.width > count:
        return None
    if wanted.level is None:
        return _bundle(connection, wanted.index * TILE_WIDTH, wanted.width)
    hashes = sql.tile_reader(connection)(wanted.level, wanted.index) or b""
    return hashes[: wanted.width * HASH_BYTES] if len(hashes) >= wanted.width * HASH_BYTES else None


def pieces(size: int) -> Iterator[TilePath]:
    """Every tile and bundle of a ledger of `size` entries; the last ones of each level may be partial."""
    count, level = size, 0
    while count:
        for index in range((count + TILE_WIDTH - 1) // TILE_WIDTH):
            width = min(TILE_WIDTH, count - index * TILE_WIDTH)
            if not level:
                yield TilePath(None, index, width)
            yield TilePath(level, index, width)
        count //= TILE_WIDTH
        level += 1


def write_tiles(folder: Path, note: bytes, fetch: Callable[[TilePath], bytes]) -> int:
    """Write a ledger up to a checkpoint as files below a folder; what is there already never changes and is left alone.

    The checkpoint comes last, so that whoever reads the folder meanwhile finds everything that it needs.

    Args:
        folder: made where it is missing.
        note: the checkpoint, as it is published.
        fetch: gets a tile or a bundle.

    Returns:
        How many files were written.

    Raises:
        InvalidInput: the checkpoint is none.
        Unavailable: a file cannot be written.
    """
    written = 0
    try:
        for path in pieces(Checkpoint.parse(Note.parse(note.decode()).text).size):
            target = folder / "tile" / str(path)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                _put(target, fetch(path))
                written += 1
        folder.mkdir(parents=True, exist_ok=True)
        _put(folder / "checkpoint", note)
    except OSError as error:
        raise Unavailable(
            "tiles-unwritable",
            f"the ledger cannot be written there ({error.strerror})",
            place=Place(source=str(folder)),
            remedy="check the permissions and the free space of the folder",
        ) from error
    return written + 1


def _put(target: Path, content: bytes) -> None:
    fresh = target.with_name(f"{target.name}.new")
    fresh.write_bytes(content)
    fresh.replace(target)


def _bundle(connection: sa.Connection, first: int, count: int) -> bytes | None:
    rows = sql.between(connection, first, first + count)
    if len(rows) != count:
        return None
    return b"".join(len(raw).to_bytes(_LENGTH_BYTES, "big") + raw for raw in rows)


def _absent(path: str) -> NotFound:
    return NotFound(
        "tile-absent",
        f"the ledger has no `{path[:100]}`",
        remedy="read the checkpoint first; tiles reach as far as it does",
    )
