"""Ways in after a backup was put back: an old database takes back to be good what was ended since it was copied.

Nobody can show of any of them that it was not ended. So all of them end, and whoever may come in comes in anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from roadworthy.foundation.identity import break_glass, sessions
from roadworthy.foundation.identity.tables import break_glass_codes, program_tokens, sign_in_tokens, sign_ins
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.unit import Transaction


@dataclass(frozen=True, slots=True)
class Ended:
    """How many of each."""

    sessions: int
    tokens: int
    """Of programs."""
    emergencies: int
    """Emergency accesses that were open, or waited to be confirmed."""
    codes: int
    """Sealed codes, each of which may have been used up since."""


def end_ways_in(tx: Transaction, reason: str) -> Ended:
    """End every session, link, sign-in on its way, program's token, emergency access and sealed code.

    Args:
        tx: the unit that records the restore.
        reason: why; whoever meets a refusal is told that the token was revoked, and how to make another.
    """
    return Ended(
        sessions=_sessions(tx),
        tokens=_tokens(tx, reason),
        emergencies=break_glass.end_all(tx, tx.context.actor.ref, reason),
        codes=tx.connection.execute(break_glass_codes.delete()).rowcount,
    )


def _sessions(tx: Transaction) -> int:
    tx.connection.execute(sign_in_tokens.update().where(sign_in_tokens.c.used_at.is_(None)).values(used_at=tx.now))
    tx.connection.execute(sign_ins.update().where(sign_ins.c.used_at.is_(None)).values(used_at=tx.now))
    return sessions.end_all(tx)


def _tokens(tx: Transaction, reason: str) -> int:
    """Revoke those that open something, each with an entry of its own, as if somebody had done it."""
    columns = program_tokens.c
    opens = columns.revoked_at.is_(None), columns.expires_at > tx.now
    found = tx.connection.execute(sa.select(columns.id, columns.name).where(*opens).order_by(columns.id)).all()
    change = {"revoked_at": tx.now, "revoked_by": tx.context.actor.ref, "revoked_reason": reason}
    tx.connection.execute(program_tokens.update().where(*opens).values(**change))
    for row in found:
        facts = {"token": row.id, "name": row.name}
        tx.record(Draft("token.revoked", f"Token/{row.id}", facts=facts, texts={"reason": reason.encode()}))
    return len(found)
