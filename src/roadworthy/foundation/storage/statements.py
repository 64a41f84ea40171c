"""The few statements that the two engines spell differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

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
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = build(table)
    key = [column.key for column in table.primary_key.columns]
    changed: dict[str, Any] = {name: statement.excluded[name] for name in rows[0] if name not in key}
    changed |= computed or {}
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=changed), list(rows)
    )


def portions(items: Sequence[Item], most: int = MOST_VALUES) -> Iterator[Sequence[Item]]:
    """The items in runs of at most `most`, for IN lists."""
    for start in range(0, len(items), most):
        yield items[start : start + most]
