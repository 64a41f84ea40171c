"""A signer that runs in a process of its own: what every other process knows of it, and how it is asked.

Where the ledger's key lies with one process alone, the others hold its public half. They ask for a signature through
the database, and remember the largest checkpoint they have seen, so that none of them goes on with a ledger that was
put back behind what it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import sqlalchemy as sa

from roadworthy.foundation.ledger.checkpoint import Checkpoint, open_checkpoint
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.signer import Mark, check_continues
from roadworthy.foundation.ledger.tables import signing

Prove = Callable[[int, int], Sequence[bytes]]


class SignerApart:
    """Stands for the signer where its key is not.

    Args:
        origin: the ledger's name.
        keys: public halves of every key that signed for it, the present one first.
        state: the file in which the largest checkpoint that was seen is remembered; its folder exists.
    """

    def __init__(self, origin: str, keys: Sequence[VerifierKey], state: Path) -> None:
        self.origin = origin
        self.public = keys[0]
        self.trusted = tuple(keys)
        self._mark = Mark(state, origin, self.trusted)

    def mark(self) -> Checkpoint | None:
        """The largest checkpoint that was seen here; None before the first.

        Raises:
            IntegrityBroken, Unavailable: as for `Mark.read`.
        """
        return self._mark.read()

    def saw(self, note: str, prove: Prove) -> None:
        """Remember a checkpoint that came from the signer, where it is larger than what is remembered.

        Raises:
            IntegrityBroken: it is not signed by the signer, or does not continue what was seen before.
            Unavailable: it cannot be remembered.
        """
        seen = open_checkpoint(note, self.origin, self.trusted)
        last = self.mark()
        if last is not None:
            check_continues(last, seen, prove)
        if last is None or seen.size > last.size:
            self._mark.keep(note)


def ask(connection: sa.Connection, size: int) -> None:
    """Ask the signer for a checkpoint over at least so many entries, now and not in ten seconds."""
    if connection.execute(signing.update().where(signing.c.wanted < size).values(wanted=size)).rowcount:
        return
    if connection.execute(sa.select(signing.c.wanted)).first() is None:
        connection.execute(
            sa.text("INSERT INTO ledger_signing (single, wanted) VALUES (1, :size) ON CONFLICT DO NOTHING"),
            {"size": size},
        )


def wanted(connection: sa.Connection) -> int:
    """Over how many entries somebody asked for a checkpoint; -1 where nobody did."""
    found: int | None = connection.execute(sa.select(signing.c.wanted)).scalar_one_or_none()
    return -1 if found is None else found
