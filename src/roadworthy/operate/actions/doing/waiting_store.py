"""SQL of actions that wait: for their turn, for people, for a stop switch to be lifted.

Whatever is looked for here is found by its state, however many others wait before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from roadworthy.operate.actions.model import AgentAction, State
from roadworthy.operate.actions.store import DUE, Kept, kept_of
from roadworthy.operate.actions.tables import agent_actions

_OF = agent_actions.c


def due(connection: sa.Connection, now: dt.datetime, most: int, without: Sequence[str] = ()) -> list[Kept]:
    """Those whose turn it is or whose lease is over, the longest due first, but for some systems.

    Those that others hold are left out.
    """
    wanted = (
        sa.select(agent_actions)
        .where(_OF.state.in_(DUE), _OF.due_at <= now, _OF.enforcement == "enforced", _OF.system.not_in(without))
        .order_by(_OF.due_at, _OF.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return [kept_of(row) for row in connection.execute(wanted)]


def any_due(connection: sa.Connection, now: dt.datetime, without: Sequence[str] = ()) -> bool:
    """Whether there is any; asked before a transaction is begun that writes."""
    due = (_OF.state.in_(DUE), _OF.due_at <= now, _OF.enforcement == "enforced", _OF.system.not_in(without))
    return connection.execute(sa.select(_OF.id).where(*due).limit(1)).first() is not None


def any_in(connection: sa.Connection, state: State) -> bool:
    """Whether any action is in a state."""
    return connection.execute(sa.select(_OF.id).where(_OF.state == state.value).limit(1)).first() is not None


def unasked(connection: sa.Connection, most: int) -> list[Kept]:
    """Held actions about which nobody was asked yet, the oldest first."""
    wanted = sa.select(agent_actions).where(_OF.state == State.HELD.value, _OF.request.is_(None)).order_by(_OF.id)
    return [kept_of(row) for row in connection.execute(wanted.limit(most))]


def held_by(connection: sa.Connection, requests: sa.Select[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    """Held actions whose request is one of some, the oldest first: the action's id, and how the request ended.

    Args:
        connection: in whose snapshot is looked.
        requests: selects id and state of requests.
        most: how many at most.
    """
    ended = requests.subquery()
    wanted = (
        sa.select(_OF.id, ended.c.state)
        .join(ended, ended.c.id == _OF.request)
        .where(_OF.state == State.HELD.value)
        .order_by(_OF.id)
        .limit(most)
    )
    return [(row[0], row[1]) for row in connection.execute(wanted)]


def parked_samples(connection: sa.Connection) -> list[str]:
    """Of each use case, workload and action of which something is parked, one id: a stop keeps all of them or none."""
    found = sa.select(sa.func.min(_OF.id)).where(_OF.state == State.PARKED.value)
    return list(connection.execute(found.group_by(_OF.use_case, _OF.workload, _OF.action)).scalars())


def parked(connection: sa.Connection, like: AgentAction, most: int) -> list[Kept]:
    """What is parked of one's use case, workload and action, the oldest first; what others hold is left out."""
    wanted = (
        sa.select(agent_actions)
        .where(_OF.state == State.PARKED.value, _OF.use_case == like.use_case, _OF.action == like.action)
        .where(_OF.workload.is_(None) if like.workload is None else _OF.workload == like.workload)
        .order_by(_OF.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return [kept_of(row) for row in connection.execute(wanted)]
