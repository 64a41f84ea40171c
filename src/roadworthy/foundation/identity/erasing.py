"""Erasing a person: what names them is gone, and what they did stays provable.

Ledger entries carry a reference and nothing else, so emptying the row behind it is enough, and every proof holds as
before. What they wrote in reasons and comments stays as it is: those are texts of the record, erased one by one where
that is asked for.
"""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.foundation.errors import Refused
from roadworthy.foundation.identity.groups import leave_groups
from roadworthy.foundation.identity.leaving import NAMING, Leavers
from roadworthy.foundation.identity.tables import (
    accounts,
    device_logins,
    directory_records,
    former_handles,
    people,
    sessions,
    sign_in_tokens,
)
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.holds import HoldOn, refuse_held_subject
from roadworthy.foundation.ledger.unit import Transaction

BINDING = NAMING | {"seat", "vote", "request"}
"""Kinds of holdings with which nobody can be erased: somebody has to take them over first. What a declaration says of
their handle is among them: it would stay there, and go to whoever has the handle next."""
_SHOWN = 5


def erase(tx: Transaction, ref: str, reason: str, leavers: Leavers) -> None:
    """Empty a person's record, with the names of their accounts and what a directory said of them.

    Args:
        tx: the unit.
        ref: who.
        reason: why; kept with the entry.
        leavers: says what they hold.

    Raises:
        Refused: they hold a duty or an open vote, were erased before, or a legal hold covers them.
    """
    row = tx.connection.execute(sa.select(people).where(people.c.ref == ref)).one()
    if row.erased_at is not None:
        raise Refused(
            "person-erased-already",
            "this person was erased before",
            remedy="there is nothing left to erase",
        )
    refuse_held_subject(tx.connection, HoldOn.PERSON, [ref])
    held = [each for each in leavers.held_by(tx.connection, ref) if each.what in BINDING]
    before = sa.select(former_handles.c.handle).where(former_handles.c.person_ref == ref)
    for former in tx.connection.execute(before).scalars().all():
        held += leavers.named(tx.connection, ref, former)
    if held:
        shown = "; ".join(f"{each.message}" for each in held[:_SHOWN])
        raise Refused(
            "person-still-holds",
            f"this person cannot be erased yet: {shown}",
            remedy=held[0].remedy,
        )
    leavers.leave(tx, [ref], "erased")
    groups = leave_groups(tx, ref)
    handle = row.handle
    change = {"handle": None, "name": None, "employee": None, "erased_at": tx.now}
    tx.connection.execute(people.update().where(people.c.ref == ref).values(**change))
    # The account itself stays unusable: without its row the next sign-in would make a new person of it.
    ended = sa.func.coalesce(accounts.c.ended_at, sa.literal(tx.now, accounts.c.ended_at.type))
    tx.connection.execute(accounts.update().where(accounts.c.person_ref == ref).values(handle=None, ended_at=ended))
    tx.connection.execute(sessions.delete().where(sessions.c.person_ref == ref))
    tx.connection.execute(former_handles.delete().where(former_handles.c.person_ref == ref))
    tx.connection.execute(device_logins.delete().where(device_logins.c.person_ref == ref))
    tx.connection.execute(directory_records.delete().where(directory_records.c.person_ref == ref))
    if handle is not None:
        tx.connection.execute(sign_in_tokens.delete().where(sign_in_tokens.c.handle == handle))
    tx.record(Draft("person.erased", f"Person/{ref}", facts={"groups": groups}, texts={"reason": reason.encode()}))
