"""SQL of the dead letters that have no row of their own elsewhere."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical, canonical_bytes
from roadworthy.foundation.storage.statements import upsert
from roadworthy.foundation.workflow.model import DeadLetter
from roadworthy.foundation.workflow.tables import dead_letters


def put(connection: sa.Connection, letter: DeadLetter, data: Mapping[str, Canonical]) -> None:
    """Keep a dead letter, in the place of one of the same kind and key."""
    row = {
        "kind": letter.kind,
        "key": letter.key,
        "owner": letter.owner,
        "since": letter.since,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "data": canonical_bytes(dict(data)).decode(),
        "again_at": None,
    }
    upsert(connection, dead_letters, [row])


def of_kind(connection: sa.Connection, kind: str) -> list[DeadLetter]:
    """All of a kind, the oldest first."""
    wanted = sa.select(dead_letters).where(dead_letters.c.kind == kind)
    return [_letter(row) for row in connection.execute(wanted.order_by(dead_letters.c.since, dead_letters.c.key))]


def held(connection: sa.Connection, kind: str, key: str) -> DeadLetter | None:
    """One, held against others until the transaction ends."""
    row = connection.execute(sa.select(dead_letters).where(*_of(kind, key)).with_for_update()).first()
    return None if row is None else _letter(row)


def ask_again(connection: sa.Connection, kind: str, key: str, at: dt.datetime) -> None:
    """Keep that somebody wants it tried again."""
    connection.execute(dead_letters.update().where(*_of(kind, key)).values(again_at=at))


def asked(connection: sa.Connection, kind: str) -> list[tuple[DeadLetter, dict[str, Any]]]:
    """Those that somebody wants tried again, with what it takes."""
    wanted = sa.select(dead_letters).where(dead_letters.c.kind == kind, dead_letters.c.again_at.is_not(None))
    found = connection.execute(wanted.order_by(dead_letters.c.again_at, dead_letters.c.key))
    return [(_letter(row), json.loads(row.data)) for row in found]


def take(connection: sa.Connection, kind: str, key: str) -> bool:
    """Take away one that somebody wants tried again; False when another process did."""
    gone = dead_letters.delete().where(*_of(kind, key), dead_letters.c.again_at.is_not(None))
    return connection.execute(gone).rowcount == 1


def back(connection: sa.Connection, letter: DeadLetter, reason: str) -> None:
    """Keep that it failed again; only where it still waits to be tried."""
    where = (*_of(letter.kind, letter.key), dead_letters.c.again_at.is_not(None))
    changed = {"reason": reason, "attempts": letter.attempts + 1, "again_at": None}
    connection.execute(dead_letters.update().where(*where).values(**changed))


def drop(connection: sa.Connection, kind: str, key: str) -> None:
    """Take one away."""
    connection.execute(dead_letters.delete().where(*_of(kind, key)))


def _of(kind: str, key: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return dead_letters.c.kind == kind, dead_letters.c.key == key


def _letter(row: sa.Row[Any]) -> DeadLetter:
    return DeadLetter(row.kind, row.key, row.owner, row.since, row.reason, row.attempts, again=row.again_at is not None)
