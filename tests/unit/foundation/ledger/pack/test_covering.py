"""A cover stands for exactly what the ranges leave out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.ledger.pack.covering import cover, gaps_of, ranges_of, root_from, subtrees
from roadworthy.foundation.ledger.tiles import Growth, NodeReader
from roadworthy.foundation.ledger.tree import HASH_BYTES, leaf_hash

LEAVES = [leaf_hash(str(number).encode()) for number in range(700)]

sizes = st.integers(1, len(LEAVES))


def grown(size: int) -> tuple[NodeReader, bytes]:
    """What reads the nodes of a tree of so many leaves, and its root."""
    growth = Growth()
    tiles = dict(growth.extend(LEAVES[:size]))
    return NodeReader(lambda level, index: tiles.get((level, index))), growth.frontier.root()


def of(ranges: tuple[tuple[int, int], ...]) -> list[bytes]:
    return [LEAVES[at] for start, end in ranges for at in range(start, end)]


@given(sizes, st.data())
def test_the_root_follows_from_any_entries_and_their_cover(size: int, data: st.DataObject) -> None:
    ranges = ranges_of(data.draw(st.sets(st.integers(0, size - 1))))
    read, root = grown(size)
    assert root_from(of(ranges), ranges, size, cover(read, ranges, size)) == root


@given(sizes, st.data())
def test_another_entry_gives_another_root(size: int, data: st.DataObject) -> None:
    ranges = ranges_of(data.draw(st.sets(st.integers(0, size - 1), min_size=1)))
    read, root = grown(size)
    leaves = of(ranges)
    leaves[data.draw(st.integers(0, len(leaves) - 1))] = leaf_hash(b"another")
    assert root_from(leaves, ranges, size, cover(read, ranges, size)) != root


@given(sizes, st.data())
def test_too_few_and_too_many_are_refused(size: int, data: st.DataObject) -> None:
    ranges = ranges_of(data.draw(st.sets(st.integers(0, size - 1), min_size=1)))
    hashes, leaves = cover(grown(size)[0], ranges, size), of(ranges)
    for entries, around in ((leaves[1:], hashes), ([*leaves, leaves[0]], hashes), (leaves, hashes + LEAVES[0])):
        with pytest.raises(ValueError, match="than the ranges demand"):
            root_from(entries, ranges, size, around)


@given(st.sets(st.integers(0, 10_000)))
def test_ranges_hold_exactly_their_indexes_and_never_touch(indexes: set[int]) -> None:
    ranges = ranges_of(indexes)
    assert {at for start, end in ranges for at in range(start, end)} == indexes
    assert all(one[1] < other[0] for one, other in pairwise(ranges))


@given(st.integers(0, 5_000), st.integers(0, 5_000))
def test_subtrees_fill_a_gap_and_are_few(start: int, length: int) -> None:
    at = start
    levels = list(subtrees(start, start + length))
    for level, index in levels:
        assert index << level == at
        at += 1 << level
    assert at == start + length
    assert len(levels) <= 2 * max(1, length.bit_length())
    assert len(b"\0" * HASH_BYTES * len(levels)) % HASH_BYTES == 0


@pytest.mark.parametrize("ranges", [((3, 3),), ((2, 1),), ((0, 2), (1, 3)), ((4, 5), (0, 1)), ((0, 9),)])
def test_ranges_that_are_none_are_refused(ranges: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match="no ranges"):
        list(gaps_of(ranges, 8))
