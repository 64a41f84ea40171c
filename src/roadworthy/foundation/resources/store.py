"""SQL of the declared kinds. Everything that writes is bulk: one statement for any number of resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.resources.tables import resource_versions, resources
from roadworthy.foundation.storage.prepared import Prepared, Row

_NAMES_PER_QUERY = 1_000
"""Well below what either engine takes as parameters."""
_OF_KIND = sa.select(resources).where(resources.c.kind == sa.bindparam("of_kind"))
_ONE = Prepared(_OF_KIND.where(resources.c.name == sa.bindparam("called")))
_EVERY = Prepared(_OF_KIND.order_by(resources.c.name))


def one(connection: sa.Connection, kind: str, name: str) -> Row | None:
    """The current row of a resource."""
    return _ONE.one(connection, {"of_kind": kind, "called": name})


def current(
    connection: sa.Connection, kind: str, names: Sequence[str], *, for_update: bool = False
) -> dict[str, sa.Row[Any]]:
    """The current rows of the resources named, by name; on PostgreSQL locked in the order of their names."""
    found: dict[str, sa.Row[Any]] = {}
    for some in _chunks(names):
        query = (
            sa.select(resources).where(resources.c.kind == kind, resources.c.name.in_(some)).order_by(resources.c.name)
        )
        for row in connection.execute(query.with_for_update() if for_update else query):
            found[row.name] = row
    return found


def last_generations(connection: sa.Connection, kind: str, names: Sequence[str]) -> dict[str, int]:
    """The last generation that each name ever had, removed ones included."""
    found: dict[str, int] = {}
    for some in _chunks(names):
        query = (
            sa.select(resource_versions.c.name, sa.func.max(resource_versions.c.generation))
            .where(resource_versions.c.kind == kind, resource_versions.c.name.in_(some))
            .group_by(resource_versions.c.name)
        )
        found.update((name, last) for name, last in connection.execute(query))
    return found


def page(connection: sa.Connection, kind: str, after: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Rows of a kind by name, those behind `after`."""
    query = sa.select(resources).where(resources.c.kind == kind).order_by(resources.c.name).limit(limit)
    return connection.execute(query.where(resources.c.name > after) if after else query).all()


def every(connection: sa.Connection, kind: str) -> Sequence[Row]:
    """All rows of a kind by name."""
    return _EVERY.all(connection, {"of_kind": kind})


def names(connection: sa.Connection, kind: str, limit: int) -> Sequence[str]:
    """Some names of a kind."""
    query = sa.select(resources.c.name).where(resources.c.kind == kind).order_by(resources.c.name).limit(limit)
    return connection.scalars(query).all()


def versions(connection: sa.Connection, kind: str, name: str) -> Sequence[sa.Row[Any]]:
    """Every version of a name, the oldest first."""
    query = sa.select(resource_versions).where(resource_versions.c.kind == kind, resource_versions.c.name == name)
    return connection.execute(query.order_by(resource_versions.c.generation)).all()


def insert(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """New resources."""
    if rows:
        connection.execute(resources.insert(), list(rows))


def update(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """New state of existing resources."""
    if not rows:
        return
    statement = (
        resources.update()
        .where(resources.c.kind == sa.bindparam("at_kind"), resources.c.name == sa.bindparam("at_name"))
        .values({column: sa.bindparam(column) for column in _CHANGING})
    )
    bound = [
        {"at_kind": row["kind"], "at_name": row["name"], **{name: row[name] for name in _CHANGING}} for row in rows
    ]
    connection.execute(statement, bound)


_CHANGING = ("generation", "labels", "spec", "digest", "changed_at", "changed_by", "entry_id")


def delete(connection: sa.Connection, kind: str, name: str) -> None:
    """Take a resource out of the current state; its versions stay."""
    connection.execute(resources.delete().where(resources.c.kind == kind, resources.c.name == name))


def add_versions(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append to the history."""
    if rows:
        connection.execute(resource_versions.insert(), list(rows))


def _chunks(names: Sequence[str]) -> Iterator[list[str]]:
    ordered = sorted(names)
    for start in range(0, len(ordered), _NAMES_PER_QUERY):
        yield ordered[start : start + _NAMES_PER_QUERY]
