"""Recounting: the whole tree once more from nothing but the entries' bytes, beside what was stored about it.

The first difference is named by its index and the recount of the tree stops there: everything behind it follows
from it. Three sources speak about the tree: its tiles (which name the exact leaf), its frontier, and signed
checkpoints (which nobody can adjust who cannot sign). Pure; the same for a database and for an exported file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from roadworthy.foundation.errors import IntegrityBroken
from roadworthy.foundation.ledger.entry import end_of, writer_of
from roadworthy.foundation.ledger.tiles import TILE_HEIGHT, TILE_WIDTH, ReadTile
from roadworthy.foundation.ledger.tree import HASH_BYTES, Frontier, complete_root

_sha256 = hashlib.sha256


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not verify."""

    code: str
    message: str
    index: int | None = None
    """The first entry that is affected; None where the fault is not an entry's."""

    def __str__(self) -> str:
        return f"entry {self.index}: {self.message}" if self.index is not None else self.message


@dataclass(frozen=True, slots=True)
class Mark:
    """A size and root that somebody vouches for."""

    size: int
    root: bytes
    source: str
    """Who says so, for people: `the signed checkpoint over 812 entries`."""


@dataclass(slots=True)
class _Numbering:
    """One writer's numbers as they turn up."""

    next: int = 0
    early: dict[int, int] = field(default_factory=dict)
    """Numbers above `next` that were seen already, with the index at which they stood."""


class Writers:
    """Watches that every writer's numbers are complete, in whatever order batches were placed."""

    def __init__(self) -> None:
        self._numberings: dict[bytes, _Numbering] = {}
        self._repeated: list[Fault] = []
        self._last, self._numbering = b"", _Numbering()

    def see(self, first: int, raws: Sequence[bytes]) -> Fault | None:
        """Take note of the writers of the entries from index `first` on; returns the first entry that has none."""
        for index, raw in enumerate(raws, start=first):
            # Nearly always the next entry is the next one of the same writer, and then its end is known beforehand.
            if raw.endswith(end_of(self._last, self._numbering.next)) and not self._numbering.early:
                self._numbering.next += 1
                continue
            try:
                writer, number = writer_of(raw)
            except ValueError:
                return Fault("entry-malformed", "it does not end as an entry ends", index)
            self._number(index, writer, number)
        return None

    def _number(self, index: int, writer: bytes, number: int) -> None:
        numbering = self._numberings.setdefault(writer, _Numbering())
        self._last, self._numbering = writer, numbering
        if number == numbering.next:
            numbering.next = number + 1
            while numbering.early and numbering.next in numbering.early:
                del numbering.early[numbering.next]
                numbering.next += 1
        elif number > numbering.next and number not in numbering.early:
            numbering.early[number] = index
        else:
            name = writer.decode("ascii", "replace")
            self._repeated.append(Fault("writer-repeats", f"number {number} of writer `{name}` occurs twice", index))

    def faults(self) -> list[Fault]:
        """Repeated numbers and gaps, by index."""
        gaps = [
            Fault(
                "writer-gap",
                f"before it, entry {numbering.next} of writer `{writer.decode('ascii', 'replace')}` is missing",
                min(numbering.early.values()),
            )
            for writer, numbering in self._numberings.items()
            if numbering.early
        ]
        return sorted([*self._repeated, *gaps], key=lambda fault: fault.index or 0)


class Recount:
    """Takes the entries in order and compares.

    Args:
        marks: what signed checkpoints say about the tree.
        read_tile: the stored tiles.
        upper: also compare the tiles above the leaves; False where only the leaves' tiles were kept.
    """

    def __init__(self, marks: Iterable[Mark], read_tile: ReadTile, *, upper: bool = True) -> None:
        self.frontier = Frontier()
        self.writers = Writers()
        self.confirmed = 0
        """Size of the largest mark that agreed."""
        self._marks = sorted(marks, key=lambda mark: mark.size)
        self._read_tile = read_tile
        self._upper = upper
        self._edges: list[bytearray] = []

    def take(self, raws: Sequence[bytes]) -> Fault | None:
        """Take the next tile's entries: `TILE_WIDTH` of them, or fewer the last time. Returns the first fault."""
        first = self.frontier.size
        leaves = [_sha256(b"\x00" + raw).digest() for raw in raws]
        hashes = b"".join(leaves)
        fault = self._compare_tile(0, first // TILE_WIDTH, hashes)
        if fault is not None:
            return fault
        fault = self.writers.see(first, raws)
        if fault is not None:
            return fault
        fault = self._compare_marks(first, leaves)
        if fault is not None:
            return fault
        if len(raws) < TILE_WIDTH:
            for leaf in leaves:
                self.frontier.append(leaf)
            return None
        root = complete_root(hashes)
        self.frontier.append(root, TILE_HEIGHT)
        return self._place(1, root)

    def finish(self) -> Fault | None:
        """After the last entry: the unfinished upper tiles, and marks beyond the end."""
        for level, edge in enumerate(self._edges, start=1):
            if edge:
                index = (self.frontier.size >> (TILE_HEIGHT * level)) // TILE_WIDTH
                fault = self._compare_tile(level, index, bytes(edge))
                if fault is not None:
                    return fault
        if self._marks and self._marks[-1].size > self.frontier.size:
            mark = self._marks[-1]
            return Fault(
                "ledger-truncated",
                f"it is missing: the ledger ends after {self.frontier.size} entries, {mark.source} covers {mark.size}",
                self.frontier.size,
            )
        return None

    def _compare_marks(self, first: int, leaves: Sequence[bytes]) -> Fault | None:
        if not self._marks or self._marks[0].size > first + len(leaves):
            return None
        partial, done = self.frontier.copy(), 0
        while self._marks and self._marks[0].size <= first + len(leaves):
            mark = self._marks.pop(0)
            for leaf in leaves[done : mark.size - first]:
                partial.append(leaf)
            done = max(done, mark.size - first)
            if partial.root() != mark.root:
                return Fault(
                    "ledger-rewritten",
                    f"from here up to entry {mark.size - 1} something is not what {mark.source} was issued over",
                    self.confirmed,
                )
            self.confirmed = mark.size
        return None

    def _place(self, level: int, node: bytes) -> Fault | None:
        """Put a finished tile's root into the tile above, which may finish that one too."""
        if len(self._edges) < level:
            self._edges.append(bytearray())
        edge = self._edges[level - 1]
        edge += node
        if len(edge) < TILE_WIDTH * HASH_BYTES:
            return None
        hashes = bytes(edge)
        edge.clear()
        index = (self.frontier.size >> (TILE_HEIGHT * level)) // TILE_WIDTH - 1
        return self._compare_tile(level, index, hashes) or self._place(level + 1, complete_root(hashes))

    def _compare_tile(self, level: int, index: int, hashes: bytes) -> Fault | None:
        if level and not self._upper:
            return None
        stored = self._read_tile(level, index)
        return None if stored == hashes else _tile_fault(level, index, stored, hashes)


def _tile_fault(level: int, index: int, stored: bytes | None, hashes: bytes) -> Fault:
    """What is wrong where a stored tile is not the recounted one, and the first entry it concerns."""
    span = 1 << (TILE_HEIGHT * level)
    first = index * TILE_WIDTH * span
    if stored is None:
        return Fault("tile-missing", f"tile {index} of level {level}, which begins with it, is missing", first)
    at = _first_difference(stored, hashes)
    if level:
        message = f"hash {at} of tile {index} of level {level} is not that of its entries"
        return Fault("tile-differs", message, first + at * span)
    if (at + 1) * HASH_BYTES > len(stored):
        return Fault("tile-differs", f"tile {index} ends before it", first + at)
    if (at + 1) * HASH_BYTES > len(hashes):
        return Fault("entry-missing", "the tree holds it, the entries end before it", first + at)
    return Fault("entry-differs", "its bytes do not hash to what the tree holds at its place", first + at)


def batches(pages: Iterable[list[tuple[int, bytes]]]) -> Iterator[list[tuple[int, bytes]]]:
    """Pages of positions and bytes, cut at the borders of tiles; the pages begin at such borders."""
    for rows in pages:
        for start in range(0, len(rows), TILE_WIDTH):
            yield rows[start : start + TILE_WIDTH]


def _first_difference(stored: bytes, hashes: bytes) -> int:
    pairs = range(0, max(len(stored), len(hashes)), HASH_BYTES)
    return next(at // HASH_BYTES for at in pairs if stored[at : at + HASH_BYTES] != hashes[at : at + HASH_BYTES])


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification looked at and what it found."""

    mode: str
    """`quick`, `full`, or `file`."""
    size: int
    """Entries that the tree claims to have."""
    root: bytes
    checked: int
    """Entries whose bytes were hashed."""
    confirmed: int
    """Size of the largest signed checkpoint that agrees; what lies beyond is not vouched for by a signature."""
    checkpoints: int
    """Signed checkpoints that were checked."""
    signed_by: tuple[str, ...]
    """The keys believed, as `vkey`; empty where none was given, and then nothing is proven to an outsider."""
    faults: tuple[Fault, ...]
    waiting: int = 0
    """Entries that are durable but have no position yet."""

    @property
    def ok(self) -> bool:
        """True when nothing was found."""
        return not self.faults

    def require(self) -> None:
        """Raise when something was found.

        Raises:
            IntegrityBroken: naming the first fault, with the others as findings.
        """
        if self.faults:
            raise IntegrityBroken(
                "ledger-does-not-verify",
                f"the ledger does not verify: {self.faults[0]}",
                remedy="stop writing, keep the database as it is, and compare with the newest backup and export",
            )
