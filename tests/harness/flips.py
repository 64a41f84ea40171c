"""Every bit of a file turned, one after the other: who notices, and under which name.

Nearly all bits of a ledger stand within entries, and turning one of those has one effect: the entry has other bytes.
So these are judged by what the verdict hangs on, the entry's hash and the root that follows from it along its path,
with the functions that the verifiers use, in a fiftieth of the time; that the whole verifier then names this entry is
shown on some bits of every entry. The same goes for members of a pack that nothing reads and whose digest is listed.
Bits that end a line or join two, and everything else, go through the whole verifier, with its pure functions
remembering: the same digest is over the same bytes in nearly every attempt.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from roadworthy.foundation.errors import IntegrityBroken
from roadworthy.foundation.ledger import checkpoint, export, notes, recount
from roadworthy.foundation.ledger.pack import verify
from roadworthy.foundation.ledger.tree import check_inclusion, complete_root, inclusion_proof, leaf_hash, root_of

UNNOTICED, DIFFERS, OTHER_MEMBER = "unnoticed", "entry-differs", "member-differs"
LINE_END = 0x0A
SOME = 97
"""Every so many bytes of an entry or member one bit goes through the whole verifier too."""

Judge = Callable[[Path], str]
"""What is said of the file: a name, or `UNNOTICED`."""


@dataclass(slots=True)
class Turned:
    """What became of the bits that were turned."""

    names: Counter[str] = field(default_factory=Counter)
    unnoticed: list[int] = field(default_factory=list)
    """Their places, counted in bits from the beginning of the file."""
    otherwise: Counter[str] = field(default_factory=Counter)
    """What the whole verifier says of changed bytes of a piece, if not what it was expected to say."""

    def note(self, bit: int, name: str) -> None:
        """Count one."""
        self.names[name] += 1
        if name == UNNOTICED:
            self.unnoticed.append(bit)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it stands in a file, without its line end."""

    start: int
    raw: bytes


def turn(path: Path, bits: Iterable[int], judge: Judge, into: Turned) -> None:
    """Turn one bit after the other in the file itself, ask, and turn it back."""
    content = path.read_bytes()
    handle = os.open(path, os.O_RDWR)
    try:
        for bit in bits:
            at = bit // 8
            os.pwrite(handle, bytes([content[at] ^ 1 << bit % 8]), at)
            into.note(bit, judge(path))
            os.pwrite(handle, content[at : at + 1], at)
    finally:
        os.pwrite(handle, content, 0)
        os.close(handle)


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a file on which the verdict hangs by their hash alone."""

    start: int
    raw: bytes
    says: str
    """What the whole verifier says where they are others."""
    named: Callable[[bytes], str]
    """What is said of other bytes in their place."""


def turn_everywhere(path: Path, pieces: Sequence[Piece], judge: Judge, bit: int) -> Turned:
    """Turn this bit of every byte.

    Args:
        path: the file.
        pieces: of it.
        judge: the whole verifier.
        bit: 0 to 7.
    """
    turned, whole = Turned(), set(range(path.stat().st_size))
    for piece in pieces:
        places = [at for at, byte in enumerate(piece.raw) if byte ^ 1 << bit != LINE_END]
        whole -= {piece.start + at for at in places}
        tried = Turned()
        turn(path, (8 * (piece.start + at) + bit for at in places if at % SOME == 0), judge, tried)
        turned.names += tried.names
        turned.unnoticed += tried.unnoticed
        turned.otherwise += tried.names - Counter({piece.says: tried.names[piece.says]})
        for at in places:
            if at % SOME:
                changed = piece.raw[:at] + bytes([piece.raw[at] ^ 1 << bit]) + piece.raw[at + 1 :]
                turned.note(8 * (piece.start + at) + bit, piece.named(changed))
    turn(path, (8 * at + bit for at in sorted(whole)), judge, turned)
    assert sum(turned.names.values()) == path.stat().st_size
    return turned


def entries(lines: Sequence[Line], positions: Sequence[int]) -> list[Piece]:
    """Entries of a file as pieces."""
    judged = zip(lines, entries_by_path(lines, positions), strict=True)
    return [Piece(line.start, line.raw, DIFFERS, named) for line, named in judged]


def member(start: int, raw: bytes, listed: str) -> Piece:
    """A member of a pack as a piece: nothing reads it, and its digest is listed."""
    assert hashlib.sha256(raw).hexdigest() == listed

    def named(changed: bytes) -> str:
        return UNNOTICED if hashlib.sha256(changed).hexdigest() == listed else OTHER_MEMBER

    return Piece(start, raw, OTHER_MEMBER, named)


def entries_by_path(lines: Sequence[Line], positions: Sequence[int]) -> Iterator[Callable[[bytes], str]]:
    """For each entry what tells whether other bytes in its place are noticed: by its hash, and by the root.

    The lines are those of a whole ledger, or of a part; then only hashes tell here, which is all that is needed: hashes
    of a tree whose root follows from others would be a collision of SHA-256.
    """
    leaves = [leaf_hash(line.raw) for line in lines]
    whole = list(positions) == list(range(len(leaves)))

    def read(level: int, index: int) -> bytes:
        return complete_root(b"".join(leaves[index << level : (index + 1) << level]))

    for at, leaf in enumerate(leaves):
        proof = inclusion_proof(read, at, len(leaves)) if whole else []
        yield functools.partial(
            _named, at, leaf, proof, root_of(leaves) if whole else leaf, len(leaves) if whole else 1
        )


def _named(at: int, leaf: bytes, proof: list[bytes], root: bytes, size: int, raw: bytes) -> str:
    found = leaf_hash(raw)
    if verify.hashes_of([raw]) != found or found == leaf:
        return UNNOTICED
    try:
        check_inclusion(index=at if proof else 0, size=size, leaf=found, proof=proof, root=root)
    except IntegrityBroken:
        return DIFFERS
    return UNNOTICED


class _Digest:
    """A digest that is known already."""

    __slots__ = ("_digest",)

    def __init__(self, content: bytes) -> None:
        self._digest = hashlib.sha256(content).digest()

    def digest(self) -> bytes:
        """As of hashlib."""
        return self._digest

    def hexdigest(self) -> str:
        """As of hashlib."""
        return self._digest.hex()


@contextmanager
def remembering() -> Iterator[None]:
    """The pure functions of both verifiers remember what they worked out; what they find stays the same."""
    digest = functools.lru_cache(maxsize=20_000)(_Digest)
    leaf = functools.lru_cache(maxsize=2_000)(leaf_hash)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "sha256", lambda content=None: hashlib.sha256() if content is None else digest(content))
        patch.setattr(verify, "hashes_of", lambda raws: b"".join(map(leaf, raws)))
        patch.setattr(verify, "signed_by", functools.lru_cache(maxsize=10_000)(verify.signed_by))
        patch.setattr(verify, "_of_key", functools.lru_cache(maxsize=10_000)(verify._of_key))
        patch.setattr(recount, "_sha256", digest)
        patch.setattr(notes, "verifies", functools.lru_cache(maxsize=10_000)(notes.verifies))
        patch.setattr(export, "open_checkpoint", functools.lru_cache(maxsize=10_000)(checkpoint.open_checkpoint))
        yield
