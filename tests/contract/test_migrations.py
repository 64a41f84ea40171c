"""The scripts lead to the tables that the code declares, on both engines, and never without a copy."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.operations.ops import AddColumnOp, CreateTableOp, ModifyTableOps, UpgradeOps
from alembic.script import ScriptDirectory

from roadworthy.foundation.errors import IntegrityBroken, Unavailable
from roadworthy.foundation.storage.engines import postgres_engine, sqlite_engine
from roadworthy.foundation.storage.migrate import (
    FOLDER,
    migrate_postgres,
    prepare_sqlite,
    refuse_mismatch,
    revision_of,
)
from roadworthy.foundation.storage.migrations import HEAD
from roadworthy.foundation.storage.schema import Instant
from roadworthy.foundation.storage.store import Store
from scripts.migration import rendered
from tests.harness.schema import all_tables

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def _shape(engine: sa.Engine) -> dict[str, Any]:
    """Tables with everything that a script can get wrong."""
    inspector = sa.inspect(engine)
    shape: dict[str, Any] = {}
    for table in inspector.get_table_names():
        if table == "alembic_version":
            continue
        columns = {column["name"]: (str(column["type"]), column["nullable"]) for column in inspector.get_columns(table)}
        shape[table] = {
            "columns": columns,
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "unique": sorted(str(unique["column_names"]) for unique in inspector.get_unique_constraints(table)),
            "indexes": sorted(str((index["name"], index["column_names"])) for index in inspector.get_indexes(table)),
            "checks": sorted(str(check["name"]) for check in inspector.get_check_constraints(table)),
            "foreign": sorted(
                str((key["constrained_columns"], key["referred_table"], key["options"].get("ondelete")))
                for key in inspector.get_foreign_keys(table)
            ),
        }
    return shape


def test_the_head_that_the_code_names_is_the_scripts_head() -> None:
    assert ScriptDirectory(str(FOLDER)).get_current_head() == HEAD


def test_a_new_embedded_database_has_the_declared_tables(tmp_path: Path) -> None:
    migrated = prepare_sqlite(tmp_path / "home" / "a.db", tmp_path / "backups", NOW)
    assert migrated is not None
    assert (migrated.before, migrated.after, migrated.backup) == (None, HEAD, None)
    declared = sqlite_engine(tmp_path / "declared.db", writer=True)
    with declared.begin() as connection:
        all_tables().create_all(connection)
    made = sqlite_engine(tmp_path / "home" / "a.db", writer=True)
    assert _shape(made) == _shape(declared)
    assert prepare_sqlite(tmp_path / "home" / "a.db", tmp_path / "backups", NOW) is None
    for engine in (made, declared):
        engine.dispose()


@pytest.mark.postgres
def test_a_new_postgres_database_has_the_declared_tables(postgres_url: str) -> None:
    engine = postgres_engine(postgres_url, pool_size=1)
    declared = _shape(engine)
    with engine.begin() as connection:
        all_tables().drop_all(connection)
    migrated = migrate_postgres(postgres_url)
    assert migrated is not None
    assert _shape(engine) == declared
    assert migrate_postgres(postgres_url) is None
    with engine.begin() as connection:
        refuse_mismatch(connection, "here")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable) as caught:
        migrate_postgres(postgres_url)
    assert caught.value.code == "database-newer"
    engine.dispose()


def test_an_older_embedded_database_is_copied_before_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    engine = sqlite_engine(path, writer=True)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.exec_driver_sql("CREATE TABLE kept (text TEXT)")
        connection.exec_driver_sql("INSERT INTO kept VALUES ('precious')")
        with pytest.raises(Unavailable, match="revision none"):
            refuse_mismatch(connection, str(path))
    migrated = prepare_sqlite(path, tmp_path / "backups", NOW)
    assert migrated is not None
    with engine.begin() as connection:
        assert revision_of(connection) == HEAD
        assert connection.exec_driver_sql("SELECT text FROM kept").scalar_one() == "precious"
    engine.dispose()


def test_a_backup_is_a_database_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.db"
    prepare_sqlite(path, tmp_path / "backups", NOW)
    engine = sqlite_engine(path, writer=True)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
        for table in reversed(all_tables().sorted_tables):
            connection.exec_driver_sql(f'DROP TABLE "{table.name}"')
        connection.exec_driver_sql("CREATE TABLE kept (text TEXT)")
        connection.exec_driver_sql("INSERT INTO kept VALUES ('precious')")
    engine.dispose()
    with pytest.raises(Unavailable, match="0000"):
        prepare_sqlite(path, tmp_path / "backups", NOW)
    assert not (tmp_path / "backups").exists()
    monkeypatch.setattr("roadworthy.foundation.storage.migrate._known", lambda: {"0000", HEAD})
    monkeypatch.setattr("roadworthy.foundation.storage.migrate.upgrade", lambda _connection: None)
    migrated = prepare_sqlite(path, tmp_path / "backups", NOW)
    assert migrated is not None
    assert migrated.backup is not None
    with sqlite3.connect(migrated.backup) as copy:
        assert copy.execute("SELECT text FROM kept").fetchone() == ("precious",)
    copy.close()


def test_a_migration_that_would_leave_loose_ends_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.db"
    prepare_sqlite(path, tmp_path / "backups", NOW)
    scripts = tmp_path / "migrations"
    shutil.copytree(FOLDER, scripts)
    text = "INSERT INTO decision_selectors (selector, request_id, deadline_at) VALUES ('group:risk', 'gone', '2026')"
    head = f'revision, down_revision, branch_labels, depends_on = "9000", "{HEAD}", None, None'
    script = f'from alembic import op\n{head}\n\ndef upgrade():\n    op.execute("{text}")\n'
    (scripts / "versions" / "9000_next.py").write_text(script, encoding="utf-8")
    monkeypatch.setattr("roadworthy.foundation.storage.migrate.FOLDER", scripts)
    monkeypatch.setattr("roadworthy.foundation.storage.migrate.HEAD", "9000")
    with pytest.raises(IntegrityBroken, match="`decision_selectors` would refer to a row of `decision_requests`"):
        prepare_sqlite(path, tmp_path / "backups", NOW)
    engine = sqlite_engine(path, writer=True)
    with engine.begin() as connection:
        assert revision_of(connection) == HEAD
        assert connection.exec_driver_sql("SELECT count(*) FROM decision_selectors").scalar_one() == 0
    engine.dispose()


def test_a_newer_or_damaged_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    prepare_sqlite(path, tmp_path / "backups", NOW)
    engine = sqlite_engine(path, writer=True)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(Unavailable) as newer:
        prepare_sqlite(path, tmp_path / "backups", NOW)
    assert newer.value.code == "database-newer"
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database, and longer than a header of one hundred bytes" * 20)
    with pytest.raises(IntegrityBroken) as damaged:
        prepare_sqlite(broken, tmp_path / "backups", NOW)
    assert damaged.value.place.source == str(broken)


def _flag(name: str, default: object) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=default)  # type: ignore[arg-type]  # any clause


def test_a_script_that_is_written_from_the_tables_runs_on_either_database(store: Store, tmp_path: Path) -> None:
    table = sa.Table(
        "flags",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", Instant, nullable=True),
        sa.Column("count", sa.SmallInteger, nullable=False, server_default="7"),
        _flag("off", sa.false()),
        _flag("kept", sa.true()),
    )
    later = ModifyTableOps("flags", [AddColumnOp("flags", _flag("late", sa.false()))])
    engine = sqlite_engine(tmp_path / "before.db", writer=True)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"render_as_batch": True})
        script = rendered(UpgradeOps([CreateTableOp.from_table(table), later]), context)["flags"]
    engine.dispose()

    def upgraded(connection: sa.Connection) -> Any:
        with Operations.context(MigrationContext.configure(connection)) as op:
            exec(f"if True:\n    {script}", {"op": op, "sa": sa})  # noqa: S102 - it is what a migration runs
        connection.execute(sa.text("INSERT INTO flags (id) VALUES (1)"))
        return connection.execute(sa.select(table.c.off, table.c.kept, table.c["count"])).one()

    assert "sa.String(27)" in script
    assert tuple(store.write(upgraded)) == (False, True, 7)
