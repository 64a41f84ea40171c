"""The store for replicas: PostgreSQL through a pool, one transaction per unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

import sqlalchemy as sa

from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.engines import postgres_engine
from roadworthy.foundation.storage.faults import StorageFault, explain
from roadworthy.foundation.storage.lines import lined
from roadworthy.foundation.storage.listening import Listening

Result = TypeVar("Result")

CLOSING_SECONDS = 2.0
"""How long closing waits for what is under way."""
TRIES = 5
_TRY_AGAIN = frozenset({"40001", "40P01"})
"""serialization_failure and deadlock_detected (PostgreSQL manual, appendix A): the same work may pass next time."""


class PostgresStore:
    """A store on a PostgreSQL database; any number of processes may share it."""

    dialect = "postgresql"

    def __init__(self, url: str, runtime: Runtime) -> None:
        self.where = sa.make_url(url).render_as_string(hide_password=True)
        self.before_commit: list[Callable[[sa.Connection], None]] = []
        self.after_commit: list[Callable[[], None]] = []
        self.after_rollback: list[Callable[[], None]] = []
        self._runtime = runtime
        self._engine = postgres_engine(url)
        self._readers = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A repeatable-read, read-only snapshot."""
        try:
            with self._readers.connect() as connection, connection.begin():
                yield connection
        except StorageFault as fault:
            raise explain(fault, self.where) from fault

    def write(self, work: Callable[[sa.Connection], Result]) -> Result:
        """Run `work` in a transaction, again after a serialisation conflict, and return once it is committed."""
        for attempt in range(1, TRIES + 1):
            try:
                with self._engine.begin() as connection, lined(connection):
                    result = work(connection)
                    for hook in self.before_commit:
                        hook(connection)
            except sa.exc.IntegrityError:
                self._forget()
                raise
            except StorageFault as fault:
                self._forget()
                if getattr(fault.orig, "sqlstate", None) not in _TRY_AGAIN or attempt == TRIES:
                    raise explain(fault, self.where) from fault
                self._runtime.clock.sleep(0.01 * 2**attempt)
            except Exception:  # the caller's own goes on to the caller; what was remembered is undone
                self._forget()
                raise
            else:
                for told in self.after_commit:
                    told()
                return result
        message = "unreachable: the last try either returns or raises"
        raise AssertionError(message)

    def soon(
        self, work: Callable[[sa.Connection], Result], told: Callable[[Result | None, Exception | None], None]
    ) -> None:
        """Run `work` here and now, and tell."""
        try:
            result = self.write(work)
        except Exception as error:  # noqa: BLE001 - it is told to whoever would have waited
            told(None, error)
        else:
            told(result, None)

    def listen(self, channel: str) -> Listening:
        """Listen to what commits say on a channel, on a connection of its own.

        Raises:
            Unavailable: the server cannot be reached.
        """
        try:
            return Listening(self._engine, channel)
        except StorageFault as fault:
            raise explain(fault, self.where) from fault

    def close(self) -> None:
        """Close the pool, once whoever still reads has given their connection back."""
        pool = cast("sa.pool.QueuePool", self._engine.pool)
        until = self._runtime.clock.monotonic() + CLOSING_SECONDS
        while pool.checkedout() and self._runtime.clock.monotonic() < until:
            self._runtime.clock.sleep(0.01)
        self._engine.dispose()

    def _forget(self) -> None:
        for hook in self.after_rollback:
            hook()
