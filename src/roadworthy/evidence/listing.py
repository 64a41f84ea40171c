"""The evidence of a whole portfolio as a list: filtered, sorted and cut into pages by the database, and its expiries.

An item's state follows from its row and the time of the question, never from a column that could be stale.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from roadworthy.evidence.model import Doubt, Method, State
from roadworthy.evidence.tables import evidence_items as items
from roadworthy.foundation.storage.statements import portions
from roadworthy.inventory.facts import Answer


@dataclass(frozen=True, slots=True)
class Asked:
    """Which items; what is None is not asked about."""

    use_case: str | None = None
    fact: str | None = None
    kind: str | None = None
    method: Method | None = None
    state: State | None = None
    collector: str | None = None
    text: str | None = None
    """Part of the name of a use case or a fact, in any case."""
    expires_within: int | None = None
    """Days; live and contested items only."""


class Line(NamedTuple):
    """An item, as much of it as a list shows."""

    id: str
    use_case: str
    fact: str
    kind: str
    answer: Answer
    method: Method
    state: State
    doubt: Doubt | None
    collector: str | None
    observed_to: dt.date
    recorded_at: dt.datetime
    recorded_by: str
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A stretch of the list."""

    lines: Sequence[Line]
    total: int
    """How many items fit in all."""
    first: int
    """Place of the first line, from 1."""


def page(connection: sa.Connection, asked: Asked, now: dt.datetime, *, first: int = 1, most: int = 100) -> Listed:
    """The items that fit: those that count by how soon they expire, then the others by how late they were recorded.

    Args:
        connection: to read with.
        asked: which items.
        now: the instant of the question, which decides what has expired.
        first: place of the first line to answer with, from 1.
        most: lines to answer with at most.
    """
    which = _which(asked, now)
    total = connection.execute(sa.select(sa.func.count()).select_from(items).where(*which)).scalar_one()
    counting = sa.and_(*_counting(now))
    order = (
        sa.case((counting, 0), else_=1),
        sa.case((counting, items.c.expires_at), else_=None),
        items.c.recorded_at.desc(),
        items.c.id,
    )
    rows = connection.execute(sa.select(*_COLUMNS).where(*which).order_by(*order).limit(most).offset(first - 1))
    return Listed([_line(row, now) for row in rows], total, first)


def counts(connection: sa.Connection, now: dt.datetime, asked: Asked | None = None) -> Mapping[State, int]:
    """How many items there are in each state, among those that fit but for their state."""
    wide = replace(asked or Asked(), state=None, expires_within=None)
    row = connection.execute(
        sa.select(
            *(sa.func.count(sa.case((sa.and_(*_state(state, now)), 1))).label(state.name.lower()) for state in State)
        ).where(*_which(wide, now))
    ).one()
    return dict(zip(State, row, strict=True))


def expiries(connection: sa.Connection, now: dt.datetime, days: int, asked: Asked | None = None) -> Mapping[int, int]:
    """When what counts now will stop counting: whole days ahead, from 0, to the number of items.

    Args:
        connection: to read with.
        now: the begin of day 0, which is 24 hours long whatever the calendar says.
        days: how far to look.
        asked: among which items.
    """
    within = (*_counting(now), items.c.expires_at <= now + dt.timedelta(days=days))
    ends = connection.execute(
        sa.select(items.c.expires_at, sa.func.count())
        .where(*_which(asked or Asked(), now), *within)
        .group_by(items.c.expires_at)
    )
    found: dict[int, int] = {}
    for end, count in ends:
        day = min((end - now).days, days - 1)
        found[day] = found.get(day, 0) + count
    return found


def by_entries(connection: sa.Connection, use_cases: Sequence[str], entries: Sequence[str]) -> list[str]:
    """Ids of the items that these ledger entries recorded, in the order of the entries.

    Args:
        connection: to read with.
        use_cases: that the items are about; they narrow the search to an index.
        entries: ids of entries.
    """
    wanted = {entry: position for position, entry in enumerate(entries)}
    found = []
    for some in portions(sorted(set(use_cases))):
        rows = connection.execute(sa.select(items.c.id, items.c.entry_id).where(items.c.use_case.in_(some)))
        found += [(wanted[row.entry_id], row.id) for row in rows if row.entry_id in wanted]
    return [item for _, item in sorted(found)]


_COLUMNS = (
    items.c.id,
    items.c.use_case,
    items.c.fact,
    items.c.kind,
    items.c.answer,
    items.c.method,
    items.c.doubt,
    items.c.collector,
    items.c.observed_to,
    items.c.recorded_at,
    items.c.recorded_by,
    items.c.expires_at,
    items.c.withdrawn_at,
    items.c.superseded_by,
)


def _counting(now: dt.datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return items.c.withdrawn_at.is_(None), items.c.superseded_by.is_(None), items.c.expires_at > now


def _state(state: State, now: dt.datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions under which an item is in a state; the same as `Item.state`."""
    contested = items.c.doubt == Doubt.CONTESTED.value
    match state:
        case State.WITHDRAWN:
            return (items.c.withdrawn_at.is_not(None),)
        case State.SUPERSEDED:
            return items.c.withdrawn_at.is_(None), items.c.superseded_by.is_not(None)
        case State.EXPIRED:
            return items.c.withdrawn_at.is_(None), items.c.superseded_by.is_(None), items.c.expires_at <= now
        case State.CONTESTED:
            return *_counting(now), contested
        case State.LIVE:
            return *_counting(now), sa.or_(items.c.doubt.is_(None), sa.not_(contested))


def _which(asked: Asked, now: dt.datetime) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [
        column == value
        for column, value in (
            (items.c.use_case, asked.use_case),
            (items.c.fact, asked.fact),
            (items.c.kind, asked.kind),
            (items.c.method, asked.method),
            (items.c.collector, asked.collector),
        )
        if value is not None
    ]
    if asked.state is not None:
        found += _state(asked.state, now)
    if asked.text:
        part = asked.text.strip().lower()
        found.append(
            sa.or_(
                sa.func.lower(items.c.use_case).contains(part, autoescape=True),
                items.c.fact.contains(part, autoescape=True),
            )
        )
    if asked.expires_within is not None:
        found += [*_counting(now), items.c.expires_at <= now + dt.timedelta(days=asked.expires_within)]
    return found


def _line(row: sa.Row[*tuple[Any, ...]], now: dt.datetime) -> Line:
    doubt = None if row.doubt is None else Doubt(row.doubt)
    if row.withdrawn_at is not None:
        state = State.WITHDRAWN
    elif row.superseded_by is not None:
        state = State.SUPERSEDED
    elif row.expires_at <= now:
        state = State.EXPIRED
    else:
        state = State.CONTESTED if doubt is Doubt.CONTESTED else State.LIVE
    return Line(
        id=row.id,
        use_case=row.use_case,
        fact=row.fact,
        kind=row.kind,
        answer=Answer(row.answer),
        method=Method(row.method),
        state=state,
        doubt=doubt,
        collector=row.collector,
        observed_to=row.observed_to,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        expires_at=row.expires_at,
    )
