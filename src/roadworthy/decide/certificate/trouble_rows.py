"""SQL of the troubles of certificates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.certificate.model import Cause, Trouble
from roadworthy.decide.certificate.tables import troubles
from roadworthy.foundation.storage.statements import portions


def insert(connection: sa.Connection, trouble: Trouble) -> None:
    """Keep a trouble that begins."""
    connection.execute(troubles.insert().values(_row(trouble)))


def keep(connection: sa.Connection, trouble: Trouble) -> None:
    """Keep what became of a trouble."""
    connection.execute(troubles.update().where(troubles.c.id == trouble.id).values(_row(trouble)))


def get(connection: sa.Connection, trouble_id: str) -> Trouble | None:
    """One trouble; None where there is none."""
    row = connection.execute(sa.select(troubles).where(troubles.c.id == trouble_id)).first()
    return None if row is None else _trouble(row)


def of(connection: sa.Connection, serial: str) -> list[Trouble]:
    """Every trouble of a certificate, the latest first."""
    query = sa.select(troubles).where(troubles.c.serial == serial).order_by(troubles.c.since.desc(), troubles.c.id)
    return [_trouble(row) for row in connection.execute(query)]


def standing(connection: sa.Connection, serial: str) -> list[Trouble]:
    """Those that have not ended, the earliest first."""
    query = (
        sa.select(troubles)
        .where(troubles.c.serial == serial, troubles.c.ended_at.is_(None))
        .order_by(troubles.c.since, troubles.c.id)
    )
    return [_trouble(row) for row in connection.execute(query)]


def counts(connection: sa.Connection, serials: Sequence[str]) -> dict[str, int]:
    """By serial, how many have not ended; a certificate without any is not there."""
    found: dict[str, int] = {}
    for some in portions(serials):
        wanted = troubles.c.serial.in_(some) & troubles.c.ended_at.is_(None)
        query = sa.select(troubles.c.serial, sa.func.count()).where(wanted).group_by(troubles.c.serial)
        found.update((serial, number) for serial, number in connection.execute(query))
    return found


def end_all(connection: sa.Connection, serial: str, at: dt.datetime) -> None:
    """End the troubles of a certificate that has ended itself."""
    stands = troubles.update().where(troubles.c.serial == serial, troubles.c.ended_at.is_(None))
    connection.execute(stands.values(ended_at=at))


def accept(connection: sa.Connection, ids: Sequence[str], entry: str) -> None:
    """Keep that a decision named troubles and went on: they do not act any more."""
    if ids:
        connection.execute(troubles.update().where(troubles.c.id.in_(ids)).values(accepted_by=entry))


def _row(trouble: Trouble) -> dict[str, Any]:
    return {column.name: getattr(trouble, column.name) for column in troubles.columns} | {"cause": trouble.cause.value}


def _trouble(row: sa.Row[Any]) -> Trouble:
    values = dict(row._mapping)  # noqa: SLF001 - its public name
    return Trouble(**{**values, "cause": Cause(row.cause)})
