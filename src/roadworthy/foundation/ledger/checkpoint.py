"""Checkpoints (C2SP tlog-checkpoint): what the whole ledger was at one size, in three signed lines."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

from roadworthy.foundation.errors import IntegrityBroken, InvalidInput
from roadworthy.foundation.ledger.notes import Note, VerifierKey
from roadworthy.foundation.ledger.tree import EMPTY_ROOT, HASH_BYTES

_LEAST_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a ledger: its origin (a name unique to it), its size and its root."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()
    """Further lines, kept and signed but not interpreted."""

    def __str__(self) -> str:
        """The text of the note that is signed."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode("ascii"), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a checkpoint's text strictly.

        Raises:
            InvalidInput: it is not one.
        """
        if not text.endswith("\n"):
            raise _unreadable("it does not end in a line end")
        lines = text[:-1].split("\n")
        if len(lines) < _LEAST_LINES or not all(lines):
            raise _unreadable("origin, size and root were expected, one a line, and no line may be empty")
        origin, size, encoded, *extensions = lines
        if not (size.isascii() and size.isdecimal()) or (size != "0" and size.startswith("0")):
            raise _unreadable(f"`{size}` is not a size")
        try:
            root = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise _unreadable("the root is not base64") from error
        if len(root) != HASH_BYTES or base64.b64encode(root).decode("ascii") != encoded:
            raise _unreadable(f"the root is not {HASH_BYTES} bytes in canonical base64")
        if size == "0" and root != EMPTY_ROOT:
            raise _unreadable("the size is 0 and the root is not that of the empty tree")
        return cls(origin, int(size), root, tuple(extensions))


def open_checkpoint(note: str, origin: str, trusted: Iterable[VerifierKey]) -> Checkpoint:
    """The checkpoint in a signed note, believed only with a signature of a trusted key and the expected origin.

    Raises:
        InvalidInput: the note or the checkpoint is malformed.
        IntegrityBroken: no trusted key signed it, a signature is wrong, or it belongs to another ledger.
    """
    parsed = Note.parse(note)
    parsed.signers(trusted)
    checkpoint = Checkpoint.parse(parsed.text)
    if checkpoint.origin != origin:
        raise IntegrityBroken(
            "checkpoint-of-another-ledger",
            f"the checkpoint belongs to `{checkpoint.origin}`, not to `{origin}`",
            remedy="give the checkpoint of the ledger that you mean to verify",
        )
    return checkpoint


def _unreadable(why: str) -> InvalidInput:
    return InvalidInput(
        "checkpoint-unreadable",
        f"this is not a checkpoint: {why}",
        remedy="give the checkpoint byte for byte as it was issued",
    )
