"""SQL of how far sinks were told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from roadworthy.foundation.storage.statements import upsert
from roadworthy.operate.actions.trail.tables import event_sinks


@dataclass(frozen=True, slots=True)
class Sent:
    """How far a sink was told."""

    name: str
    position: int
    """Of the ledger entry that is told of next."""
    told_at: dt.datetime | None = None
    failures: int = 0
    error: str | None = None


def sent(connection: sa.Connection, name: str) -> Sent | None:
    """How far a sink was told; None where it never was."""
    row = connection.execute(sa.select(event_sinks).where(event_sinks.c.name == name)).first()
    return None if row is None else Sent(row.name, row.position, row.told_at, row.failures, row.error)


def sinks(connection: sa.Connection) -> list[Sent]:
    """Every sink that was ever declared, by name."""
    query = sa.select(event_sinks).order_by(event_sinks.c.name)
    return [Sent(row.name, row.position, row.told_at, row.failures, row.error) for row in connection.execute(query)]


def put_sent(connection: sa.Connection, kept: Sent) -> None:
    """Keep how far a sink was told."""
    row = {
        "name": kept.name, "position": kept.position, "told_at": kept.told_at, "failures": kept.failures,
        "error": kept.error,
    }  # fmt: skip
    upsert(connection, event_sinks, [row])
