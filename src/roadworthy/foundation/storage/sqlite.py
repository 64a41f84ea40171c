"""The embedded store: one file, many readers, one writer thread with natural group commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from roadworthy.foundation.runtime import Future, Runtime
from roadworthy.foundation.storage.engines import sqlite_engine
from roadworthy.foundation.storage.faults import StorageFault, explain

Result = TypeVar("Result")

MOST_UNITS_PER_COMMIT = 512

_inside: ContextVar[bool] = ContextVar("inside_a_sqlite_write", default=False)


class _Unit:
    """One caller's work and what became of it; the caller learns it only when the commit is durable."""

    __slots__ = ("error", "result", "told", "work")

    def __init__(self, work: Callable[[sa.Connection], Any], told: Callable[[Any, Exception | None], None]) -> None:
        self.work = work
        self.told = told
        self.result: Any = None
        self.error: Exception | None = None

    def run(self, connection: sa.Connection) -> bool:
        """Run the work; False when it failed with an error of its own, which is kept for the caller.

        Raises:
            StorageFault: the engine failed, which is not this unit's own affair.
        """
        try:
            self.result = self.work(connection)
        except sa.exc.IntegrityError as error:
            self.error = error
        except StorageFault:
            raise
        except Exception as error:  # noqa: BLE001 - it is the caller's own and is raised to the caller
            self.error = error
        else:
            self.error = None
        return self.error is None

    def run_apart(self, connection: sa.Connection) -> None:
        """Run inside a savepoint, so that this unit's failure leaves the others of the group alone."""
        connection.exec_driver_sql("SAVEPOINT unit")
        if not self.run(connection):
            connection.exec_driver_sql("ROLLBACK TO unit")
        connection.exec_driver_sql("RELEASE unit")

    def release(self) -> None:
        """Tell the caller, now that the commit is durable."""
        self.told(self.result if self.error is None else None, self.error)


def _telling(future: Future[Any]) -> Callable[[Any, Exception | None], None]:
    """What tells whoever waits for a future."""

    def told(result: Any, error: Exception | None) -> None:  # noqa: ANN401 - whatever a unit came to
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    return told


class SqliteStore:
    """A store on one SQLite file.

    Writes queue up for one thread, which runs everything that queued while the last commit was on its way to
    the disk as one transaction. When a unit of such a group fails, the group runs again with each unit in a
    savepoint of its own. Readers see the last commit (WAL).
    """

    dialect = "sqlite"

    def __init__(self, path: Path, runtime: Runtime) -> None:
        self.path = path
        self.before_commit: list[Callable[[sa.Connection], None]] = []
        self.after_commit: list[Callable[[], None]] = []
        self.after_rollback: list[Callable[[], None]] = []
        self._writer = sqlite_engine(path, writer=True)
        self._readers = sqlite_engine(path, writer=False)
        self._units = runtime.worker("storage-writer", self._commit, MOST_UNITS_PER_COMMIT)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A snapshot of the last commit."""
        try:
            with self._readers.connect() as connection, connection.begin():
                yield connection
        except StorageFault as fault:
            raise explain(fault, str(self.path)) from fault

    def write(self, work: Callable[[sa.Connection], Result]) -> Result:
        """Run `work` on the writer and wait until its commit is durable."""
        if _inside.get():
            message = "a unit of work cannot open another one; pass its transaction on"
            raise RuntimeError(message)
        future: Future[Result] = Future()
        self._units.submit(_Unit(work, _telling(future)))
        return future.result()

    def soon(
        self, work: Callable[[sa.Connection], Result], told: Callable[[Result | None, Exception | None], None]
    ) -> None:
        """Queue `work` for the writer; `told` is told on its thread."""
        self._units.submit(_Unit(work, told))

    def close(self) -> None:
        """Finish queued units and close the file."""
        self._units.close()
        self._readers.dispose()
        self._writer.dispose()

    def _commit(self, units: Sequence[_Unit]) -> None:
        """Commit a group. Nearly always every unit succeeds, so the first attempt saves itself the savepoints."""
        token = _inside.set(True)
        try:
            if not self._together(units):
                self._apart(units)
            for hook in self.after_commit:
                hook()
        except Exception as error:  # noqa: BLE001 - nobody above this thread could hear it; every caller is told
            self._fail(units, error)
        else:
            for unit in units:
                unit.release()
        finally:
            _inside.reset(token)

    def _together(self, units: Sequence[_Unit]) -> bool:
        """Run all units in one transaction; False, and nothing is kept, when one of several failed."""
        with self._writer.connect() as connection, connection.begin() as transaction:
            for unit in units:
                if not unit.run(connection):
                    transaction.rollback()
                    if len(units) == 1:
                        return True
                    self._forget()
                    return False
            self._before(connection)
        return True

    def _apart(self, units: Sequence[_Unit]) -> None:
        """Run all units in one transaction, each so that it can fail alone."""
        with self._writer.begin() as connection:
            for unit in units:
                unit.run_apart(connection)
            self._before(connection)

    def _before(self, connection: sa.Connection) -> None:
        for hook in self.before_commit:
            hook(connection)

    def _forget(self) -> None:
        for hook in self.after_rollback:
            hook()

    def _fail(self, units: Sequence[_Unit], error: Exception) -> None:
        self._forget()
        told = error
        if isinstance(error, StorageFault):
            told = explain(error, str(self.path))
            told.__cause__ = error
            # A connection that failed once may lie about the next sync, so the next group gets a new one.
            self._writer.dispose()
        for unit in units:
            unit.told(None, told)
