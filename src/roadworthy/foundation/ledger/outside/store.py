"""SQL of what others said about checkpoints. Functions take the connection of the transaction they run in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger.outside.cosignatures import with_lines
from roadworthy.foundation.ledger.outside.tables import alarms, standing, witnessed
from roadworthy.foundation.ledger.store import StoredCheckpoint
from roadworthy.foundation.ledger.tables import checkpoints

RECENT = 20
"""Checkpoints among which the one to publish is looked for: more than three minutes of a ledger that grows."""


@dataclass(frozen=True, slots=True)
class Said:
    """That somebody outside has a checkpoint."""

    size: int
    witness: str
    type: str
    at: datetime
    line: str | None = None
    reference: str | None = None
    stamp: bytes | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with a witness."""

    witness: str
    size: int
    tried_at: datetime
    failing_since: datetime | None = None
    code: str | None = None
    message: str | None = None
    remedy: str | None = None


def keep(connection: sa.Connection, said: Said) -> None:
    """Keep what a witness said; a later word about the same checkpoint takes the place of an earlier one."""
    same = (witnessed.c.size == said.size, witnessed.c.witness == said.witness)
    connection.execute(witnessed.delete().where(*same))
    connection.execute(
        witnessed.insert(),
        {
            "size": said.size,
            "witness": said.witness,
            "type": said.type,
            "at": said.at,
            "line": said.line,
            "reference": said.reference,
            "stamp": said.stamp,
        },
    )


def said_of(connection: sa.Connection, size: int) -> list[Said]:
    """What is known of the checkpoint of this size, by witness."""
    found = connection.execute(sa.select(witnessed).where(witnessed.c.size == size).order_by(witnessed.c.witness))
    return [_said(row) for row in found]


def newest_by_witness(connection: sa.Connection) -> Mapping[str, Said]:
    """The largest checkpoint that each witness has."""
    largest = (
        sa.select(witnessed.c.witness, sa.func.max(witnessed.c.size).label("size"))
        .group_by(witnessed.c.witness)
        .subquery()
    )
    both = sa.and_(witnessed.c.witness == largest.c.witness, witnessed.c.size == largest.c.size)
    found = connection.execute(sa.select(witnessed).join(largest, both))
    return {row.witness: _said(row) for row in found}


def cosigned_note(connection: sa.Connection, checkpoint: StoredCheckpoint) -> str:
    """The checkpoint's note with every cosignature that is known."""
    lines = (said.line for said in said_of(connection, checkpoint.size))
    return with_lines(checkpoint.note, (line for line in lines if line is not None))


def recent_checkpoints(connection: sa.Connection, most: int = RECENT) -> list[StoredCheckpoint]:
    """The newest checkpoints, the largest first."""
    found = connection.execute(sa.select(checkpoints).order_by(checkpoints.c.size.desc()).limit(most))
    return [StoredCheckpoint(row.size, bytes(row.root), row.note, row.at) for row in found]


def checkpoint_of(connection: sa.Connection, size: int) -> StoredCheckpoint | None:
    """The checkpoint of just this size."""
    row = connection.execute(sa.select(checkpoints).where(checkpoints.c.size == size)).one_or_none()
    return None if row is None else StoredCheckpoint(row.size, bytes(row.root), row.note, row.at)


def best_covering(connection: sa.Connection, position: int) -> StoredCheckpoint | None:
    """Of the checkpoints over a position the one that most witnesses cosigned, and of those the newest."""
    count = (
        sa.select(sa.func.count())
        .where(witnessed.c.size == checkpoints.c.size, witnessed.c.line.is_not(None))
        .scalar_subquery()
    )
    statement = sa.select(checkpoints).where(checkpoints.c.size > position).order_by(count.desc())
    row = connection.execute(statement.order_by(checkpoints.c.size.desc()).limit(1)).one_or_none()
    return None if row is None else StoredCheckpoint(row.size, bytes(row.root), row.note, row.at)


def first_uncovered(connection: sa.Connection, size: int) -> datetime | None:
    """When the oldest checkpoint over more than so many entries was signed; None where there is none."""
    statement = sa.select(sa.func.min(checkpoints.c.at)).where(checkpoints.c.size > size)
    found: datetime | None = connection.execute(statement).scalar_one()
    return found


# ---------------------------------------------------------------- how it stands


def standings(connection: sa.Connection) -> dict[str, Standing]:
    """How it stands with each witness that was ever tried."""
    return {row.witness: Standing(**row._mapping) for row in connection.execute(sa.select(standing))}  # noqa: SLF001 - a row's public way to its columns


def claim(connection: sa.Connection, witness: str, now: datetime, not_since: datetime) -> bool:
    """Take a turn with a witness, unless another process took one later than `not_since`."""
    moved = connection.execute(
        standing.update().where(standing.c.witness == witness, standing.c.tried_at <= not_since).values(tried_at=now)
    )
    if moved.rowcount:
        return True
    if connection.execute(sa.select(standing.c.witness).where(standing.c.witness == witness)).first() is not None:
        return False
    put = connection.execute(
        sa.text(
            "INSERT INTO ledger_witness_standing (witness, size, tried_at) VALUES (:witness, 0, :now) "
            "ON CONFLICT DO NOTHING"
        ).bindparams(sa.bindparam("now", type_=standing.c.tried_at.type)),
        {"witness": witness, "now": now},
    )
    return put.rowcount == 1


def went_well(connection: sa.Connection, witness: str, size: int) -> None:
    """Keep that a witness took a checkpoint of this size."""
    values = {"size": size, "failing_since": None, "code": None, "message": None, "remedy": None}
    connection.execute(standing.update().where(standing.c.witness == witness).values(values))


def failed(connection: sa.Connection, witness: str, error: RoadworthyError, now: datetime) -> None:
    """Keep that a witness did not take a checkpoint, and since when that is so."""
    connection.execute(
        standing.update()
        .where(standing.c.witness == witness)
        .values(
            failing_since=sa.func.coalesce(
                standing.c.failing_since, sa.bindparam("since", now, standing.c.tried_at.type)
            ),
            code=error.code,
            message=error.message,
            remedy=error.remedy,
        )
    )


def forget(connection: sa.Connection, witnesses: set[str]) -> None:
    """Take away how it stands with witnesses that are not declared any more; what they said stays."""
    connection.execute(standing.delete().where(standing.c.witness.in_(sorted(witnesses))))


# ---------------------------------------------------------------- alarms


def raised(connection: sa.Connection) -> dict[str, tuple[datetime, datetime | None]]:
    """What has not been as it should be: since when, and when people were told."""
    return {row.name: (row.since, row.told_at) for row in connection.execute(sa.select(alarms))}


def put_alarm(connection: sa.Connection, name: str, since: datetime, told_at: datetime | None) -> None:
    """Keep an alarm."""
    drop_alarm(connection, name)
    connection.execute(alarms.insert(), {"name": name, "since": since, "told_at": told_at})


def drop_alarm(connection: sa.Connection, name: str) -> None:
    """It is as it should be again."""
    connection.execute(alarms.delete().where(alarms.c.name == name))


def _said(row: sa.Row[Any]) -> Said:
    return Said(row.size, row.witness, row.type, row.at, row.line, row.reference, row.stamp and bytes(row.stamp))
