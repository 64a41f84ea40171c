"""What other processes say when they commit: PostgreSQL's LISTEN, on a connection that is taken out of the pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import sqlalchemy as sa

if TYPE_CHECKING:
    import psycopg


class Listening:
    """Hears one channel from its making on; used by one thread.

    A pooler in between that shares connections between transactions lets nothing through, and nobody is told so. So
    whoever listens also looks by himself from time to time.
    """

    def __init__(self, engine: sa.Engine, channel: str) -> None:
        self._connection = engine.execution_options(isolation_level="AUTOCOMMIT").connect()
        self._connection.exec_driver_sql(f"LISTEN {channel}")
        self._driver = cast("psycopg.Connection", self._connection.connection.driver_connection)

    def wait(self, seconds: float) -> list[str]:
        """Wait until something is said, or until that long has passed.

        Returns:
            What was said; empty where nothing was.

        Raises:
            psycopg.Error: the connection is gone; make another one.
        """
        return [each.payload for each in self._driver.notifies(timeout=seconds, stop_after=1)]

    def close(self) -> None:
        """Let go of the connection, which goes back to no pool: it would go on listening there."""
        self._connection.invalidate()
        self._connection.close()
