"""Proofs as files that are checked without the ledger (C2SP tlog-proof)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.ledger.checkpoint import Checkpoint, open_checkpoint
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.tree import check_inclusion, leaf_hash

_FIRST_LINE = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That an entry stands at `index` of the ledger that `checkpoint` (a signed note) describes."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str

    def __str__(self) -> str:
        """The content of a `.tlog-proof` file."""
        path = "".join(f"{base64.b64encode(hash_).decode('ascii')}\n" for hash_ in self.hashes)
        return f"{_FIRST_LINE}\nindex {self.index}\n{path}\n{self.checkpoint}"

    @classmethod
    def parse(cls, text: str) -> InclusionProof:
        """Read a `.tlog-proof` file; its optional extra line is passed over, because nothing vouches for it.

        Raises:
            InvalidInput: it is not one.
        """
        head, blank, note = text.partition("\n\n")
        first, *lines = head.split("\n")
        if first != _FIRST_LINE or not blank:
            raise _unreadable(f"the first line `{_FIRST_LINE}` or the blank line before the checkpoint is missing")
        if lines and lines[0].startswith("extra "):
            del lines[0]
        label, _, number = lines[0].partition(" ") if lines else ("", "", "")
        if label != "index" or not (number.isascii() and number.isdecimal()) or str(int(number)) != number:
            raise _unreadable("the line with the index is missing or malformed")
        try:
            hashes = tuple(base64.b64decode(line, validate=True) for line in lines[1:])
        except (binascii.Error, ValueError) as error:
            raise _unreadable("a hash is not base64") from error
        return cls(int(number), hashes, note)

    def check(self, entry: bytes, origin: str, trusted: Iterable[VerifierKey]) -> Checkpoint:
        """Check that these are the entry's bytes, and return the checkpoint that vouches for them.

        Raises:
            InvalidInput: the checkpoint is malformed.
            IntegrityBroken: it is not signed by a trusted key, or the proof does not lead to it.
        """
        checkpoint = open_checkpoint(self.checkpoint, origin, trusted)
        check_inclusion(
            index=self.index, size=checkpoint.size, leaf=leaf_hash(entry), proof=self.hashes, root=checkpoint.root
        )
        return checkpoint


def _unreadable(why: str) -> InvalidInput:
    return InvalidInput(
        "proof-unreadable", f"this is not a proof: {why}", remedy="give the proof file byte for byte as it was issued"
    )
