"""Tiles: the tree cut into pieces of 256 hashes, as C2SP tlog-tiles lays them out.

A tile at level `l` and index `n` holds the hashes of the complete subtrees of `256**l` leaves number `256 * n`
to `256 * n + 255`; along the right edge it holds fewer. Tiles are enough to serve any proof, cost about five
per cent of the entries' space, and can be published as static files for other people's verifiers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from roadworthy.foundation.errors import IntegrityBroken
from roadworthy.foundation.ledger.tree import HASH_BYTES, Frontier, complete_root, node_hash

TILE_HEIGHT = 8
"""Tree levels per tile (C2SP tlog-tiles)."""
TILE_WIDTH = 1 << TILE_HEIGHT
"""Hashes in a full tile."""

TileKey: TypeAlias = tuple[int, int]
"""Level and index of a tile."""

ReadTile: TypeAlias = Callable[[int, int], bytes | None]
"""`(level, index)` to the tile's hashes joined, or None where there is no such tile."""


@dataclass(slots=True)
class Growth:
    """A tree that grows: its frontier and the unfinished tile of every level."""

    frontier: Frontier = field(default_factory=Frontier)
    edges: dict[int, bytearray] = field(default_factory=dict)

    @classmethod
    def resume(cls, frontier: Frontier, read: ReadTile) -> Growth:
        """Go on from a stored tree.

        Raises:
            IntegrityBroken: an unfinished tile is missing, has another width than the size demands,
                or does not hash to the frontier.
        """
        growth = cls(frontier)
        for level, index, width in edge_tiles(frontier.size):
            hashes = read(level, index) or b""
            if len(hashes) != width * HASH_BYTES:
                raise tile_broken(level, index, f"it has {len(hashes) // HASH_BYTES} hashes, the size demands {width}")
            growth.edges[level] = bytearray(hashes)
        return growth

    def extend(self, leaves: Iterable[bytes]) -> dict[TileKey, bytes]:
        """Append leaf hashes; returns the tiles that changed, whole."""
        frontier, peaks = self.frontier, self.frontier.peaks
        changed: dict[TileKey, bytearray] = {}
        for leaf in leaves:
            node, index, level = leaf, frontier.size, 0
            self._place(0, index, leaf, changed)
            while index & 1:
                node = node_hash(peaks.pop(), node)
                index >>= 1
                level += 1
                if not level % TILE_HEIGHT:
                    self._place(level // TILE_HEIGHT, index, node, changed)
            peaks.append(node)
            frontier.size += 1
        return {key: bytes(hashes) for key, hashes in changed.items()}

    def _place(self, level: int, index: int, node: bytes, changed: dict[TileKey, bytearray]) -> None:
        if not index % TILE_WIDTH:
            self.edges[level] = bytearray()
        tile = self.edges[level]
        tile += node
        changed[level, index // TILE_WIDTH] = tile


def edge_tiles(size: int) -> list[tuple[int, int, int]]:
    """Level, index and width of the last tile of every level of a tree of `size` leaves."""
    tiles = []
    level, count = 0, size
    while count:
        index = (count - 1) // TILE_WIDTH
        tiles.append((level, index, count - index * TILE_WIDTH))
        count //= TILE_WIDTH
        level += 1
    return tiles


class NodeReader:
    """Reads any complete subtree's hash from tiles; keeps the tiles it saw, so one reader serves one proof."""

    def __init__(self, read: ReadTile) -> None:
        self._read = read
        self._seen: dict[TileKey, bytes] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """Hash of the complete subtree at `level` and `index`.

        Raises:
            IntegrityBroken: the tile that should hold it is missing or too short.
        """
        tile_level, rest = divmod(level, TILE_HEIGHT)
        first = index << rest
        tile_index, offset = divmod(first, TILE_WIDTH)
        hashes = self._tile(tile_level, tile_index)[offset * HASH_BYTES : (offset + (1 << rest)) * HASH_BYTES]
        if len(hashes) != (1 << rest) * HASH_BYTES:
            raise tile_broken(tile_level, tile_index, f"it does not reach hash {offset + (1 << rest) - 1}")
        return complete_root(hashes)

    def _tile(self, level: int, index: int) -> bytes:
        key = (level, index)
        if key not in self._seen:
            self._seen[key] = self._read(level, index) or b""
        return self._seen[key]


def tile_broken(level: int, index: int, why: str) -> IntegrityBroken:
    """The error for a tile that is not what the tree's size demands."""
    return IntegrityBroken(
        "ledger-tile-broken",
        f"tile {index} of level {level} is broken: {why}",
        remedy="stop writing, keep the database, and run `roadworthy ledger verify`",
    )
