"""SQL of the stop switches."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from roadworthy.decide.certificate.model import Stop
from roadworthy.decide.certificate.scopes import SELF_TEST
from roadworthy.decide.certificate.tables import stops


def insert(connection: sa.Connection, stop: Stop) -> None:
    """Keep a stop switch that is set."""
    connection.execute(
        stops.insert().values(
            id=stop.id,
            scope=stop.scope,
            reason=stop.reason,
            set_at=stop.set_at,
            set_by=stop.set_by,
            entry_id=stop.entry,
        )
    )


def lift(connection: sa.Connection, stop: Stop) -> None:
    """Keep that it is lifted."""
    change = stops.update().where(stops.c.id == stop.id, stops.c.lifted_at.is_(None))
    connection.execute(change.values(lifted_at=stop.lifted_at, lifted_by=stop.lifted_by))


def standing(connection: sa.Connection, scope: str) -> Stop | None:
    """The stop switch of a scope that is set; None where none is."""
    row = connection.execute(sa.select(stops).where(stops.c.scope == scope, stops.c.lifted_at.is_(None))).first()
    return None if row is None else _stop(row)


def listed(connection: sa.Connection, *, lifted: bool) -> list[Stop]:
    """Those that people set, the latest first; with those that were."""
    query = sa.select(stops).where(stops.c.scope != SELF_TEST).order_by(stops.c.set_at.desc(), stops.c.id.desc())
    return [_stop(row) for row in connection.execute(query if lifted else query.where(stops.c.lifted_at.is_(None)))]


def _stop(row: sa.Row[Any]) -> Stop:
    return Stop(
        id=row.id,
        scope=row.scope,
        reason=row.reason,
        set_at=row.set_at,
        set_by=row.set_by,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
        entry=row.entry_id,
    )
