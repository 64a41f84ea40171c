"""Asks a witness for a cosignature (C2SP tlog-witness), and understands its objections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from roadworthy.foundation.errors import IntegrityBroken, InvalidInput, Place
from roadworthy.foundation.ledger.checkpoint import Checkpoint
from roadworthy.foundation.ledger.notes import Note, parse_signatures
from roadworthy.foundation.ledger.outside.asking import SIZE_TYPE, AddCheckpoint, parse_size
from roadworthy.foundation.ledger.outside.cosignatures import WitnessKey
from roadworthy.foundation.ledger.outside.wire import Answer, post, unavailable
from roadworthy.foundation.reaching.reach import Reach

Prove = Callable[[int, int], Sequence[bytes]]
"""`(old, new)` to the consistency proof between these sizes."""
TRIES = 3
"""Requests until a witness that names another size each time is given up for this turn."""


@dataclass(frozen=True, slots=True)
class Cosigned:
    """What a witness answered."""

    line: str
    at: datetime


class WitnessClient:
    """One witness.

    Args:
        address: the prefix below which it takes checkpoints.
        key: with which it cosigns.
        reach: how far requests go.
    """

    def __init__(self, address: str, key: WitnessKey, reach: Reach) -> None:
        self._reach = reach
        self.address = f"{address.rstrip('/')}/add-checkpoint"
        self._key = key

    def cosign(self, content: str, prove: Prove, known: int = 0) -> Cosigned:
        """Have a signed checkpoint cosigned.

        Args:
            content: the checkpoint, with the ledger's signature.
            prove: makes consistency proofs.
            known: the size that this witness cosigned last, as far as is known.

        Raises:
            Unavailable: it does not answer, or not as a witness does.
            IntegrityBroken: it saw another history, or more of it than there is here, or less than it cosigned before.
        """
        note = Note.parse(content)
        new = Checkpoint.parse(note.text)
        old = min(known, new.size)
        for _ in range(TRIES):
            proof = tuple(prove(old, new.size)) if 0 < old < new.size else ()
            asked = str(AddCheckpoint(old, proof, content)).encode()
            answer = post(self._reach, self.address, asked, "text/plain; charset=utf-8")
            if answer.status == HTTPStatus.OK:
                return self._believed(note, answer)
            named = self._named(answer)
            self._hold(named, old, known, new)
            old = named
        raise unavailable(self.address, "it names another size each time")

    def _named(self, answer: Answer) -> int:
        """The size that the witness says it knows; what else it says is an objection."""
        if answer.status == HTTPStatus.CONFLICT and answer.media_type == SIZE_TYPE:
            try:
                return parse_size(answer.content.decode("ascii").removesuffix("\n"))
            except (InvalidInput, UnicodeDecodeError) as error:
                raise unavailable(self.address, "it names a size that is none") from error
        if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
            raise self._broken(
                "witness-disagrees",
                "the witness saw another history: what it cosigned last is not how this ledger begins",
                "run `roadworthy ledger verify`; then compare with the checkpoint that the witness has",
            )
        raise unavailable(self.address, f"it answered with status {answer.status}")

    def _hold(self, named: int, sent: int, known: int, new: Checkpoint) -> None:
        """That the witness stands elsewhere is normal, unless it says that something was rewritten or forgotten."""
        if named > new.size:
            raise self._broken(
                "witness-ahead",
                f"the witness has cosigned {named} entries of this ledger, and the checkpoint covers {new.size}",
                "an old backup was restored, or a copy of the ledger goes on elsewhere; find out before you go on",
            )
        if named == new.size == sent:
            raise self._broken(
                "witness-disagrees",
                f"the witness has cosigned another state of {named} entries",
                "somebody signed two histories; ask the witness for its proof of misbehaviour",
            )
        if named < known:
            raise self._broken(
                "witness-rolled-back",
                f"the witness has forgotten: it cosigned {known} entries and now knows of {named}",
                "its cosignatures mean nothing until its keeper has explained that; declare another witness",
            )

    def _believed(self, note: Note, answer: Answer) -> Cosigned:
        try:
            lines = parse_signatures(answer.content.decode("utf-8"))
        except (InvalidInput, UnicodeDecodeError) as error:
            raise unavailable(self.address, "what it answered is no cosignature") from error
        for line in lines:
            at = self._key.cosigned(Note(note.text, (line,)))
            if at is not None:
                return Cosigned(str(line), at)
        raise self._broken(
            "cosignature-of-another",
            "the witness cosigned with another key than the one that is declared",
            "ask its keeper for its key, by another way than from the witness itself",
        )

    def _broken(self, code: str, message: str, remedy: str) -> IntegrityBroken:
        return IntegrityBroken(code, message, place=Place(source=self.address), remedy=remedy)
