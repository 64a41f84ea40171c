"""The Merkle tree of RFC 6962 over SHA-256: hashes, growth, and proofs checked without any storage.

Nothing here reads or writes: leaves and nodes come in as values, so the same functions serve the running
system, the offline verifier and the published test vectors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from roadworthy.foundation.errors import IntegrityBroken

HASH_BYTES = 32
"""Length of a SHA-256 hash."""

EMPTY_ROOT = hashlib.sha256().digest()
"""Root of the tree without leaves (RFC 6962, section 2.1)."""

ReadNode: TypeAlias = Callable[[int, int], bytes]
"""`(level, index)` to the hash of the complete subtree of `2**level` leaves that begins at leaf `index * 2**level`."""

_sha256 = hashlib.sha256


def leaf_hash(content: bytes) -> bytes:
    """Hash of a leaf: SHA-256(0x00 || content) (RFC 6962, section 2.1)."""
    return _sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256(0x01 || left || right) (RFC 6962, section 2.1)."""
    return _sha256(b"\x01" + left + right).digest()


def complete_root(hashes: bytes) -> bytes:
    """Root over neighbouring nodes of one level, given joined; their number is a power of two."""
    while len(hashes) > HASH_BYTES:
        pairs = range(0, len(hashes), 2 * HASH_BYTES)
        hashes = b"".join([_sha256(b"\x01" + hashes[at : at + 2 * HASH_BYTES]).digest() for at in pairs])
    return hashes


@dataclass(slots=True)
class Frontier:
    """The complete subtrees along the right edge of a tree: all that is needed to append and to know the root.

    `peaks` holds one hash per set bit of `size`, the largest subtree first (the compact range of the tree).
    """

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    @classmethod
    def unpack(cls, size: int, packed: bytes) -> Frontier:
        """Read what `pack` wrote.

        Raises:
            IntegrityBroken: the number of peaks does not fit the size.
        """
        if size < 0 or len(packed) != size.bit_count() * HASH_BYTES:
            raise IntegrityBroken(
                "ledger-frontier-broken",
                f"the frontier of a tree of {size} entries cannot have {len(packed)} bytes",
                remedy="stop writing, keep the database, and run `roadworthy ledger verify`",
            )
        return cls(size, [packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)])

    def pack(self) -> bytes:
        """The peaks joined, the largest first."""
        return b"".join(self.peaks)

    def append(self, node: bytes, level: int = 0) -> None:
        """Append a leaf, or the root of a complete subtree of `2**level` leaves where the size is a multiple of it."""
        remaining = self.size >> level
        while remaining & 1:
            node = node_hash(self.peaks.pop(), node)
            remaining >>= 1
        self.peaks.append(node)
        self.size += 1 << level

    def root(self) -> bytes:
        """Root of the whole tree."""
        return fold(self.peaks)

    def copy(self) -> Frontier:
        """An independent copy."""
        return Frontier(self.size, list(self.peaks))


def fold(peaks: Sequence[bytes]) -> bytes:
    """Root over complete subtrees from left to right, the smallest last."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Root of a tree given by its leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def range_root(read: ReadNode, start: int, end: int) -> bytes:
    """Root of the leaves from `start` up to `end`, where `start` is where a subtree of that span may begin."""
    peaks = []
    while start < end:
        level = (end - start).bit_length() - 1
        peaks.append(read(level, start >> level))
        start += 1 << level
    return fold(peaks)


def inclusion_proof(read: ReadNode, index: int, size: int) -> list[bytes]:
    """The audit path of a leaf in the tree of `size` leaves, from the leaf upwards (RFC 6962, section 2.1.1).

    Raises:
        ValueError: the tree has no such leaf.
    """
    if not 0 <= index < size:
        message = f"a tree of {size} leaves has no leaf {index}"
        raise ValueError(message)
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_root(read, middle, end))
            end = middle
        else:
            path.append(range_root(read, start, middle))
            start = middle
    path.reverse()
    return path


def consistency_proof(read: ReadNode, old: int, new: int) -> list[bytes]:
    """Proof that the tree of `new` leaves begins with the tree of `old` leaves (RFC 6962, section 2.1.2).

    Raises:
        ValueError: not `0 < old <= new`; the empty tree is a prefix of everything and proves nothing.
    """
    if not 0 < old <= new:
        message = f"no consistency proof leads from {old} to {new} leaves"
        raise ValueError(message)
    path = []
    start, end = 0, new
    whole = True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_root(read, middle, end))
            end = middle
        else:
            path.append(range_root(read, start, middle))
            start = middle
            whole = False
    if not whole:
        path.append(range_root(read, start, end))
    path.reverse()
    return path


def check_inclusion(*, index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the tree with this root has this leaf at this index (RFC 9162, section 2.1.3.2).

    Raises:
        IntegrityBroken: it is not proven.
    """
    what = f"entry {index} in the tree of {size}"
    _check_hashes((leaf, root, *proof), what)
    if not 0 <= index < size:
        raise _unproven(what, "the index lies outside the tree")
    place, last = index, size - 1
    computed = leaf
    for hash_ in proof:
        if last == 0:
            raise _unproven(what, "the proof is too long")
        if place & 1 or place == last:
            computed = node_hash(hash_, computed)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            computed = node_hash(computed, hash_)
        place, last = place >> 1, last >> 1
    if last:
        raise _unproven(what, "the proof is too short")
    if computed != root:
        raise _unproven(what, "the root that follows from the proof is another one")


def check_consistency(*, old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the new tree begins with the old one (RFC 9162, section 2.1.4.2).

    An old size of 0 is refused: everything is consistent with nothing, so such a proof says nothing.

    Raises:
        IntegrityBroken: it is not proven.
    """
    what = f"the tree of {new} as a continuation of the tree of {old}"
    if not 0 < old <= new:
        raise _unproven(what, "the old size must lie between 1 and the new size")
    if old == new:
        if proof or old_root != new_root:
            raise _unproven(what, "the sizes are equal and the roots are not, or a proof was given where none can be")
        return
    _check_hashes((old_root, new_root, *proof), what)
    if not proof:
        raise _unproven(what, "the proof is empty")
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    from_old, from_new = _walk_consistency(old - 1, new - 1, path, what)
    if from_old != old_root:
        raise _unproven(what, "the old root does not follow from the proof")
    if from_new != new_root:
        raise _unproven(what, "the new root does not follow from the proof")


def _walk_consistency(place: int, last: int, path: Sequence[bytes], what: str) -> tuple[bytes, bytes]:
    """The old and the new root that follow from a path, given the last index of either tree."""
    while place & 1:
        place, last = place >> 1, last >> 1
    from_old = from_new = path[0]
    for hash_ in path[1:]:
        if last == 0:
            raise _unproven(what, "the proof is too long")
        if place & 1 or place == last:
            from_old = node_hash(hash_, from_old)
            from_new = node_hash(hash_, from_new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            from_new = node_hash(from_new, hash_)
        place, last = place >> 1, last >> 1
    if last:
        raise _unproven(what, "the proof is too short")
    return from_old, from_new


def _split(count: int) -> int:
    """The largest power of two below `count`: where RFC 6962 divides a tree."""
    return 1 << ((count - 1).bit_length() - 1)


def _check_hashes(hashes: Iterable[bytes], what: str) -> None:
    if any(len(hash_) != HASH_BYTES for hash_ in hashes):
        raise _unproven(what, f"a hash is not {HASH_BYTES} bytes long")


def _unproven(what: str, why: str) -> IntegrityBroken:
    return IntegrityBroken(
        "proof-does-not-verify",
        f"{what} is not proven: {why}",
        remedy="get the proof and the checkpoint again from the ledger; if it still fails, one of them was changed",
    )
