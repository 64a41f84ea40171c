"""How connections to the two engines are set up; the only place that knows their switches."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from roadworthy.foundation.storage.lines import settle
from roadworthy.foundation.storage.memory import remember

if TYPE_CHECKING:
    import sqlite3

    import psycopg

BUSY_MILLISECONDS = 5_000
STUCK_SECONDS = 60
"""How long a process may stand still within a transaction before the server ends it: what it holds, others wait for."""
_STUCK = "idle_in_transaction_session_timeout"
_UNLESS_SET = f"SELECT set_config('{_STUCK}', %s, false) WHERE current_setting('{_STUCK}') = '0'"
"""Said after connecting and not in the address, where a pooler in between would refuse what it does not know."""


def sqlite_engine(path: Path, *, writer: bool) -> sa.Engine:
    """An engine on one file: WAL, every commit synced, foreign keys on.

    A writer begins with `BEGIN IMMEDIATE`, so it never has to upgrade a read lock (which SQLite answers with
    BUSY at once, whatever the timeout); a reader is switched to `query_only` and cannot write by mistake.
    """
    engine = sa.create_engine(
        f"sqlite+pysqlite:///{path}",
        poolclass=sa.pool.QueuePool,
        pool_size=1 if writer else 8,
        max_overflow=0 if writer else 24,
        connect_args={"check_same_thread": False, "timeout": BUSY_MILLISECONDS / 1000},
    )

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-32000")
        if sys.platform == "darwin":
            connection.execute("PRAGMA fullfsync=ON")  # on macOS a plain fsync does not reach the platter
        if not writer:
            connection.execute("PRAGMA query_only=ON")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    if writer:
        remember(engine)
    return engine


def postgres_engine(url: str, *, pool_size: int = 16) -> sa.Engine:
    """An engine on a PostgreSQL server; `url` is a libpq URL such as `postgresql://host/database`."""
    address = sa.make_url(url).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(address, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True)
    remember(engine)

    @sa.event.listens_for(engine, "connect")
    def _end_when_stuck(connection: psycopg.Connection, _record: object) -> None:
        connection.execute(_UNLESS_SET, (f"{STUCK_SECONDS}s",))
        connection.commit()

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _settle(connection: sa.Connection, *_rest: object) -> None:
        settle(connection)  # SQLAlchemy looks at every answer at once

    return engine
