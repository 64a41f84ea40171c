"""People as erasable records: found, made and named."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from roadworthy.foundation.identity.model import LOCAL, Person
from roadworthy.foundation.identity.tables import people
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.storage.statements import portions


def by_handle(connection: sa.Connection, folded: str) -> Person | None:
    """Whoever has this handle, folded."""
    row = connection.execute(sa.select(people).where(people.c.handle == folded)).one_or_none()
    return None if row is None else person_of(row)


def by_refs(connection: sa.Connection, refs: Iterable[str]) -> dict[str, Person]:
    """The people behind references, as far as they are known."""
    found: dict[str, Person] = {}
    for some in portions(sorted(set(refs))):
        for row in connection.execute(sa.select(people).where(people.c.ref.in_(some))):
            found[row.ref] = person_of(row)
    return found


def person_of(row: sa.Row[tuple[object, ...]]) -> Person:
    """A person out of a row of their table, or of a join with it."""
    return Person(row.ref, row.handle, row.name, row.signed_in_at)


def keep_local(tx: Transaction, ref: str, folded: str, name: str | None) -> Person:
    """The row of somebody who signs in by local means, made where it is new, with the time of this sign-in."""
    shown = name.strip() if name and name.strip() else None
    known = by_handle(tx.connection, folded)
    if known is None:
        row = {
            "ref": ref,
            "handle": folded,
            "name": shown,
            "issuer": LOCAL,
            "created_at": tx.now,
            "signed_in_at": tx.now,
        }
        tx.connection.execute(people.insert(), row)
        return Person(ref, folded, shown, tx.now)
    tx.connection.execute(
        people.update().where(people.c.ref == known.ref).values(signed_in_at=tx.now, name=known.name or shown)
    )
    return Person(known.ref, folded, known.name or shown, tx.now)
