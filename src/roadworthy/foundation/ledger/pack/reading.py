"""The stand-alone verifier, as the rest of the program uses it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from roadworthy.foundation.errors import InvalidInput, Place, Unavailable
from roadworthy.foundation.ledger.pack import verify

VERIFIER = Path(verify.__file__)


def verified(path: Path, keys: list[str], witnesses: list[str], checkpoint: Path | None = None) -> dict[str, Any]:
    """What the verifier says of a pack: `result`, `good`, `notes`, and `faults` with code, message and entry.

    Args:
        path: the pack.
        keys: the ledger's, as `vkey`; where there is none, the result is at best `unauthenticated`.
        witnesses: keys of witnesses that must have signed.
        checkpoint: a file with a checkpoint that was got elsewhere.

    Raises:
        InvalidInput: the file is no pack, or not whole; a key is none.
        Unavailable: a file cannot be read.
    """
    try:
        with path.open("rb"):
            other = None if checkpoint is None else checkpoint.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(
            "pack-unreachable",
            f"a file cannot be read ({error})",
            place=Place(source=str(path)),
            remedy="check the path, and that you may read it",
        ) from error
    try:
        report = verify.verify(path, [verify.Key(key) for key in keys], [verify.Key(key) for key in witnesses], other)
    except verify.UnreadableError as error:
        raise InvalidInput(
            "pack-unreadable",
            f"it cannot be verified: {error}",
            place=Place(source=str(path)),
            remedy="give a file that `roadworthy pack write` wrote, whole and unchanged; check the keys",
        ) from error
    return {
        "result": verify.word_of(verify.status_of(report, trusted=bool(keys))),
        "good": report.good,
        "notes": report.notes,
        "faults": report.faults,
    }
