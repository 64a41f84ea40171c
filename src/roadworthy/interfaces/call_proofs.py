"""Proofs of calls as files: what a call's records are held against by somebody who trusts no server."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roadworthy.foundation.errors import IntegrityBroken, InvalidInput, Place
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.segments.proofs import RecordProof
from roadworthy.operate.telemetry.codec import decode


@dataclass(frozen=True, slots=True)
class Checked:
    """A proof that holds."""

    lines: tuple[str, ...]
    """What it proves, a line for each record."""


def check(file: Path, keys: Sequence[str]) -> Checked:
    """Check a file that `call prove` wrote.

    Args:
        file: the file.
        keys: verifier keys that are trusted; the file's own where there is none, which proves nothing about who signed.

    Raises:
        InvalidInput: it is no such file.
        IntegrityBroken: a proof does not hold, or a record is another call's.
    """
    try:
        content: Any = json.loads(file.read_text(encoding="utf-8"))
        call, origin, own, records = (content[name] for name in ("id", "origin", "key", "records"))
        said = [(base64.b64decode(each["record"], validate=True), json.dumps(each["proof"])) for each in records]
    except (OSError, ValueError, KeyError, TypeError, binascii.Error) as error:
        raise InvalidInput(
            "call-proof-unreadable",
            "this is no proof of a call",
            place=Place(source=str(file)),
            remedy="give the file as `roadworthy call prove` wrote it",
        ) from error
    trusted = [VerifierKey.parse(each) for each in (keys or [own])]
    lines = []
    for record, proof in said:
        checkpoint = RecordProof.parse(proof).check(record, origin, trusted)
        found = decode(record)
        if found.id != call:
            raise IntegrityBroken(
                "call-proof-other",
                "a record in the proof is another call's",
                place=Place(source=str(file)),
                remedy="get the proof again with `roadworthy call prove`",
            )
        kind = type(found).__name__.lower()
        lines.append(f"proven: the {kind} of call {call}, in a ledger of {checkpoint.size} entries")
    return Checked(tuple(lines))
