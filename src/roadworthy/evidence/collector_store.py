"""SQL of the collectors."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import sqlalchemy as sa

from roadworthy.evidence.model import Collector
from roadworthy.evidence.tables import collectors


def insert(connection: sa.Connection, collector: Collector) -> None:
    """Keep a new key."""
    connection.execute(
        collectors.insert().values(
            name=collector.name,
            key_id=collector.key_id,
            public_key=collector.public_key,
            kinds=json.dumps(collector.kinds),
            owner=collector.owner,
            registered_at=collector.registered_at,
            registered_by=collector.registered_by,
        )
    )


def every(connection: sa.Connection) -> list[Collector]:
    """Every key that was ever registered, by name, the newest first."""
    statement = sa.select(collectors).order_by(collectors.c.name, collectors.c.registered_at.desc())
    return [_collector(row) for row in connection.execute(statement)]


def active(connection: sa.Connection, name: str) -> Collector | None:
    """The collector's key that is in force."""
    wanted = sa.select(collectors).where(collectors.c.name == name, collectors.c.revoked_at.is_(None))
    row = connection.execute(wanted).first()
    return None if row is None else _collector(row)


def by_key(connection: sa.Connection, key_id: str) -> Collector | None:
    """Whose key it is, revoked or not."""
    row = connection.execute(sa.select(collectors).where(collectors.c.key_id == key_id)).first()
    return None if row is None else _collector(row)


def revoke(connection: sa.Connection, key_id: str, at: dt.datetime, by: str, reason: str) -> None:
    """Take nothing from a key any more."""
    connection.execute(
        collectors.update()
        .where(collectors.c.key_id == key_id)
        .values(revoked_at=at, revoked_by=by, revoked_reason=reason)
    )


def seen(connection: sa.Connection, key_id: str, at: dt.datetime) -> None:
    """Say when something signed with a key was taken last."""
    connection.execute(collectors.update().where(collectors.c.key_id == key_id).values(last_seen_at=at))


def _collector(row: sa.Row[Any]) -> Collector:
    return Collector(
        name=row.name,
        key_id=row.key_id,
        public_key=row.public_key,
        kinds=tuple(json.loads(row.kinds)),
        owner=row.owner,
        registered_at=row.registered_at,
        registered_by=row.registered_by,
        last_seen_at=row.last_seen_at,
        revoked_at=row.revoked_at,
        revoked_reason=row.revoked_reason,
    )
