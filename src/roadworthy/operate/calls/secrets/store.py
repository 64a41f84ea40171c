"""SQL of stored secrets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from roadworthy.operate.calls.secrets.model import Bound, Sealed, State, Version
from roadworthy.operate.calls.secrets.tables import upstream_secrets

_columns = upstream_secrets.c


def insert(connection: sa.Connection, version: Version) -> None:
    """Keep a version."""
    row = {
        "id": version.id,
        "name": version.name,
        "host": version.bound.host,
        "port": version.bound.port,
        "state": version.state.value,
        "until": version.until,
        "ciphertext": version.sealed.ciphertext,
        "wrapped": version.sealed.wrapped,
        "wrapping_key": version.sealed.key,
        "fingerprint": version.fingerprint,
        "set_at": version.set_at,
        "set_by": version.set_by,
    }
    connection.execute(upstream_secrets.insert(), row)


def move(connection: sa.Connection, version: str, state: State, until: dt.datetime | None = None) -> None:
    """Give a version another state."""
    connection.execute(upstream_secrets.update().where(_columns.id == version).values(state=state.value, until=until))


def rewrap(connection: sa.Connection, version: str, before: str, wrapped: bytes, key: str) -> bool:
    """Keep a data key as another key wrapped it; False where the version is gone or was wrapped anew meanwhile."""
    where = _columns.id == version, _columns.wrapping_key == before
    changed = connection.execute(upstream_secrets.update().where(*where).values(wrapped=wrapped, wrapping_key=key))
    return changed.rowcount == 1


def delete(connection: sa.Connection, name: str, *states: State) -> int:
    """Forget versions of a name, of these states or of all; how many they were."""
    query = upstream_secrets.delete().where(_columns.name == name)
    if states:
        query = query.where(_columns.state.in_([state.value for state in states]))
    return connection.execute(query).rowcount


def purge(connection: sa.Connection, now: dt.datetime) -> int:
    """Forget former versions whose time is over; how many they were."""
    over = _columns.state == State.FORMER.value, _columns.until <= now
    return connection.execute(upstream_secrets.delete().where(*over)).rowcount


def seen(connection: sa.Connection, used: Mapping[str, dt.datetime]) -> None:
    """Keep when versions were shown to their upstream last."""
    for version, at in sorted(used.items()):
        older = _columns.last_used_at.is_(None) | (_columns.last_used_at < at)
        connection.execute(upstream_secrets.update().where(_columns.id == version, older).values(last_used_at=at))


def versions(connection: sa.Connection, name: str | None = None, *, hold: bool = False) -> list[Version]:
    """Versions of a name or of all, by name, the newest first.

    Args:
        connection: a snapshot, or a unit.
        name: of the secret.
        hold: keep other units from changing them until this one ends.
    """
    query = sa.select(upstream_secrets).order_by(_columns.name, _columns.set_at.desc(), _columns.id.desc())
    if name is not None:
        query = query.where(_columns.name == name)
    return [_version(row) for row in connection.execute(query.with_for_update() if hold else query)]


def names(connection: sa.Connection) -> list[str]:
    """Of all stored secrets."""
    return list(connection.execute(sa.select(_columns.name).distinct().order_by(_columns.name)).scalars())


def _version(row: sa.Row[Any]) -> Version:
    return Version(
        id=row.id,
        name=row.name,
        bound=Bound(row.host, row.port),
        state=State(row.state),
        sealed=Sealed(bytes(row.ciphertext), bytes(row.wrapped), row.wrapping_key),
        fingerprint=row.fingerprint,
        set_at=row.set_at,
        set_by=row.set_by,
        until=row.until,
        last_used_at=row.last_used_at,
    )
