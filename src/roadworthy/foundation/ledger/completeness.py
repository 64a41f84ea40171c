"""Completeness, which integrity does not answer: numbers that nobody has, and what began and never ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from roadworthy.foundation.ledger import store as sql
from roadworthy.foundation.ledger.recount import Fault, Writers
from roadworthy.foundation.ledger.tables import entries

MOST = 1_000
"""Unfinished events that are listed."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Something that began and has no end on record."""

    id: str
    position: int
    at: datetime
    what: str
    resource: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """What can be seen to be missing."""

    size: int
    """Entries that were looked at."""
    gaps: tuple[Fault, ...]
    """Numbers of writers that are missing or stand twice."""
    unfinished: tuple[Unfinished, ...]
    """The oldest first, at most `MOST`."""


def completeness(
    connection: sa.Connection, pairs: Mapping[str, Sequence[str]], apart: Mapping[str, str] | None = None
) -> Completeness:
    """Look through one snapshot.

    Args:
        connection: the snapshot.
        pairs: events that begin something to those that end it, of the same resource.
        apart: by the event that begins, the fact that tells apart what is open of one resource at once.
    """
    writers, size = Writers(), sql.last_position(connection) + 1
    malformed = []
    for rows in sql.stream(connection, size):
        fault = writers.see(rows[0][0], [bytes(raw) for _, raw in rows]) if rows else None
        malformed += [fault] if fault is not None else []
    facts = apart or {}
    found = [
        each
        for begun, ends in pairs.items()
        for each in (
            _told_apart(connection, begun, ends, facts[begun])
            if begun in facts
            else _unfinished(connection, begun, ends)
        )
    ]
    oldest = sorted(found, key=lambda each: each.position)[:MOST]
    return Completeness(size, (*malformed, *writers.faults()), tuple(oldest))


def _unfinished(connection: sa.Connection, begun: str, ends: Sequence[str]) -> list[Unfinished]:
    begin, end = entries.alias(), entries.alias()
    ended = (
        sa.select(end.c.position)
        .where(end.c.resource == begin.c.resource, end.c.what.in_([*ends, begun]), end.c.position > begin.c.position)
        .exists()
    )
    columns = (begin.c.id, begin.c.position, begin.c.at, begin.c.what, begin.c.resource)
    wanted = sa.select(*columns).where(begin.c.what == begun, ~ended).order_by(begin.c.position).limit(MOST)
    return [Unfinished(*row) for row in connection.execute(wanted)]


def _told_apart(connection: sa.Connection, begun: str, ends: Sequence[str], fact: str) -> list[Unfinished]:
    columns = (entries.c.id, entries.c.position, entries.c.at, entries.c.what, entries.c.resource)
    wanted = sa.select(*columns, entries.c.bytes).where(entries.c.what.in_([begun, *ends])).order_by(entries.c.position)
    still_open: dict[str, dict[str, Unfinished]] = {}
    for *row, raw in connection.execute(wanted):
        each, which = Unfinished(*row), str(json.loads(raw)["facts"].get(fact, ""))
        if each.what == begun:
            still_open.setdefault(each.resource, {})[which] = each
        elif which:
            still_open.get(each.resource, {}).pop(which, None)
        else:
            still_open.pop(each.resource, None)
    return [each for those in still_open.values() for each in those.values()]
