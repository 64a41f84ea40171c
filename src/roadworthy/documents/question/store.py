"""SQL of the index of mentions, and of searching the ledger through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from roadworthy.documents.question.model import Wanted
from roadworthy.documents.question.tables import mentions
from roadworthy.foundation.ledger.tables import entries
from roadworthy.foundation.storage.prepared import Prepared
from roadworthy.foundation.storage.statements import portions
from roadworthy.foundation.workflow.tables import consumers

_BUILD: Final[dict[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_KEEP: Final = {dialect: Prepared(build(mentions).on_conflict_do_nothing()) for dialect, build in _BUILD.items()}


def positions(connection: sa.Connection, ids: Sequence[str]) -> dict[str, int]:
    """Where entries stand, by id."""
    found: dict[str, int] = {}
    for some in portions(list(ids)):
        rows = connection.execute(sa.select(entries.c.id, entries.c.position).where(entries.c.id.in_(some)))
        found.update({row.id: row.position for row in rows})
    return found


def keep(connection: sa.Connection, found: Sequence[tuple[str, int]]) -> None:
    """Put mentions into the index; nothing where they are there already."""
    rows = [{"subject": subject, "position": position} for subject, position in found]
    _KEEP[connection.dialect.name].each(connection, rows)


def covered(connection: sa.Connection, consumer: str) -> int:
    """Up to which position the index is made."""
    found = connection.execute(sa.select(consumers.c.position).where(consumers.c.name == consumer)).scalar_one_or_none()
    return 0 if found is None else int(found)


def search(
    connection: sa.Connection, wanted: Wanted, below: int | None, limit: int, *, indexed: int | None = None
) -> list[tuple[int, bytes]]:
    """Position and bytes of the newest entries that fit, below a position.

    Args:
        connection: of a snapshot.
        wanted: what restricts them.
        below: only positions below this one.
        limit: how many.
        indexed: up to which position the index is made; nothing at or behind it is found.
    """
    query = sa.select(entries.c.position, entries.c.bytes).order_by(entries.c.position.desc()).limit(limit)
    for number, mention in enumerate(wanted.mentions):
        index = mentions.alias(f"mention_{number}")
        query = query.join(index, index.c.position == entries.c.position).where(index.c.subject == mention)
    exact = ((entries.c.what, wanted.what), (entries.c.resource, wanted.resource), (entries.c.actor_ref, wanted.actor))
    for column, value in exact:
        if value is not None:
            query = query.where(column == value)
    if wanted.kind is not None:
        query = query.where(entries.c.what.startswith(f"{wanted.kind}.", autoescape=True))
    if wanted.since is not None:
        query = query.where(entries.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(entries.c.at < wanted.until)
    for bound in (below, indexed):
        if bound is not None:
            query = query.where(entries.c.position < bound)
    return [(row.position, bytes(row.bytes)) for row in connection.execute(query)]


def mentioning(connection: sa.Connection, mention: str, limit: int, *, newest: bool) -> list[tuple[int, bytes]]:
    """Position and bytes of entries that mention something, the oldest first or the newest first."""
    place = mentions.c.position.desc() if newest else mentions.c.position
    query = (
        sa.select(entries.c.position, entries.c.bytes)
        .join(mentions, mentions.c.position == entries.c.position)
        .where(mentions.c.subject == mention)
        .order_by(place)
        .limit(limit)
    )
    return [(row.position, bytes(row.bytes)) for row in connection.execute(query)]


def between(connection: sa.Connection, first: int, end: int) -> list[tuple[int, bytes]]:
    """Position and bytes of the entries from one position to before another, in order."""
    query = (
        sa.select(entries.c.position, entries.c.bytes)
        .where(entries.c.position >= first, entries.c.position < end)
        .order_by(entries.c.position)
    )
    return [(row.position, bytes(row.bytes)) for row in connection.execute(query)]
