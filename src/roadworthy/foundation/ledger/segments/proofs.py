"""Proof that a record was kept: its place in its segment, and the place of the segment's entry in the ledger."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass

from roadworthy.foundation.errors import IntegrityBroken, InvalidInput
from roadworthy.foundation.ledger.checkpoint import Checkpoint
from roadworthy.foundation.ledger.entry import decode
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.proofs import InclusionProof
from roadworthy.foundation.ledger.tree import check_inclusion, leaf_hash

FORMAT = "roadworthy.dev/segment-proof/v1"
SEALED = "segment.sealed"
_KEYS = {"format", "index", "salt", "hashes", "entry", "proof"}


@dataclass(frozen=True, slots=True)
class RecordProof:
    """That a record stands at a place of a segment, and the segment's root in the ledger."""

    index: int
    salt: bytes
    hashes: tuple[bytes, ...]
    entry: bytes
    """The bytes of the entry `segment.sealed`."""
    proof: str
    """That the entry is in the ledger (C2SP tlog-proof)."""

    def __str__(self) -> str:
        """The content of a file."""
        content = {
            "format": FORMAT,
            "index": self.index,
            "salt": _text(self.salt),
            "hashes": [_text(each) for each in self.hashes],
            "entry": _text(self.entry),
            "proof": self.proof,
        }
        return f"{json.dumps(content, indent=1, ensure_ascii=False)}\n"

    @classmethod
    def parse(cls, text: str) -> RecordProof:
        """Read such a file.

        Raises:
            InvalidInput: it is none.
        """
        try:
            content = json.loads(text)
            hashes = tuple(base64.b64decode(each, validate=True) for each in content["hashes"])
            salt, entry = (base64.b64decode(content[name], validate=True) for name in ("salt", "entry"))
            index, proof = content["index"], content["proof"]
            fits = set(content) == _KEYS and content["format"] == FORMAT
        except (ValueError, KeyError, TypeError, binascii.Error) as error:
            raise _unreadable() from error
        if not fits or type(index) is not int or not isinstance(proof, str):
            raise _unreadable()
        return cls(index, salt, hashes, entry, proof)

    def check(self, record: bytes, origin: str, trusted: Iterable[VerifierKey]) -> Checkpoint:
        """Check that this record was kept, and return the checkpoint that vouches for it.

        Raises:
            InvalidInput: the proof in it is malformed.
            IntegrityBroken: it is not in the segment, or the segment not in the ledger.
        """
        checkpoint = InclusionProof.parse(self.proof).check(self.entry, origin, trusted)
        entry = decode(self.entry)
        root, records = entry.facts.get("root"), entry.facts.get("records")
        if entry.what != SEALED or not isinstance(root, str) or not isinstance(records, int):
            raise IntegrityBroken(
                "segment-entry-other",
                "the entry of the proof seals no segment",
                remedy="get the proof again from the ledger",
            )
        check_inclusion(
            index=self.index,
            size=records,
            leaf=leaf_hash(self.salt + record),
            proof=self.hashes,
            root=bytes.fromhex(root),
        )
        return checkpoint


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _unreadable() -> InvalidInput:
    return InvalidInput(
        "segment-proof-unreadable",
        "this is no proof of a record",
        remedy="give the file byte for byte as it was issued",
    )
