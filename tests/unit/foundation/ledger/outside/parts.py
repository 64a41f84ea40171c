"""A log in memory and witnesses for it: what the tests of the outside share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roadworthy.foundation.ledger.checkpoint import Checkpoint
from roadworthy.foundation.ledger.notes import VerifierKey, sign
from roadworthy.foundation.ledger.outside.asking import AddCheckpoint
from roadworthy.foundation.ledger.outside.witness import Witness, WitnessState
from roadworthy.foundation.ledger.tiles import Growth, NodeReader
from roadworthy.foundation.ledger.tree import Frontier, consistency_proof, leaf_hash
from roadworthy.foundation.runtime import Runtime, simulated
from tests.unit.foundation.ledger.samples import Key

LOG = Key()
LOG_KEY = VerifierKey(LOG.name, LOG.public)
AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@cache
def key(number: int, name: str = "") -> Key:
    """The key of a witness, the same in every run."""
    return Key(name or f"witness.example/w{number}", Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))


class Log:
    """A log in memory that can tell two people different things."""

    def __init__(self, leaves: Sequence[bytes] = (), key: Key = LOG) -> None:
        self.leaves = list(leaves)
        self.key = key

    def tree(self, size: int) -> tuple[Frontier, NodeReader]:
        """The tree of so many leaves."""
        growth, tiles = Growth(), {}
        for leaf in self.leaves[:size]:
            tiles.update(growth.extend([leaf_hash(leaf)]))
        return growth.frontier, NodeReader(lambda level, index: tiles.get((level, index)))

    def note(self, size: int | None = None) -> str:
        """The signed state at a size."""
        frontier, _ = self.tree(len(self.leaves) if size is None else size)
        text = str(Checkpoint(self.key.name, frontier.size, frontier.root()))
        return sign(text, [(VerifierKey(self.key.name, self.key.public), self.key.sign)])

    def proof(self, old: int, new: int) -> tuple[bytes, ...]:
        """The consistency proof between two sizes."""
        return tuple(consistency_proof(self.tree(new)[1], old, new)) if old else ()

    def request(self, old: int, new: int) -> AddCheckpoint:
        """What is sent to a witness that saw `old` entries."""
        return AddCheckpoint(old, self.proof(old, new), self.note(new))


def leaves(count: int, mark: str = "entry") -> list[bytes]:
    """So many different leaves."""
    return [f"{mark} {number}".encode() for number in range(count)]


def witness(folder: Path, number: int = 1, runtime: Runtime | None = None) -> Witness:
    """A witness of the log with its state in the folder."""
    return Witness(key(number), [LOG_KEY], WitnessState(folder / f"w{number}.json"), runtime or simulated())
