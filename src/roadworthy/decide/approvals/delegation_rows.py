"""SQL of a say that was given to somebody for a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.decide.approvals.tables import delegations


@dataclass(frozen=True, slots=True)
class Said:
    """A say that somebody gave to somebody else, for requests to come and those that are open."""

    id: str
    by_ref: str
    to_ref: str
    decides: DecisionClass | None
    """Only this class; None for all."""
    use_case: str | None
    """Only this use case; None for all."""
    starts_at: dt.datetime
    ends_at: dt.datetime
    ended_at: dt.datetime | None
    """When it was taken back before its time."""
    reason: str
    entry_id: str

    def holds(self, now: dt.datetime) -> bool:
        """Whether it is in force."""
        return self.ended_at is None and self.starts_at <= now < self.ends_at


def add(connection: sa.Connection, said: Said) -> None:
    """Keep a say that was given."""
    values = {name: getattr(said, name) for name in _PLAIN}
    connection.execute(delegations.insert(), {**values, "decides": None if said.decides is None else said.decides})


def get(connection: sa.Connection, said_id: str) -> Said | None:
    """One of them; nobody else changes it until the transaction ends."""
    row = connection.execute(sa.select(delegations).where(delegations.c.id == said_id).with_for_update()).one_or_none()
    return None if row is None else _said(row)


def end(connection: sa.Connection, said_id: str, now: dt.datetime) -> None:
    """Take it back."""
    connection.execute(delegations.update().where(delegations.c.id == said_id).values(ended_at=now))


def of_person(connection: sa.Connection, person_ref: str) -> list[Said]:
    """Everything that a person gave or was given, the newest first."""
    mine = sa.or_(delegations.c.by_ref == person_ref, delegations.c.to_ref == person_ref)
    return [
        _said(row) for row in connection.execute(sa.select(delegations).where(mine).order_by(delegations.c.id.desc()))
    ]


def given_to(connection: sa.Connection, refs: Collection[str], now: dt.datetime) -> list[Said]:
    """What is in force and was given to one of these people."""
    return _in_force(connection, delegations.c.to_ref.in_(sorted(refs)), now)


def in_force(connection: sa.Connection, now: dt.datetime) -> list[Said]:
    """Everything that is in force."""
    return _in_force(connection, sa.true(), now)


def _in_force(connection: sa.Connection, whose: sa.ColumnElement[bool], now: dt.datetime) -> list[Said]:
    query = sa.select(delegations).where(
        whose, delegations.c.ended_at.is_(None), delegations.c.starts_at <= now, delegations.c.ends_at > now
    )
    return [_said(row) for row in connection.execute(query.order_by(delegations.c.id))]


_PLAIN = ("id", "by_ref", "to_ref", "use_case", "starts_at", "ends_at", "ended_at", "reason", "entry_id")


def _said(row: sa.Row[Any]) -> Said:
    decides = None if row.decides is None else DecisionClass(row.decides)
    return Said(decides=decides, **{name: getattr(row, name) for name in _PLAIN})
