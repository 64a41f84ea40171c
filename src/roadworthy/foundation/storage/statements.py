"""The few statements that the two engines spell differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from roadworthy.foundation.storage.prepared import Prepared

Item = TypeVar("Item")

MOST_VALUES = 900
"""Names in one IN list: under SQLite's old limit of 999 variables (sqlite.org/limits.html)."""


def upsert(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    computed: Mapping[str, sa.ColumnElement[Any]] | None = None,
) -> None:
    """Insert rows, or update the ones whose primary key is there already.

    Args:
        connection: inside a transaction.
        table: its primary key decides what "there already" means.
        rows: column keys to values, all with the same keys.
        computed: columns that an update computes from the old row instead of taking the new value.
    """
    if not rows:
        return
    names = tuple(rows[0])
    if computed:
        connection.execute(_upserting(connection.dialect.name, table, names, computed), list(rows))
    else:
        upserting(connection, table, names).each(connection, rows)


def upserting(connection: sa.Connection, table: sa.Table, names: tuple[str, ...]) -> Prepared:
    """The statement that inserts rows of these columns, or updates the ones whose primary key is there already."""
    return _upserting_plainly(connection.dialect.name, table, names)


@lru_cache(maxsize=256)
def _upserting_plainly(dialect: str, table: sa.Table, names: tuple[str, ...]) -> Prepared:
    """Made once for each set of columns: to make such a statement takes longer than to run it."""
    return Prepared(_upserting(dialect, table, names, {}))


def _upserting(
    dialect: str, table: sa.Table, names: tuple[str, ...], computed: Mapping[str, sa.ColumnElement[Any]]
) -> sa.Insert:
    statement = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)
    key = [column.key for column in table.primary_key.columns]
    changed: dict[str, Any] = {name: statement.excluded[name] for name in names if name not in key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_={**changed, **computed})


def portions(items: Sequence[Item], most: int = MOST_VALUES) -> Iterator[Sequence[Item]]:
    """The items in runs of at most `most`, for IN lists."""
    for start in range(0, len(items), most):
        yield items[start : start + most]
