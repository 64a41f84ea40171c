"""What a ledger sends a witness (C2SP tlog-witness, add-checkpoint): the size it last saw, a proof, a checkpoint."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.ledger.notes import LARGEST_NOTE
from roadworthy.foundation.ledger.tree import HASH_BYTES

MOST_HASHES = 63
"""Lines of a proof; a tree of 2**63 entries needs no more (C2SP tlog-witness)."""
SIZE_TYPE = "text/x.tlog.size"
"""Content type of an answer that is nothing but the size that the witness knows."""
LARGEST_SIZE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request for a cosignature."""

    old: int
    """The size that the witness cosigned last, as far as the sender knows; 0 for none."""
    proof: tuple[bytes, ...]
    """That the ledger of the checkpoint begins with the ledger of `old` entries (RFC 6962, section 2.1.2)."""
    note: str
    """The signed checkpoint."""

    def __str__(self) -> str:
        """The body of the request."""
        lines = "".join(f"{base64.b64encode(each).decode('ascii')}\n" for each in self.proof)
        return f"old {self.old}\n{lines}\n{self.note}"

    @classmethod
    def parse(cls, body: bytes) -> AddCheckpoint:
        """Read the body of a request strictly.

        Raises:
            InvalidInput: it is none. The checkpoint itself is not read yet.
        """
        if len(body) > LARGEST_NOTE:
            raise _unreadable(f"it is over {LARGEST_NOTE} bytes long")
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _unreadable("it is not text in UTF-8") from error
        head, blank, note = text.partition("\n\n")
        first, *lines = head.split("\n")
        if not blank or not first.startswith("old "):
            raise _unreadable("a line `old SIZE`, a proof, a blank line and a checkpoint were expected")
        if len(lines) > MOST_HASHES:
            raise _unreadable(f"its proof has {len(lines)} lines, at most {MOST_HASHES} are read")
        return cls(parse_size(first.removeprefix("old ")), tuple(map(_hash, lines)), note)


def parse_size(text: str) -> int:
    """A size in decimal digits, without leading zeroes.

    Raises:
        InvalidInput: it is not one.
    """
    shaped = text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_SIZE))
    if not shaped or str(int(text)) != text or int(text) > LARGEST_SIZE:
        raise _unreadable(f"`{text[:40]}` is not a size")
    return int(text)


def _hash(line: str) -> bytes:
    try:
        found = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unreadable("a line of the proof is not base64") from error
    if len(found) != HASH_BYTES or base64.b64encode(found).decode("ascii") != line:
        raise _unreadable(f"a line of the proof is not {HASH_BYTES} bytes in canonical base64")
    return found


def _unreadable(why: str) -> InvalidInput:
    return InvalidInput(
        "witness-request-unreadable",
        f"this is no request to a witness: {why}",
        remedy="send what c2sp.org/tlog-witness describes",
    )
