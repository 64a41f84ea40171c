"""Proof that a ledger misbehaved: two states that it signed and that cannot both be true, in one file.

Whoever has the ledger's public key can check it without the ledger, without its entries, and without trusting who made
the file. Either both states are of one size and have different roots. Or the file holds the hashes of the complete
subtrees of the larger state, split where the smaller one ends: together they fold to the root that was signed for the
larger, and those of the first part to another root than was signed for the smaller. A proof that merely does not verify
proves nothing, because whoever made it could have made it wrong.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass

from roadworthy.foundation.errors import IntegrityBroken, InvalidInput
from roadworthy.foundation.ledger.checkpoint import Checkpoint, open_checkpoint
from roadworthy.foundation.ledger.notes import Note, VerifierKey
from roadworthy.foundation.ledger.pack.covering import subtrees
from roadworthy.foundation.ledger.tree import EMPTY_ROOT, HASH_BYTES, Frontier, ReadNode

FORMAT = "roadworthy.dev/ledger-misbehaviour/v1"
_KEYS = {"format", "first", "second", "nodes"}


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """Two signed states of one ledger that cannot both be true."""

    first: str
    """The signed note of the smaller state, or of one of two of the same size."""
    second: str
    nodes: tuple[bytes, ...] = ()
    """Of the larger state: subtrees up to the end of the smaller one, then the rest; none for states of one size."""

    def __str__(self) -> str:
        """The content of the file."""
        nodes = [base64.b64encode(node).decode("ascii") for node in self.nodes]
        content = {"format": FORMAT, "first": self.first, "second": self.second, "nodes": nodes}
        return f"{json.dumps(content, indent=1, ensure_ascii=False)}\n"

    @classmethod
    def parse(cls, text: str) -> Misbehaviour:
        """Read such a file.

        Raises:
            InvalidInput: it is none.
        """
        try:
            content = json.loads(text)
            nodes = tuple(base64.b64decode(node, validate=True) for node in content["nodes"])
            fits = set(content) == _KEYS and content["format"] == FORMAT
            first, second = content["first"], content["second"]
        except (ValueError, KeyError, TypeError, binascii.Error) as error:
            raise _unreadable() from error
        if not fits or not isinstance(first, str) or not isinstance(second, str):
            raise _unreadable()
        return cls(first, second, nodes)

    def check(self, trusted: Iterable[VerifierKey]) -> str:
        """Check that it proves what it says, against keys of the ledger that were got elsewhere.

        Returns:
            What is proven, in a sentence.

        Raises:
            InvalidInput: a note is malformed.
            IntegrityBroken: one of them is not signed by a trusted key, they belong to different ledgers, or nothing is
                proven: the ledger is not to blame.
        """
        keys = tuple(trusted)
        origin = Checkpoint.parse(Note.parse(self.first).text).origin
        first, second = (open_checkpoint(note, origin, keys) for note in (self.first, self.second))
        if first.size == second.size:
            if first.root == second.root:
                raise _unproven("both notes say the same")
            return f"`{origin}` signed two different states of {first.size} entries"
        if first.size > second.size:
            raise _unproven("the larger state stands first")
        at_first, at_second = self.roots(first.size, second.size)
        if at_second != second.root:
            raise _unproven("its hashes do not lead to the root of the larger state")
        if at_first == first.root:
            raise _unproven("the larger state continues the smaller one, as it should")
        signed = f"`{origin}` signed a state of {first.size} entries"
        return f"{signed} and one of {second.size} that does not begin with it"

    def roots(self, smaller: int, larger: int) -> tuple[bytes, bytes]:
        """What the hashes fold to over the smaller and over the larger number of entries.

        Raises:
            IntegrityBroken: there are more or fewer of them than the two sizes demand.
        """
        places = [*subtrees(0, smaller), *subtrees(smaller, larger)]
        if len(places) != len(self.nodes) or any(len(node) != HASH_BYTES for node in self.nodes):
            raise _unproven("it has another number of hashes than the two sizes demand")
        tree, root = Frontier(), EMPTY_ROOT
        for (level, _index), node in zip(places, self.nodes, strict=True):
            tree.append(node, level)
            if tree.size == smaller:
                root = tree.root()
        return root, tree.root()


def split_view(first: str, second: str, read: ReadNode | None = None) -> Misbehaviour | None:
    """The proof out of two signed notes of one ledger, each believed already; None where they go together.

    Args:
        first: a note.
        second: another.
        read: nodes of the larger of the two trees; without it only states of one size can be compared.
    """
    states = [(Checkpoint.parse(Note.parse(note).text), note) for note in (first, second)]
    (smaller, one), (larger, other) = sorted(states, key=lambda each: each[0].size)
    if smaller.size == larger.size:
        return None if smaller.root == larger.root else Misbehaviour(one, other)
    if read is None or not smaller.size:
        return None
    places = [*subtrees(0, smaller.size), *subtrees(smaller.size, larger.size)]
    found = Misbehaviour(one, other, tuple(read(level, index) for level, index in places))
    at_smaller, at_larger = found.roots(smaller.size, larger.size)
    return found if at_larger == larger.root and at_smaller != smaller.root else None


def _unproven(why: str) -> IntegrityBroken:
    return IntegrityBroken(
        "misbehaviour-not-proven",
        f"the file proves nothing against the ledger: {why}",
        remedy="ask whoever made it for the two checkpoints, byte for byte, and make the file again",
    )


def _unreadable() -> InvalidInput:
    return InvalidInput(
        "misbehaviour-unreadable",
        "this is no proof of misbehaviour",
        remedy="give the file byte for byte as a witness or `roadworthy ledger misbehaviour` wrote it",
    )
