from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import IntegrityBroken
from roadworthy.foundation.ledger.tiles import TILE_WIDTH, Growth, NodeReader, TileKey, edge_tiles
from roadworthy.foundation.ledger.tree import (
    HASH_BYTES,
    Frontier,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
)

LEAVES = [leaf_hash(b"%d" % number) for number in range(66_200)]


class Tiles(dict[TileKey, bytes]):
    """Tiles in memory."""

    def read(self, level: int, tile: int) -> bytes | None:
        """One tile."""
        return self.get((level, tile))


@given(st.lists(st.integers(1, 400), min_size=1, max_size=8))
def test_growth_in_any_batches_is_the_same_tree(batches: list[int]) -> None:
    tiles, growth, done = Tiles(), Growth(), 0
    for count in batches:
        tiles.update(growth.extend(LEAVES[done : done + count]))
        done += count
        growth = Growth.resume(Frontier.unpack(done, growth.frontier.pack()), tiles.read)
    assert growth.frontier.root() == root_of(LEAVES[:done])
    assert b"".join(tiles[0, at] for at in range(-(-done // TILE_WIDTH))) == b"".join(LEAVES[:done])
    assert [(level, tile, len(tiles[level, tile]) // HASH_BYTES) for level, tile, _ in edge_tiles(done)] == edge_tiles(
        done
    )


def test_tiles_over_three_levels_serve_every_proof() -> None:
    tiles, growth = Tiles(), Growth()
    size = len(LEAVES)
    tiles.update(growth.extend(LEAVES))
    assert len(tiles[1, 0]) == TILE_WIDTH * HASH_BYTES
    assert len(tiles[2, 0]) == HASH_BYTES
    root = growth.frontier.root()
    for index in (0, 1, 255, 256, 65_535, 65_536, size - 1):
        proof = inclusion_proof(NodeReader(tiles.read), index, size)
        check_inclusion(index=index, size=size, leaf=LEAVES[index], proof=proof, root=root)
    for old in (1, 2, 255, 256, 257, 65_535, 65_536, 65_537, size):
        proof = consistency_proof(NodeReader(tiles.read), old, size)
        check_consistency(old=old, new=size, old_root=root_of(LEAVES[:old]), new_root=root, proof=proof)


def test_a_missing_or_short_tile_is_named() -> None:
    growth = Growth()
    tiles = Tiles(growth.extend(LEAVES[:300]))
    with pytest.raises(IntegrityBroken, match="tile 1 of level 0 is broken: it has 0 hashes, the size demands 44"):
        Growth.resume(growth.frontier, lambda level, tile: None if (level, tile) == (0, 1) else tiles[level, tile])
    with pytest.raises(IntegrityBroken, match="tile 0 of level 0 is broken"):
        NodeReader(lambda _level, _tile: b"")(3, 0)
