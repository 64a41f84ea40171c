"""Covers: what is needed beside some entries of a ledger to work out its root, and nothing more.

The entries of a pack lie in ranges. What lies between, before and behind them is stood for by the hashes of complete
subtrees, as few as there are. Whoever puts entries and hashes together from left to right gets the root of the whole
ledger: so one comparison proves every entry of the pack, and that nothing within its ranges was left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from roadworthy.foundation.ledger.tree import HASH_BYTES, Frontier, ReadNode

Range = tuple[int, int]
"""The first index and the one behind the last."""


def ranges_of(indexes: Iterable[int]) -> tuple[Range, ...]:
    """The fewest ranges that hold exactly these indexes."""
    found: list[list[int]] = []
    for index in sorted(set(indexes)):
        if found and found[-1][1] == index:
            found[-1][1] = index + 1
        else:
            found.append([index, index + 1])
    return tuple((start, end) for start, end in found)


def gaps_of(ranges: Sequence[Range], size: int) -> Iterator[Range]:
    """What the ranges leave out of a ledger of `size` entries, from left to right.

    Raises:
        ValueError: the ranges are empty, overlap, are out of order, or reach beyond the ledger.
    """
    at = 0
    for start, end in ranges:
        if not at <= start < end <= size:
            message = f"no ranges of a ledger of {size} entries: {start} to {end} after {at}"
            raise ValueError(message)
        if at < start:
            yield at, start
        at = end
    if at < size:
        yield at, size


def subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Level and index of the largest complete subtrees that fill a gap, from left to right."""
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        yield level, start >> level
        start += 1 << level


def cover(read: ReadNode, ranges: Sequence[Range], size: int) -> bytes:
    """The hashes that stand for everything outside the ranges, joined in the order of `gaps_of` and `subtrees`."""
    return b"".join(read(level, index) for gap in gaps_of(ranges, size) for level, index in subtrees(*gap))


def root_from(leaves: Iterable[bytes], ranges: Sequence[Range], size: int, covering: bytes) -> bytes:
    """The root of the ledger that has these leaf hashes in these ranges and is covered so elsewhere.

    Raises:
        ValueError: there are fewer or more leaves or hashes than ranges and size demand.
    """
    tree, given = Frontier(), iter(leaves)
    hashes = (covering[at : at + HASH_BYTES] for at in range(0, len(covering), HASH_BYTES))
    for gap, (start, end) in _in_turn(ranges, size):
        for level, _index in subtrees(*gap):
            tree.append(_next(hashes, "hashes"), level)
        for _ in range(start, end):
            tree.append(_next(given, "leaves"))
    if next(hashes, None) is not None or next(given, None) is not None:
        message = "there are more leaves or hashes than the ranges demand"
        raise ValueError(message)
    return tree.root()


def _in_turn(ranges: Sequence[Range], size: int) -> Iterator[tuple[Range, Range]]:
    """Each range with the gap before it; at last the gap behind all of them, with a range of nothing."""
    list(gaps_of(ranges, size))
    at = 0
    for start, end in ranges:
        yield (at, start), (start, end)
        at = end
    yield (at, size), (size, size)


def _next(values: Iterator[bytes], what: str) -> bytes:
    found = next(values, None)
    if found is None or len(found) != HASH_BYTES:
        message = f"there are fewer {what} than the ranges demand"
        raise ValueError(message)
    return found
