"""SQL of the processes that run. Functions take the connection of their transaction; none commits."""

from __future__ import annotations

import json
from datetime import datetime

import sqlalchemy as sa

from roadworthy.foundation.deployment.model import FORGOTTEN, Process, ProcessRole, ProcessState
from roadworthy.foundation.deployment.tables import processes
from roadworthy.foundation.storage.statements import upsert


def announce(connection: sa.Connection, process: Process, now: datetime) -> None:
    """Say that a process lives, and forget those that have been gone for long."""
    row = {
        "id": process.id,
        "roles": ",".join(sorted(process.roles)),
        "version": process.version,
        "revision": process.revision,
        "host": process.host,
        "pid": process.pid,
        "started_at": process.started_at,
        "seen_at": now,
        "state": process.state.value,
        "keys": json.dumps(dict(process.keys), sort_keys=True),
        "faults": json.dumps(list(process.faults)),
    }
    upsert(connection, processes, [row])
    connection.execute(processes.delete().where(processes.c.seen_at < now - FORGOTTEN))


def retire(connection: sa.Connection, process_id: str) -> None:
    """A process ended in order."""
    connection.execute(processes.delete().where(processes.c.id == process_id))


def everyone(connection: sa.Connection) -> tuple[Process, ...]:
    """Every process that is remembered, the one that started first at the beginning."""
    rows = connection.execute(sa.select(processes).order_by(processes.c.started_at, processes.c.id))
    return tuple(
        Process(
            id=row.id,
            roles=frozenset(ProcessRole(role) for role in row.roles.split(",")),
            version=row.version,
            revision=row.revision,
            host=row.host,
            pid=row.pid,
            started_at=row.started_at,
            seen_at=row.seen_at,
            state=ProcessState(row.state),
            keys=json.loads(row.keys),
            faults=tuple(json.loads(row.faults)),
        )
        for row in rows
    )
