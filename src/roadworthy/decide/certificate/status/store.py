"""SQL of the status: the newest snapshot, held while it is made anew."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from roadworthy.decide.certificate.status.tables import heads, revoked_keys

CHANNEL = "roadworthy_status"
"""On which PostgreSQL says that there is a newer snapshot, with its number."""

_NOTHING = {
    dialect: build(heads).values(single=1, seq=0, max_age=0, envelope=b"").on_conflict_do_nothing()
    for dialect, build in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


@dataclass(frozen=True, slots=True)
class Head:
    """The newest snapshot, signed."""

    seq: int
    issued_at: dt.datetime
    max_age: dt.timedelta
    envelope: bytes


def newest(connection: sa.Connection) -> Head | None:
    """The newest snapshot; None where nothing was ever certified or stopped."""
    row = connection.execute(sa.select(heads)).first()
    if row is None or not row.seq:
        return None
    return Head(row.seq, row.issued_at, dt.timedelta(seconds=row.max_age), bytes(row.envelope))


def newest_seq(connection: sa.Connection) -> int:
    """Its number alone; 0 where there is none."""
    return connection.execute(sa.select(heads.c.seq)).scalar() or 0


def held(connection: sa.Connection, now: dt.datetime) -> int:
    """The number of the newest snapshot, held until the end of the transaction, so that one is made after the other."""
    connection.execute(_NOTHING[connection.dialect.name].values(issued_at=now))
    found: int = connection.execute(sa.select(heads.c.seq).with_for_update()).scalar_one()
    return found


def put(connection: sa.Connection, head: Head) -> None:
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


def revoked(connection: sa.Connection) -> tuple[str, ...]:
    """Ids of the keys that are not to be believed any more."""
    return tuple(connection.execute(sa.select(revoked_keys.c.key_id).order_by(revoked_keys.c.key_id)).scalars())
