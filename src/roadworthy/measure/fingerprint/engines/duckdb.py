"""DuckDB inside this process: the default engine, for anything it can read from here."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from roadworthy.foundation.errors import InvalidInput, Unavailable
from roadworthy.measure.fingerprint.progress import Cancelled
from roadworthy.measure.fingerprint.relation import Row
from roadworthy.measure.fingerprint.saying import said

ROW_GROUP = 4_096
"""Rows of a kept table that one processor works on at a time. The usual 122,880 would leave most of what we keep, which
is samples and small pilots, to a single one."""
_INTERRUPTED = "Query interrupted"


class DuckEngine:
    """An engine with a database of its own in a temporary folder, so that what is kept need not fit into memory.

    Args:
        threads: processors to use; all by default.
        memory: most that it holds in memory, such as `1GB`; it writes to the folder beyond.
        folder: where temporary files go; the system's own place by default.
    """

    dialect = "duckdb"

    def __init__(self, *, threads: int | None = None, memory: str = "1GB", folder: Path | None = None) -> None:
        self.name = f"duckdb {duckdb.__version__}"
        self.folder = Path(tempfile.mkdtemp(prefix="roadworthy-engine-", dir=folder))
        """Ours alone, removed when the engine is closed."""
        self._stopped = False
        # Extensions would be fetched from the network, and run here as native code.
        configured: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": memory,
            "temp_directory": str(self.folder / "spill"),
        }
        if threads is not None:
            configured["threads"] = threads
        try:
            self.connection = _connected(configured)
            where = str(self.folder / "kept.db").replace("'", "''")
            self.rows(f"ATTACH '{where}' AS kept (ROW_GROUP_SIZE {ROW_GROUP})")
            self.rows("USE kept")
            self.rows("SET TimeZone = 'UTC'")
            # Its own bar would be drawn into the result.
            self.rows("SET enable_progress_bar = false")
        except BaseException:  # whatever it was goes on; only the folder must not stay
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def rows(self, sql: str) -> list[Row]:
        """All rows of a query.

        Raises:
            Cancelled: somebody interrupted the program, or asked this engine for an end.
            InvalidInput: the data made the query fail.
            Unavailable: a file or a database behind it cannot be reached, or memory and disk do not suffice.
        """
        if self._stopped:
            raise Cancelled
        try:
            return self.connection.execute(sql).fetchall()
        except duckdb.Error as error:
            if self._stopped:
                raise Cancelled from error
            raise _translated(error) from error
        except RuntimeError as error:
            # This is how it tells that somebody pressed Ctrl-C while it ran.
            if str(error) != _INTERRUPTED:
                raise
            raise Cancelled from error

    def keep(self, name: str, sql: str) -> str:
        """A table in our own database; one of the same name is replaced."""
        quoted = '"' + name.replace('"', '""') + '"'
        self.rows(f"CREATE OR REPLACE TABLE {quoted} AS {sql}")
        return quoted

    def describe(self, source: str) -> Mapping[str, str]:
        """Column to DuckDB's type, in the source's order."""
        return {str(row[0]): str(row[1]) for row in self.rows(f"DESCRIBE SELECT * FROM {source}")}

    def interrupt(self) -> None:
        """End the query that runs in another thread, and begin no other: `Cancelled` is raised there.

        A query that begins at this very moment may not hear it; whoever asks asks again until the work has ended.
        """
        self._stopped = True
        with contextlib.suppress(duckdb.Error):  # it was closed meanwhile
            self.connection.interrupt()

    def close(self) -> None:
        """Close the database and remove its folder."""
        with contextlib.suppress(duckdb.Error):
            self.connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _connected(configured: Mapping[str, str | bool | int | float | list[str]]) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(config=dict(configured))
    except duckdb.Error as error:
        raise _translated(error) from error


def _translated(error: duckdb.Error) -> InvalidInput | Unavailable:
    if isinstance(error, duckdb.InterruptException):
        return Unavailable(
            "measuring-interrupted",
            "measuring was stopped while a query ran",
            remedy="start it again; parts that were measured are kept",
        )
    if isinstance(error, (duckdb.OutOfMemoryException, duckdb.IOException, duckdb.ConnectionException)):
        return Unavailable(
            "engine-unavailable",
            f"the engine could not go on: `{said(error)}`",
            remedy="see that the source can be reached and that disk and memory suffice, then measure again",
        )
    return InvalidInput(
        "engine-refused-data",
        f"the engine could not read the data: `{said(error)}`",
        remedy="mend or leave out the part that the engine names, then measure again",
    )
