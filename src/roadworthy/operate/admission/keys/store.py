"""SQL of the gateway keys."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from roadworthy.operate.admission.keys.model import Key
from roadworthy.operate.admission.tables import gateway_keys

_columns = gateway_keys.c


def insert(connection: sa.Connection, key: Key, secret_digest: str) -> None:
    """Keep a key."""
    row = {
        "id": key.id,
        "name": key.name,
        "secret_digest": secret_digest,
        "use_case": key.use_case,
        "stage": key.stage,
        "workload": key.workload,
        "endpoints": None if key.endpoints is None else json.dumps(key.endpoints),
        "follows": key.follows,
        "created_at": key.created_at,
        "created_by": key.created_by,
        "expires_at": key.expires_at,
    }
    connection.execute(gateway_keys.insert(), row)


def change(connection: sa.Connection, key_id: str, values: Mapping[str, object]) -> None:
    """Write other values to a key."""
    connection.execute(gateway_keys.update().where(_columns.id == key_id).values(**values))


def seen(connection: sa.Connection, used: Mapping[str, dt.datetime]) -> None:
    """Keep when keys were used last."""
    for key_id, at in sorted(used.items()):
        older = _columns.last_used_at.is_(None) | (_columns.last_used_at < at)
        connection.execute(gateway_keys.update().where(_columns.id == key_id, older).values(last_used_at=at))


def in_use(connection: sa.Connection, which: str, now: dt.datetime, *, hold: bool = False) -> Key | None:
    """The key that has this id or name and opens something; the newest of several.

    Args:
        connection: a snapshot, or a unit.
        which: id or name.
        now: the business time.
        hold: keep other units from changing it until this one ends.
    """
    query = (
        sa.select(gateway_keys)
        .where(sa.or_(_columns.id == which, _columns.name == which), _open(now))
        .order_by(_columns.created_at.desc(), _columns.id.desc())
    )
    row = connection.execute(query.with_for_update() if hold else query).first()
    return None if row is None else key_from(row)


def named(connection: sa.Connection, name: str, now: dt.datetime) -> bool:
    """Whether a key of this name opens something."""
    return connection.execute(sa.select(_columns.id).where(_columns.name == name, _open(now))).first() is not None


def names(connection: sa.Connection, now: dt.datetime) -> list[str]:
    """Names of all that open something."""
    return list(connection.execute(sa.select(_columns.name).where(_open(now)).order_by(_columns.name)).scalars())


def of_use_case(connection: sa.Connection, use_case: str | None, after: str | None, limit: int) -> list[Key]:
    """Keys of a use case or of all, the newest first, those that open nothing any more included.

    Args:
        connection: a snapshot.
        use_case: whose.
        after: id of the last that was seen.
        limit: at most so many.
    """
    query = sa.select(gateway_keys).order_by(_columns.created_at.desc(), _columns.id.desc()).limit(limit)
    if use_case is not None:
        query = query.where(_columns.use_case == use_case)
    if after is not None:
        at = sa.select(_columns.created_at).where(_columns.id == after).scalar_subquery()
        query = query.where(
            sa.or_(_columns.created_at < at, sa.and_(_columns.created_at == at, _columns.id < after)),
        )
    return [key_from(row) for row in connection.execute(query)]


def standing(connection: sa.Connection, now: dt.datetime) -> list[tuple[str, Key]]:
    """Every key that opens something, with the digest of its secret."""
    found = connection.execute(sa.select(gateway_keys).where(_open(now)))
    return [(row.secret_digest, key_from(row)) for row in found]


def _open(now: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.and_(sa.or_(_columns.revoked_at.is_(None), _columns.revoked_at > now), _columns.expires_at > now)


def key_from(row: sa.Row[Any]) -> Key:
    """A row as a value."""
    return Key(
        id=row.id,
        name=row.name,
        use_case=row.use_case,
        stage=row.stage,
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        workload=row.workload,
        endpoints=None if row.endpoints is None else tuple(json.loads(row.endpoints)),
        follows=row.follows,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by,
        revoked_reason=row.revoked_reason,
    )
