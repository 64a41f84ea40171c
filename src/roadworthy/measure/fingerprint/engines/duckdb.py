"""The engine that is always there: DuckDB inside the process."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import duckdb

from roadworthy.foundation.errors import InvalidInput
from roadworthy.measure.fingerprint.relation import Row
from roadworthy.measure.fingerprint.sources import quoting


class DuckEngine:
    """Runs SQL of DuckDB in bounded memory; what does not fit goes to files in its folder.

    Args:
        threads: at most so many; all cores by default.
        memory: such as `1GB`.
        folder: for temporary files; made and removed here where none is given.
    """

    dialect = "duckdb"

    def __init__(self, *, threads: int | None = None, memory: str = "1500MB", folder: Path | None = None) -> None:
        self.name = f"duckdb {duckdb.__version__}"
        self._own = tempfile.TemporaryDirectory(prefix="roadworthy-") if folder is None else None
        self.folder = folder or Path(self._own.name if self._own else ".")
        self.connection = duckdb.connect(
            config={
                "memory_limit": memory,
                "temp_directory": str(self.folder),
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                **({"threads": str(threads)} if threads else {}),
            }
        )
        self.connection.execute("SET TimeZone = 'UTC'")

    def __enter__(self) -> DuckEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def rows(self, sql: str) -> list[Row]:
        """All rows of a query."""
        try:
            return self.connection.execute(sql).fetchall()
        except duckdb.Error as error:
            raise InvalidInput(
                "query-failed", str(error).split("\n", maxsplit=1)[0], remedy="look at the data it names"
            ) from error

    def keep(self, name: str, sql: str) -> str:
        """Materialise a query."""
        kept = quoting.name(name)
        self.rows(f"CREATE OR REPLACE TABLE {kept} AS {sql}")
        return kept

    def describe(self, source: str) -> Mapping[str, str]:
        """Column to physical type."""
        return {str(row[0]): str(row[1]) for row in self.rows(f"DESCRIBE SELECT * FROM {source}")}

    def close(self) -> None:
        """Let go of the session and of its folder."""
        self.connection.close()
        if self._own is not None:
            self._own.cleanup()
