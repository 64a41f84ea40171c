"""SQL of actions that programs do themselves."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from roadworthy.operate.actions.model import State
from roadworthy.operate.actions.store import Kept, find
from roadworthy.operate.actions.tables import agent_actions

_OF = agent_actions.c


def left(connection: sa.Connection, now: dt.datetime, most: int) -> list[Kept]:
    """Those that were begun and of which nothing was said in time."""
    return _found(connection, (State.RUNNING, State.PROBING), now, most)


def never_begun(connection: sa.Connection, before: dt.datetime, most: int) -> list[Kept]:
    """Those that people let pass before an instant, and that nobody came for."""
    return _found(connection, (State.QUEUED,), before, most)


def _found(connection: sa.Connection, states: tuple[State, ...], due: dt.datetime, most: int) -> list[Kept]:
    wanted = (
        sa.select(_OF.id)
        .where(_OF.state.in_([each.value for each in states]), _OF.due_at <= due, _OF.enforcement == "advisory")
        .order_by(_OF.due_at, _OF.id)
        .limit(most)
    )
    ids = list(connection.execute(wanted).scalars())
    return [kept for kept in (find(connection, id_) for id_ in ids) if kept is not None]
