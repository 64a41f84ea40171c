"""A process that is killed in the middle of an import leaves the database as if the import had never begun."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import TooLarge, Unavailable
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.sqlite import SqliteStore
from tests.faults.import_child import ROWS, content
from tests.unit.inventory.importing.desk import PERSON, desk_on

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.15, 0.4])
def test_a_killed_import_is_whole_or_not_there(sqlite_store: SqliteStore, delay: float) -> None:
    path = sqlite_store.path
    sqlite_store.close()
    command = [sys.executable, "-m", "tests.faults.import_child", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        while child.stdout.readline().strip() != "start 1":
            pass
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        child.wait()

    store = SqliteStore(path, Runtime())
    desk = desk_on(store, Runtime())
    with store.read() as connection:
        subjects = list(desk.inventory.subjects(connection))
        assert connection.execute(sa.text("PRAGMA integrity_check")).scalar_one() == "ok"
        runs = connection.execute(sa.text("SELECT count(*) FROM import_runs")).scalar_one()
        kept = connection.execute(sa.text("SELECT count(*) FROM import_rows")).scalar_one()
    assert len(subjects) == ROWS
    editions = {subject.spec.purpose for subject in subjects}
    assert len(editions) == 1
    edition = int((editions.pop() or "").rsplit(" ", 1)[1])
    said = {subject.answers["governance.authorised-to-operate"].answer for subject in subjects}
    assert said == {"yes" if edition % 2 else "no"}
    assert (runs, kept) == (edition + 1, (edition + 1) * ROWS)

    again = desk.imports.run(PERSON, "file.csv", content(edition + 1))
    assert len(again.effects.updated) == ROWS
    store.close()


def test_a_failure_at_the_end_of_the_unit_leaves_nothing(sqlite_store: SqliteStore) -> None:
    desk = desk_on(sqlite_store)

    def fail(_connection: sa.Connection) -> None:
        raise sa.exc.OperationalError("INSERT", {}, Exception("database or disk is full"))

    sqlite_store.before_commit.append(fail)
    with pytest.raises((Unavailable, sa.exc.OperationalError)):
        desk.imports.run(PERSON, "file.csv", content(0))
    sqlite_store.before_commit.remove(fail)

    assert desk.inventory.names() == []
    assert desk.imports.runs() == []
    assert len(desk.imports.run(PERSON, "file.csv", content(0)).effects.created) == ROWS


def test_a_file_over_a_limit_leaves_the_inventory_as_it_was(sqlite_store: SqliteStore) -> None:
    desk = desk_on(sqlite_store)
    desk.imports.run(PERSON, "file.csv", content(0))

    with pytest.raises(TooLarge):
        desk.imports.run(PERSON, "big.csv", b"Title,Purpose\nx," + b"y" * 5_000_000 + b"\n")

    assert len(desk.inventory.names()) == ROWS
    assert len(desk.imports.runs()) == 1
