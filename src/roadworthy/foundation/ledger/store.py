"""SQL of the ledger, written by hand where every entry passes through.

Functions take the connection of the transaction they run in; none of them commits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, IntegrityBroken
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.tables import checkpoints, entries, inbox
from roadworthy.foundation.ledger.tiles import Growth, ReadTile, TileKey
from roadworthy.foundation.ledger.tree import HASH_BYTES, Frontier, leaf_hash
from roadworthy.foundation.storage.prepared import Prepared

STREAM_ROWS = 4096
"""Entries fetched at a time when the whole ledger is read; a multiple of a tile's width."""


class Row(NamedTuple):
    """An entry with its index columns, in the order of the tables."""

    id: str
    at: str
    what: str
    resource: str
    actor_ref: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are wanted; what is not set does not restrict."""

    what: str | None = None
    resource: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class StoredCheckpoint(NamedTuple):
    """A checkpoint as issued."""

    size: int
    root: bytes
    note: str
    at: datetime


_ENTER = Prepared(
    sa.text(
        "INSERT INTO ledger_entries (position, id, at, what, resource, actor_ref, bytes) "
        "VALUES (:position, :id, :at, :what, :resource, :actor_ref, :raw)"
    )
)
_WAIT = Prepared(
    sa.text(
        "INSERT INTO ledger_inbox (id, at, what, resource, actor_ref, bytes) "
        "VALUES (:id, :at, :what, :resource, :actor_ref, :raw)"
    )
)
_MOVE_FRONTIER = Prepared(
    sa.text(
        "UPDATE ledger_frontier SET size = :size, peaks = :peaks, fence = :fence "
        "WHERE single = 1 AND size = :old_size AND fence <= :fence"
    )
)
_SAVE_TILE = Prepared(
    sa.text(
        "INSERT INTO ledger_tiles (level, tile, width, hashes) VALUES (:level, :tile, :width, :hashes) "
        "ON CONFLICT (level, tile) DO UPDATE SET width = excluded.width, hashes = excluded.hashes"
    )
)


@lru_cache(maxsize=64)
def _for_dialect(dialect: str, statement: str) -> str:
    return statement if dialect == "sqlite" else statement.replace("?", "%s")


def _sql(connection: sa.Connection, statement: str) -> str:
    """A statement with question marks, as the driver of this connection wants it."""
    return _for_dialect(connection.dialect.name, statement)


def load_frontier(connection: sa.Connection, *, lock: bool = False) -> Frontier:
    """The stored frontier; an empty one where nothing was ever appended.

    With `lock` nobody else can move it before this transaction ends (on SQLite there is nobody else).

    Raises:
        IntegrityBroken: there are entries but no frontier, or it does not fit its size.
    """
    statement = "SELECT size, peaks FROM ledger_frontier WHERE single = 1"
    if lock and connection.dialect.name != "sqlite":
        statement += " FOR UPDATE"
    found = connection.exec_driver_sql(statement).one_or_none()
    if found is None and connection.exec_driver_sql("SELECT 1 FROM ledger_entries LIMIT 1").first() is not None:
        found = connection.exec_driver_sql(statement).one_or_none()  # the very first entries came in between
    elif found is None:
        return Frontier()
    if found is None:
        raise IntegrityBroken(
            "ledger-frontier-missing",
            "the ledger has entries but no frontier",
            remedy="stop writing, keep the database, and restore the newest backup beside it to compare",
        )
    return Frontier.unpack(found.size, bytes(found.peaks))


def load_growth(connection: sa.Connection) -> Growth:
    """The tree as it can be appended to, locked; makes the frontier's row where it is missing.

    Raises:
        IntegrityBroken: frontier and tiles do not fit each other.
    """
    frontier = load_frontier(connection, lock=True)
    if not frontier.size:
        connection.exec_driver_sql(
            _sql(
                connection,
                "INSERT INTO ledger_frontier (single, size, peaks, fence) VALUES (1, 0, ?, 0) ON CONFLICT DO NOTHING",
            ),
            (b"",),
        )
    return Growth.resume(frontier, tile_reader(connection))


def append_rows(connection: sa.Connection, growth: Growth, rows: Sequence[Row], fence: int = 0) -> None:
    """Give entries their positions: entries, tiles and frontier in the transaction of `connection`.

    `growth` is moved on at once, so it must be thrown away when the transaction fails.

    Raises:
        Conflict: somebody else moved the tree on since `growth` was loaded; nothing may be committed.
    """
    first = growth.frontier.size
    changed = growth.extend([leaf_hash(row.raw) for row in rows])
    _move_frontier(connection, growth.frontier, first, fence)  # first, because whoever lost the race learns it here
    _ENTER.each(connection, [{"position": first + at, **row._asdict()} for at, row in enumerate(rows)])
    _save_tiles(connection, changed)


def wait(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Keep entries that wait for their places in the tree."""
    _WAIT.each(connection, [row._asdict() for row in rows])


def _move_frontier(connection: sa.Connection, frontier: Frontier, old_size: int, fence: int) -> None:
    values = {"size": frontier.size, "peaks": frontier.pack(), "fence": fence, "old_size": old_size}
    if _MOVE_FRONTIER.count(connection, values) != 1:
        raise Conflict(
            "ledger-moved-on",
            f"another process appended to the ledger after position {old_size}",
            remedy="repeat the command; if it happens again, find out which other program writes to this database",
        )


def _save_tiles(connection: sa.Connection, changed: dict[TileKey, bytes]) -> None:
    _SAVE_TILE.each(
        connection,
        [
            {"level": level, "tile": tile, "width": len(hashes) // HASH_BYTES, "hashes": hashes}
            for (level, tile), hashes in changed.items()
        ],
    )


def tile_reader(connection: sa.Connection) -> ReadTile:
    """Reads tiles through this connection."""
    statement = _sql(connection, "SELECT hashes FROM ledger_tiles WHERE level = ? AND tile = ?")

    def read(level: int, tile: int) -> bytes | None:
        found = connection.exec_driver_sql(statement, (level, tile)).one_or_none()
        return None if found is None else bytes(found[0])

    return read


def stream(connection: sa.Connection, end: int, start: int = 0) -> Iterator[list[tuple[int, bytes]]]:
    """Position and bytes of the entries from `start` up to `end`, `STREAM_ROWS` positions at a time; gaps stay gaps."""
    statement = _sql(
        connection, "SELECT position, bytes FROM ledger_entries WHERE position >= ? AND position < ? ORDER BY position"
    )
    cursor = connection.connection.cursor()  # the driver's own: rows of a million entries need no wrapping
    try:
        for first in range(start, end, STREAM_ROWS):
            cursor.execute(statement, (first, min(first + STREAM_ROWS, end)))
            yield list(cursor.fetchall())
    finally:
        cursor.close()


def between(connection: sa.Connection, start: int, end: int) -> list[bytes]:
    """The bytes of the entries from one position up to another."""
    statement = sa.select(entries.c.bytes).where(entries.c.position >= start, entries.c.position < end)
    return [bytes(raw) for raw in connection.execute(statement.order_by(entries.c.position)).scalars()]


def last_position(connection: sa.Connection) -> int:
    """The highest position that an entry has; -1 where there are none."""
    found: int | None = connection.exec_driver_sql("SELECT MAX(position) FROM ledger_entries").scalar_one()
    return -1 if found is None else found


def find(connection: sa.Connection, entry_id: str) -> tuple[int, bytes] | None:
    """Position and bytes of an entry, or None where it has no position (yet).

    Raises:
        IntegrityBroken: the index leads to the bytes of another entry.
    """
    statement = sa.select(entries.c.position, entries.c.bytes).where(entries.c.id == entry_id)
    found = connection.execute(statement).one_or_none()
    if found is None:
        return None
    raw = bytes(found.bytes)
    if b'"id":"%b"' % entry_id.encode() not in raw:
        raise IntegrityBroken(
            "ledger-index-misleads",
            f"the index leads from `{entry_id}` to position {found.position}, where another entry stands",
            remedy="run `roadworthy ledger verify --mode columns`, and find out who can write to the database",
        )
    return found.position, raw


def waits(connection: sa.Connection, entry_id: str) -> bool:
    """True when the entry is durable but has no position yet."""
    return connection.execute(sa.select(inbox.c.number).where(inbox.c.id == entry_id)).first() is not None


def newest_waiting(connection: sa.Connection) -> int:
    """Number of the newest entry that waits for its position; 0 where none does."""
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(inbox.c.number), 0))).scalar_one())


def waits_until(connection: sa.Connection, number: int) -> bool:
    """True while an entry with at most this number has no position yet."""
    return connection.execute(sa.select(inbox.c.number).where(inbox.c.number <= number).limit(1)).first() is not None


def waiting(connection: sa.Connection) -> int:
    """How many entries wait for their positions."""
    return connection.execute(sa.select(sa.func.count()).select_from(inbox)).scalar_one()


def page(connection: sa.Connection, wanted: Filter, before: int | None, limit: int) -> list[tuple[int, bytes]]:
    """Position and bytes of the newest entries that fit, below position `before`."""
    statement = sa.select(entries.c.position, entries.c.bytes).order_by(entries.c.position.desc()).limit(limit)
    exact = ((entries.c.what, wanted.what), (entries.c.resource, wanted.resource), (entries.c.actor_ref, wanted.actor))
    for column, value in exact:
        if value is not None:
            statement = statement.where(column == value)
    if wanted.since is not None:
        statement = statement.where(entries.c.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(entries.c.at < wanted.until)
    if before is not None:
        statement = statement.where(entries.c.position < before)
    return [(row.position, bytes(row.bytes)) for row in connection.execute(statement)]


def save_checkpoint(connection: sa.Connection, checkpoint: StoredCheckpoint) -> None:
    """Keep an issued checkpoint; the first one of a size stays."""
    connection.exec_driver_sql(
        _sql(
            connection,
            "INSERT INTO ledger_checkpoints (size, root, note, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        ),
        (checkpoint.size, checkpoint.root, checkpoint.note, to_text(checkpoint.at)),
    )


def newest_checkpoint(connection: sa.Connection) -> StoredCheckpoint | None:
    """The checkpoint of the greatest size."""
    found = connection.execute(_issued(connection).order_by(checkpoints.c.size.desc()).limit(1)).one_or_none()
    return None if found is None else _checkpoint(found)


def all_checkpoints(connection: sa.Connection) -> list[StoredCheckpoint]:
    """Every checkpoint, the smallest first."""
    return [_checkpoint(row) for row in connection.execute(_issued(connection).order_by(checkpoints.c.size))]


def _issued(connection: sa.Connection) -> sa.Select[tuple[int, bytes, str | bytes, datetime]]:
    """Checkpoints; on SQLite their notes as bytes, since a text that was changed to no text at all cannot be read."""
    columns = checkpoints.c
    note = sa.cast(columns.note, sa.LargeBinary) if connection.dialect.name == "sqlite" else columns.note
    return sa.select(columns.size, columns.root, note.label("note"), columns.at)


def _checkpoint(row: sa.Row[tuple[int, bytes, str | bytes, datetime]]) -> StoredCheckpoint:
    note = row.note if isinstance(row.note, str) else bytes(row.note).decode("utf-8", "replace")
    return StoredCheckpoint(row.size, bytes(row.root), note, row.at)
