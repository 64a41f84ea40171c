"""Lines: on PostgreSQL, what a unit writes is sent without waiting for each answer.

A unit writes a dozen rows of which nobody asks anything but that they are kept. Waiting for the server's word on each
of them takes longer than the server takes to write them. So they are sent one behind the other (libpq's pipeline
mode), and whoever reads next, or the end of the unit, waits for all of them at once. An error comes out there; the unit
is over in any case, for PostgreSQL carries out nothing more in a transaction in which something failed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Final

import sqlalchemy as sa

_KEY: Final = "line"

_END_STUCK = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
 WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
   AND state IN ('active', 'idle in transaction') AND wait_event = 'ClientRead' AND xact_start IS NOT NULL
   AND greatest(query_start, state_change) < clock_timestamp() - make_interval(secs => %(seconds)s)
   AND application_name LIKE CAST(%(name)s AS text)
"""


class Line:
    """The line of one connection, open from the first prepared statement on until SQLAlchemy runs one of its own."""

    __slots__ = ("_driver", "_open")

    def __init__(self, driver: Any) -> None:  # noqa: ANN401 - psycopg's connection
        self._driver = driver
        self._open: AbstractContextManager[Any] | None = None

    def open(self) -> None:
        """From now on nothing waits that need not."""
        if self._open is None:
            self._open = self._driver.pipeline()
            self._open.__enter__()

    def sync(self) -> None:
        """Wait for the answers to everything that was sent.

        Raises:
            psycopg.Error: the server refused something of it.
        """
        if self._open is not None:
            open_, self._open = self._open, None
            open_.__exit__(None, None, None)


@contextmanager
def lined(connection: sa.Connection) -> Iterator[None]:
    """Have prepared statements of a unit sent in a line; everything has its answer at the end.

    Raises:
        DBAPIError: the server refused something.
    """
    driver: Any = connection.dialect.dbapi
    line, known = Line(connection.connection.driver_connection), connection.info
    known[_KEY] = line
    try:
        yield
        settle(connection)
    except BaseException:  # whatever it was goes on; only what was sent has to be answered first
        with suppress(driver.Error):  # the unit failed already; what else was refused does not matter any more
            line.sync()
        raise
    finally:
        del known[_KEY]


def line_of(connection: sa.Connection) -> Line | None:
    """The line of a unit; None where statements are answered one by one."""
    line: Line | None = connection.info.get(_KEY)
    return line


def settle(connection: sa.Connection) -> None:
    """Wait for the answers to everything that was sent.

    Raises:
        DBAPIError: the server refused something.
    """
    line = line_of(connection)
    if line is None:
        return
    driver: Any = connection.dialect.dbapi
    try:
        line.sync()
    except driver.Error as error:
        raise refused(connection, error) from error


def refused(connection: sa.Connection, error: Any, text: str | None = None, bound: Any = None) -> Exception:  # noqa: ANN401 - the driver's own
    """A driver's error as SQLAlchemy names it; of a line nobody knows which statement it was about."""
    driver: Any = connection.dialect.dbapi
    lost = connection.dialect.is_disconnect(error, connection.connection, None)
    if lost:
        connection.invalidate(error)
    fault: Exception = sa.exc.DBAPIError.instance(
        text, bound, error, driver.Error, connection_invalidated=lost, dialect=connection.dialect
    )
    return fault


def end_stuck(connection: sa.Connection, seconds: float, name: str = "%") -> int:
    """End sessions of this account whose process has stood still for so long in the middle of a line.

    What such a process holds, others wait for, and the server does not end it by itself: within a line a session counts
    as working, so that `idle_in_transaction_session_timeout` does not begin to run, or is stopped by half a message.

    Args:
        connection: of whoever waits, outside of the transaction that waits.
        seconds: since the last statement of the line began.
        name: only sessions whose application name is like this.

    Returns:
        How many it were.
    """
    ended: int = connection.exec_driver_sql(_END_STUCK, {"seconds": seconds, "name": name}).scalar_one()
    return ended
