"""SQL of whose an agent run is."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from roadworthy.operate.actions.model import State
from roadworthy.operate.actions.tables import agent_actions, agent_runs


def first_done(connection: sa.Connection, key: str, user: str, run: str, names: Sequence[str]) -> str | None:
    """Id of the first of some actions that was done in a run.

    Args:
        connection: to the database.
        key: id of the gateway key under which the run is.
        user: pseudonym of its user; empty where it is for none.
        run: as its agent names it.
        names: of the actions.
    """
    of, at = agent_actions.c, agent_runs.c
    wanted = (
        sa.select(of.id)
        .join(agent_runs, at.id == of.run)
        .where(at.key == key, at.user == user, at.name == run, of.action.in_(names), of.state == State.DONE.value)
        .order_by(of.place)
        .limit(1)
    )
    found: str | None = connection.execute(wanted).scalar()
    return found


def first_done_in(connection: sa.Connection, run: str, names: Sequence[str]) -> str | None:
    """The same, of a run that is known by its own id."""
    of = agent_actions.c
    wanted = (
        sa.select(of.id)
        .where(of.run == run, of.action.in_(names), of.state == State.DONE.value)
        .order_by(of.place)
        .limit(1)
    )
    found: str | None = connection.execute(wanted).scalar()
    return found
