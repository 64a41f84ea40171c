"""Bringing a database to the revision that this code works with, never silently and never without a copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from roadworthy.foundation.errors import IntegrityBroken, Place, Unavailable
from roadworthy.foundation.storage.engines import postgres_engine, sqlite_engine
from roadworthy.foundation.storage.faults import StorageFault, explain
from roadworthy.foundation.storage.migrations import HEAD

FOLDER = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a migration did."""

    before: str | None
    after: str
    backup: Path | None


def revision_of(connection: sa.Connection) -> str | None:
    """The revision of a database, or None for an empty one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
    return revision


def upgrade(connection: sa.Connection) -> None:
    """Run the missing revisions on an open transaction."""
    # Alembic costs a quarter of a second to import and is needed once in a database's life.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def prepare_sqlite(path: Path, backups: Path, now: datetime) -> Migrated | None:
    """Create or migrate the embedded database, after a copy of what is there.

    Returns:
        What was done, or None when the database was up to date.

    Raises:
        Unavailable: the database is newer than this code, or cannot be written.
        IntegrityBroken: the file is damaged, or rows refer to rows that are not there; nothing was changed.
    """
    engine = sqlite_engine(path, writer=True)
    # SQLite changes a table by copying it and dropping the old one, which deletes what refers to its rows, or is
    # refused where they may not be deleted. So nothing is enforced on the way, and everything is checked at its end.
    sa.event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA foreign_keys=OFF"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with engine.begin() as connection:
            before = revision_of(connection)
            if before == HEAD:
                return None
            _refuse_unknown(before, str(path))
            backup = None if before is None else _back_up(path, backups, before, now)
            upgrade(connection)
            _refuse_loose_ends(connection, path)
        return Migrated(before, HEAD, backup)
    except StorageFault as fault:
        raise explain(fault, str(path)) from fault
    finally:
        engine.dispose()


def migrate_postgres(url: str) -> Migrated | None:
    """Migrate a PostgreSQL database; only `roadworthy migrate` calls this, backups are the server's own affair."""
    engine = postgres_engine(url, pool_size=1)
    where = engine.url.render_as_string(hide_password=True)
    try:
        with engine.begin() as connection:
            before = revision_of(connection)
            if before == HEAD:
                return None
            _refuse_unknown(before, where)
            upgrade(connection)
        return Migrated(before, HEAD, None)
    except StorageFault as fault:
        raise explain(fault, where) from fault
    finally:
        engine.dispose()


def refuse_mismatch(connection: sa.Connection, where: str) -> None:
    """Refuse to serve a database of another revision.

    Raises:
        Unavailable: the revisions differ; says which side is older.
    """
    found = revision_of(connection)
    if found == HEAD:
        return
    _refuse_unknown(found, where)
    raise Unavailable(
        "database-older",
        f"the database is at revision {found or 'none'} and this version works with {HEAD}",
        place=Place(source=where),
        remedy="run `roadworthy migrate` once, with nothing else connected",
    )


def _known() -> set[str]:
    return {path.stem.split("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py")}


def _refuse_unknown(found: str | None, where: str) -> None:
    if found is not None and found not in _known():
        raise Unavailable(
            "database-newer",
            f"the database is at revision {found}, which this version does not know",
            place=Place(source=where),
            remedy="install the newer version of Roadworthy that wrote it",
        )


def _refuse_loose_ends(connection: sa.Connection, path: Path) -> None:
    loose = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(1)
    if loose:
        raise IntegrityBroken(
            "database-loose-ends",
            f"after the migration a row of `{loose[0][0]}` would refer to a row of `{loose[0][2]}` that is not there",
            place=Place(source=str(path)),
            remedy="nothing was changed; keep the database, and report this",
        )


def _back_up(path: Path, backups: Path, revision: str, now: datetime) -> Path:
    backups.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy = backups / f"{now:%Y%m%dT%H%M%SZ}-revision-{revision}.db"
    import sqlite3  # noqa: PLC0415 - only where the embedded database is migrated

    source, target = sqlite3.connect(path), sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        target.close()
        source.close()
    return copy
