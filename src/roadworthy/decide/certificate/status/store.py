"""SQL of the status: the newest snapshot, held while it is made anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from roadworthy.decide.certificate.status.tables import heads, parts, revoked_keys

CHANNEL = "roadworthy_status"
"""On which PostgreSQL says that there is a newer snapshot, with its number."""

_NOTHING = {
    dialect: build(heads).values(single=1, seq=0, max_age=0, envelope=b"").on_conflict_do_nothing()
    for dialect, build in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


@dataclass(frozen=True, slots=True)
class Signed:
    """The newest snapshot's head, as it was signed."""

    seq: int
    issued_at: dt.datetime
    max_age: dt.timedelta
    envelope: bytes


def newest(connection: sa.Connection) -> Signed | None:
    """The newest snapshot; None where nothing was ever certified or stopped."""
    row = connection.execute(sa.select(heads)).first()
    return None if row is None or not row.seq else _signed(row)


def newest_mark(connection: sa.Connection) -> tuple[int, dt.datetime] | None:
    """Its number and its time alone, which is what is looked at twice a second."""
    row = connection.execute(sa.select(heads.c.seq, heads.c.issued_at)).first()
    return None if row is None or not row.seq else (row.seq, row.issued_at)


def held(connection: sa.Connection, now: dt.datetime) -> Signed:
    """The newest snapshot, held until the end of the transaction, so that one is made after the other.

    Returns:
        Number 0 and nothing signed, where none was ever made.
    """
    connection.execute(_NOTHING[connection.dialect.name].values(issued_at=now))
    return _signed(connection.execute(sa.select(heads).with_for_update()).one())


def turn(connection: sa.Connection) -> Signed | None:
    """The newest snapshot, held; None where there is none, or where another process is making one just now."""
    row = connection.execute(sa.select(heads).with_for_update(skip_locked=True)).first()
    return None if row is None else _signed(row)


def put(connection: sa.Connection, head: Signed) -> None:
    """Keep a newer snapshot, and say so to every process that listens, once this is committed."""
    connection.execute(
        heads.update().values(
            seq=head.seq,
            issued_at=head.issued_at,
            max_age=head.max_age // dt.timedelta(seconds=1),
            envelope=head.envelope,
        )
    )
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_notify(CHANNEL, str(head.seq))))


def contents(connection: sa.Connection, numbers: Iterable[int]) -> Mapping[int, bytes]:
    """Some parts as they stand; those in which nothing is listed are left out."""
    wanted = sorted(numbers)
    if not wanted:
        return {}
    rows = connection.execute(sa.select(parts).where(parts.c.number.in_(wanted)))
    return {row.number: bytes(row.content) for row in rows}


def put_parts(connection: sa.Connection, changed: Mapping[int, bytes], gone: Collection[int] | None) -> None:
    """Keep parts.

    Args:
        connection: of the transaction that holds the head.
        changed: what they list now, by number.
        gone: those that list nothing any more; None where every part is put anew.
    """
    if gone is not None and not (changed or gone):
        return
    old = sa.delete(parts)
    connection.execute(old if gone is None else old.where(parts.c.number.in_([*changed, *gone])))
    if changed:
        connection.execute(parts.insert(), [{"number": number, "content": said} for number, said in changed.items()])


def revoked(connection: sa.Connection) -> tuple[str, ...]:
    """Ids of the keys that are not to be believed any more."""
    return tuple(connection.execute(sa.select(revoked_keys.c.key_id).order_by(revoked_keys.c.key_id)).scalars())


def _signed(row: sa.Row[Any]) -> Signed:
    return Signed(row.seq, row.issued_at, dt.timedelta(seconds=row.max_age), bytes(row.envelope))


def revoke(connection: sa.Connection, key_id: str, purpose: str, now: dt.datetime) -> None:
    """Keep that a key is not to be believed any more."""
    connection.execute(revoked_keys.insert().values(key_id=key_id, purpose=purpose, revoked_at=now))
