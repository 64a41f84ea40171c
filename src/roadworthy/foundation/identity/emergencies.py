"""Emergency access as it is kept: from its opening to its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.identity.tables import break_glass, people


@dataclass(frozen=True, slots=True)
class Emergency:
    """Emergency access, from its opening to its end."""

    id: str
    person: str
    """Reference of whoever it is for."""
    shown: str
    reason: str
    hours: int
    opened_by: str
    opened_at: datetime
    confirm_before: datetime
    confirmed_by: str | None
    expires_at: datetime | None
    used_at: datetime | None
    ended_at: datetime | None

    def state(self, now: datetime) -> str:
        """`waiting`, `open`, `lapsed` (never confirmed) or `over`."""
        if self.ended_at is not None:
            return "over"
        if self.expires_at is None:
            return "waiting" if now < self.confirm_before else "lapsed"
        return "open" if now < self.expires_at else "over"


def one(connection: sa.Connection, emergency_id: str) -> Emergency:
    """The one of this id.

    Raises:
        NotFound: there is none.
    """
    found = every(connection, break_glass.c.id == emergency_id)
    if not found:
        raise none_waits()
    return found[0]


def every(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Emergency]:
    """Those that meet a condition, the oldest first."""
    query = (
        sa.select(break_glass, people.c.handle, people.c.name)
        .join(people, people.c.ref == break_glass.c.person_ref)
        .where(condition)
        .order_by(break_glass.c.opened_at)
    )
    return [_emergency(row) for row in connection.execute(query)]


def _emergency(row: sa.Row[Any]) -> Emergency:
    return Emergency(
        id=row.id,
        person=row.person_ref,
        shown=row.name or row.handle or "an erased person",
        reason=row.reason,
        hours=row.hours,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        confirm_before=row.confirm_before,
        confirmed_by=row.confirmed_by,
        expires_at=row.expires_at,
        used_at=row.used_at,
        ended_at=row.ended_at,
    )


def none_waits() -> NotFound:
    """What to say where there is none, or it is over."""
    return NotFound(
        "break-glass-none",
        "there is no such emergency access, or it is over",
        remedy="`roadworthy break-glass list` shows what is open or waits",
    )
