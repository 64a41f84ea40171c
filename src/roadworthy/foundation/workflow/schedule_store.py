"""SQL of the schedules."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from roadworthy.foundation.storage.statements import upsert
from roadworthy.foundation.workflow.tables import schedule_fires, schedules


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What happens again and again, and when next."""

    name: str
    cadence: str
    next_at: dt.datetime
    attempts: int = 0
    """How often the next fire has failed."""
    retry_at: dt.datetime | None = None
    last_error: str | None = None


def every(connection: sa.Connection) -> dict[str, Scheduled]:
    """All that are kept, by name."""
    return {row.name: _scheduled(row) for row in connection.execute(sa.select(schedules).order_by(schedules.c.name))}


def held(connection: sa.Connection, name: str) -> Scheduled | None:
    """One, held against others until the transaction ends; None where another process holds it."""
    wanted = sa.select(schedules).where(schedules.c.name == name).with_for_update(skip_locked=True)
    row = connection.execute(wanted).first()
    return None if row is None else _scheduled(row)


def put(connection: sa.Connection, scheduled: Scheduled) -> None:
    """Keep what is next."""
    upsert(
        connection,
        schedules,
        [
            {
                "name": scheduled.name,
                "cadence": scheduled.cadence,
                "next_at": scheduled.next_at,
                "attempts": scheduled.attempts,
                "retry_at": scheduled.retry_at,
                "last_error": scheduled.last_error,
            }
        ],
    )


def fire(connection: sa.Connection, name: str, fire_at: dt.datetime, now: dt.datetime) -> bool:
    """Keep that a fire happens; False when it has."""
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = {"schedule": name, "fire_at": fire_at, "fired_at": now}
    statement = build(schedule_fires).values(row).on_conflict_do_nothing().returning(schedule_fires.c.schedule)
    return connection.execute(statement).first() is not None


def forget(connection: sa.Connection, name: str, before: dt.datetime) -> None:
    """Let go of fires that are long past."""
    old = sa.and_(schedule_fires.c.schedule == name, schedule_fires.c.fire_at < before)
    connection.execute(schedule_fires.delete().where(old))


def _scheduled(row: sa.Row[Any]) -> Scheduled:
    return Scheduled(row.name, row.cadence, row.next_at, row.attempts, row.retry_at, row.last_error)
