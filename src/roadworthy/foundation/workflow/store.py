"""SQL of the timers."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.storage.statements import portions, upsert
from roadworthy.foundation.workflow.model import Timer
from roadworthy.foundation.workflow.tables import timers

LONGEST_ERROR = 500


def put(connection: sa.Connection, timer: Timer) -> None:
    """Keep a timer, replacing the one of the same kind and key, a dead one included."""
    row = {
        "kind": timer.kind,
        "key": timer.key,
        "due_at": timer.due_at,
        "data": canonical_bytes(dict(timer.data)).decode(),
        "attempts": timer.attempts,
        "last_error": timer.last_error,
        "dead_at": timer.dead_at,
    }
    upsert(connection, timers, [row])


def remove(connection: sa.Connection, kind: str, keys: Sequence[str]) -> int:
    """Take timers away; how many there were."""
    gone = 0
    for some in portions(keys):
        done = connection.execute(timers.delete().where(timers.c.kind == kind, timers.c.key.in_(some)))
        gone += done.rowcount
    return gone


def due(connection: sa.Connection, kind: str, until: dt.datetime, most: int, key: str | None = None) -> Sequence[Timer]:
    """The earliest that are due, held against others until the transaction ends; those that others hold are left out.

    SQLite has one writer, who needs no such hold.
    """
    wanted = (
        sa.select(timers)
        .where(timers.c.kind == kind, timers.c.due_at <= until, timers.c.dead_at.is_(None))
        .order_by(timers.c.due_at, timers.c.key)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    if key is not None:
        wanted = wanted.where(timers.c.key == key)
    return [_timer(row) for row in connection.execute(wanted)]


def kinds_due(connection: sa.Connection, until: dt.datetime) -> set[str]:
    """Kinds of which something is due."""
    found = sa.select(timers.c.kind).where(timers.c.due_at <= until, timers.c.dead_at.is_(None)).distinct()
    return set(connection.execute(found).scalars())


def keys(connection: sa.Connection, kind: str) -> set[str]:
    """Keys of all timers of a kind, dead ones included."""
    return set(connection.execute(sa.select(timers.c.key).where(timers.c.kind == kind)).scalars())


def held(connection: sa.Connection, kind: str, key: str) -> Timer | None:
    """One timer, held against others until the transaction ends."""
    row = connection.execute(
        sa.select(timers).where(timers.c.kind == kind, timers.c.key == key).with_for_update()
    ).first()
    return None if row is None else _timer(row)


def ahead(connection: sa.Connection, most: int) -> list[Timer]:
    """The next ones to be handled."""
    wanted = sa.select(timers).where(timers.c.dead_at.is_(None)).order_by(timers.c.due_at, timers.c.kind, timers.c.key)
    return [_timer(row) for row in connection.execute(wanted.limit(most))]


def dead(connection: sa.Connection) -> list[Timer]:
    """Those that were given up, the latest first."""
    wanted = sa.select(timers).where(timers.c.dead_at.is_not(None)).order_by(timers.c.dead_at.desc(), timers.c.key)
    return [_timer(row) for row in connection.execute(wanted)]


def _timer(row: sa.Row[Any]) -> Timer:
    return Timer(row.kind, row.key, row.due_at, json.loads(row.data), row.attempts, row.last_error, row.dead_at)
