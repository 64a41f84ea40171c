"""SQL of the cursors: every change compares what it began from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from roadworthy.foundation.workflow.tables import consumers


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a consumer is, and who works for it."""

    name: str
    position: int
    """Of the entry that is next."""
    fence: int
    """Grows with every change of hands; whoever holds an older one cannot move the cursor."""
    holder: str | None
    leased_until: dt.datetime | None
    attempts: int
    """How often the entry that is next has failed."""
    retry_at: dt.datetime | None
    last_error: str | None
    moved_at: dt.datetime


def enrol(connection: sa.Connection, name: str, position: int, now: dt.datetime) -> None:
    """Make a consumer's cursor; one that is there stays as it is."""
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = {"name": name, "position": position, "fence": 0, "attempts": 0, "moved_at": now}
    connection.execute(build(consumers).values(row).on_conflict_do_nothing())


def cursors(connection: sa.Connection) -> dict[str, Cursor]:
    """Every cursor, by name."""
    return {row.name: _cursor(row) for row in connection.execute(sa.select(consumers).order_by(consumers.c.name))}


def claim(connection: sa.Connection, seen: Cursor, holder: str, until: dt.datetime) -> bool:
    """Take over from whoever held it; False when somebody else did since it was seen."""
    lease = consumers.c.leased_until
    same = lease.is_(None) if seen.leased_until is None else lease == seen.leased_until
    taken = (
        consumers.update()
        .where(consumers.c.name == seen.name, consumers.c.fence == seen.fence, same)
        .values(holder=holder, fence=consumers.c.fence + 1, leased_until=until)
    )
    return connection.execute(taken).rowcount == 1


def move(connection: sa.Connection, held: Cursor, position: int, until: dt.datetime, now: dt.datetime) -> bool:
    """Move a cursor on and renew the lease; False when it is not held any more."""
    changed = {"position": position, "leased_until": until, "moved_at": now}
    changed |= {"attempts": 0, "retry_at": None, "last_error": None}
    return _change(connection, held, changed)


def put_off(connection: sa.Connection, held: Cursor, retry_at: dt.datetime, error: str) -> bool:
    """Keep that the next entry failed once more; False when the cursor is not held any more."""
    return _change(connection, held, {"attempts": held.attempts + 1, "retry_at": retry_at, "last_error": error})


def resign(connection: sa.Connection, holder: str) -> None:
    """Give every lease of a holder up, so that nobody need wait for its end."""
    connection.execute(consumers.update().where(consumers.c.holder == holder).values(leased_until=None))


def _change(connection: sa.Connection, held: Cursor, changed: dict[str, Any]) -> bool:
    same = (consumers.c.name == held.name, consumers.c.fence == held.fence, consumers.c.position == held.position)
    return connection.execute(consumers.update().where(*same).values(**changed)).rowcount == 1


def _cursor(row: sa.Row[Any]) -> Cursor:
    return Cursor(
        row.name,
        row.position,
        row.fence,
        row.holder,
        row.leased_until,
        row.attempts,
        row.retry_at,
        row.last_error,
        row.moved_at,
    )
