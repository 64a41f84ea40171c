"""SQL of what stands open of actions, for metrics."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from roadworthy.operate.actions.model import State
from roadworthy.operate.actions.store import states
from roadworthy.operate.actions.tables import action_windows, agent_actions
from roadworthy.operate.actions.watched.metrics import Standing

MOST_LIMITS = 500
"""Ceilings that are shown, the fullest first."""


def standing(connection: sa.Connection, now: dt.datetime) -> Standing:
    """What stands open now."""
    return Standing(states(connection), _oldest(connection, now), _filling(connection, int(now.timestamp())))


def _oldest(connection: sa.Connection, now: dt.datetime) -> Sequence[tuple[str, str, float]]:
    of = agent_actions.c
    letter = (of.state == State.DEAD.value) & of.seen_to_at.is_(None)
    query = (
        sa.select(of.use_case, of.state, sa.func.min(sa.case((letter, of.ended_at), else_=of.asked_at)))
        .where((of.state == State.HELD.value) | letter)
        .group_by(of.use_case, of.state)
        .order_by(of.use_case, of.state)
    )
    return [(case, state, (now - since).total_seconds()) for case, state, since in connection.execute(query)]


def _filling(connection: sa.Connection, now: int) -> Sequence[tuple[str, str, float]]:
    of = action_windows.c
    full = sa.func.max(of.used * 1.0 / of.most)
    query = sa.select(of.limit, of.counter, full).where(of.until > now, of.most > 0).group_by(of.limit, of.counter)
    found = connection.execute(query.order_by(full.desc(), of.limit, of.counter).limit(MOST_LIMITS))
    return [(limit, counter, float(ratio)) for limit, counter, ratio in found]
