"""The signer of checkpoints: it never signs a history that contradicts one it signed before.

It remembers the last size and root it signed in a file of its own, outside the database, and before it signs
again demands a proof that the tree only grew. A database that was rewound, rebuilt or forked therefore gets no
signature, however consistent it is in itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from roadworthy.foundation.errors import IntegrityBroken, Place, Unavailable
from roadworthy.foundation.ledger.checkpoint import Checkpoint, open_checkpoint
from roadworthy.foundation.ledger.notes import VerifierKey, sign
from roadworthy.foundation.ledger.tree import check_consistency


class SigningKey(Protocol):
    """An Ed25519 key that signs checkpoints, kept where the database cannot reach it."""

    @property
    def name(self) -> str:
        """The name it signs under; without white space and plus signs."""

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""

    def sign(self, content: bytes) -> bytes:
        """The 64 bytes of the Ed25519 signature over the content."""


class Mark:
    """The largest checkpoint that a process knows of, in a file of its own outside the database.

    Args:
        file: where; its folder exists.
        origin: the ledger's name.
        trusted: the keys of which one must have signed it.
    """

    def __init__(self, file: Path, origin: str, trusted: Sequence[VerifierKey]) -> None:
        self.file = file
        self._origin = origin
        self._trusted = trusted

    def read(self) -> Checkpoint | None:
        """What was kept last, or None when nothing ever was.

        Raises:
            IntegrityBroken: the file was changed, or belongs to another ledger.
            Unavailable: the file cannot be read.
        """
        try:
            note = self.file.read_text("utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise self._unavailable("read", error) from error
        return open_checkpoint(note, self._origin, self._trusted)

    def keep(self, note: str) -> None:
        """Make the note durable before anybody sees it: whole file, synced, renamed, folder synced.

        Raises:
            Unavailable: the file cannot be written.
        """
        # A command beside a server may sign in the same moment; each writes its own before it takes the place.
        fresh = self.file.with_name(f"{self.file.name}.{os.getpid()}.new")
        try:
            with fresh.open("w", encoding="utf-8", newline="\n") as file:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.file)
            folder = os.open(self.file.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise self._unavailable("write", error) from error

    def _unavailable(self, verb: str, error: Exception) -> Unavailable:
        return Unavailable(
            "signer-state-out-of-reach",
            f"the signer cannot {verb} what it signed last ({error})",
            place=Place(source=str(self.file)),
            remedy="check that the file and its folder can be read and written by this process",
        )


class CheckpointSigner:
    """Signs the checkpoints of one ledger.

    Args:
        key: what it signs with.
        origin: the ledger's name, the first line of every checkpoint.
        state: the file in which the last signed checkpoint is remembered; its folder exists.
        former: keys it signed with before, so that the remembered checkpoint of an older key is still believed.
    """

    def __init__(self, key: SigningKey, origin: str, state: Path, former: Sequence[VerifierKey] = ()) -> None:
        self._key = key
        self.origin = origin
        self.public = VerifierKey(key.name, key.public)
        self.trusted = (self.public, *former)
        self._mark = Mark(state, origin, self.trusted)

    def mark(self) -> Checkpoint | None:
        """The last checkpoint it signed, or None when it never signed.

        Raises:
            IntegrityBroken: its file was changed, or belongs to another ledger.
            Unavailable: its file cannot be read.
        """
        return self._mark.read()

    def sign(
        self, size: int, root: bytes, prove: Callable[[int, int], Sequence[bytes]], issued: str | None = None
    ) -> str:
        """Sign the state of the ledger.

        Args:
            size: entries in the tree.
            root: its root.
            prove: `(old, new)` to the consistency proof between these sizes.
            issued: the newest note found in the database; the starting point when the own file is lost.

        Returns:
            The signed note.

        Raises:
            IntegrityBroken: this state does not continue the last signed one. Nothing was signed.
            Unavailable: the own file cannot be written; nothing was signed.
        """
        checkpoint = Checkpoint(self.origin, size, root)
        last = self.mark()
        if last is None and issued is not None:
            last = open_checkpoint(issued, self.origin, self.trusted)
        if last is not None:
            check_continues(last, checkpoint, prove)
        note = sign(str(checkpoint), [(self.public, self._key.sign)])
        self._mark.keep(note)
        return note


def check_continues(last: Checkpoint, new: Checkpoint, prove: Callable[[int, int], Sequence[bytes]]) -> None:
    """Check that a state of the ledger begins with an earlier one.

    Raises:
        IntegrityBroken: entries are missing, or are not the same.
    """
    if new.size < last.size:
        raise IntegrityBroken(
            "ledger-rewound",
            f"the ledger has {new.size} entries, but a checkpoint over {last.size} was signed",
            place=Place(source=new.origin),
            remedy="entries were removed or an old backup was restored; restore the newest one",
        )
    if not last.size:
        return
    proof = [] if last.size == new.size else prove(last.size, new.size)
    try:
        check_consistency(old=last.size, new=new.size, old_root=last.root, new_root=new.root, proof=proof)
    except IntegrityBroken as error:
        raise IntegrityBroken(
            "ledger-rewritten",
            f"the first {last.size} entries are not the ones that a checkpoint was signed over",
            place=Place(source=new.origin),
            remedy="run `roadworthy ledger verify`, then restore the newest backup that verifies",
        ) from error
