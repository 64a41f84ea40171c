"""Processes say of themselves that they live; what is missing, differs or stands still is told."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from roadworthy.app import App, build
from roadworthy.foundation.deployment.guards import install
from roadworthy.foundation.deployment.model import ProcessRole, ProcessState
from roadworthy.foundation.deployment.service import Processes
from roadworthy.foundation.deployment.tables import processes
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.lines import end_stuck
from roadworthy.foundation.storage.postgres import PostgresStore
from roadworthy.foundation.storage.store import Store
from roadworthy.interfaces import checks_deployment
from roadworthy.interfaces.check import Check, CheckState
from roadworthy.operate.admission.identity.pseudonyms import Pseudonyms, pseudonym_secret

R = ProcessRole
QUIET = Runtime(threaded=False)


def process(store: Store, folder: Path, *faults: str) -> Processes:
    """A process with keys of its own."""
    return Processes(store, QUIET, Keys(folder, QUIET.clock), lambda: faults)


@pytest.fixture
def app(postgres_store: PostgresStore, tmp_path: Path) -> App:
    """A deployment that has not been started."""
    home = tmp_path / "home"
    return build(Settings(home=home, database="postgresql://"), QUIET, postgres_store)


def told(app: App) -> list[tuple[CheckState, str]]:
    """What the doctor says of the processes."""
    return [(each.state, each.message) for each in checks_deployment.processes(app)]


def test_alone_on_sqlite_nobody_is_listed(sqlite_store: Store, tmp_path: Path) -> None:
    alone = process(sqlite_store, tmp_path)
    alone.join(frozenset({R.SERVE}))
    assert alone.all() == ()
    before = alone.draining
    alone.drain()
    assert (before, alone.draining) == (False, True)
    alone.leave()


@pytest.mark.postgres
def test_a_process_is_listed_from_when_it_joins_until_it_leaves(postgres_store: Store, tmp_path: Path) -> None:
    keys = Keys(tmp_path, QUIET.clock)
    keys.rotate("status")
    one, two = process(postgres_store, tmp_path, "the disk is full"), process(postgres_store, tmp_path)
    one.join(frozenset({R.WORKER, R.SIGNER}))
    two.join(frozenset({R.SERVE}))
    [first, second] = two.all()
    assert first.roles == {R.WORKER, R.SIGNER}
    assert first.faults == ("the disk is full",)
    assert first.state is ProcessState.RUNNING
    assert first.keys == second.keys
    assert set(first.keys) == {"status"}
    two.drain()
    two.announce()
    assert [each.state for each in one.all()] == [ProcessState.RUNNING, ProcessState.DRAINING]
    two.leave()
    assert len(one.all()) == 1


@pytest.mark.postgres
def test_who_is_silent_is_said_to_be_and_forgotten_after_a_day(postgres_store: Store, tmp_path: Path) -> None:
    killed, alive = process(postgres_store, tmp_path), process(postgres_store, tmp_path)
    killed.join(frozenset({R.WORKER}))
    alive.join(frozenset({R.SERVE}))
    for ago, states in ((timedelta(minutes=2), [ProcessState.SILENT, ProcessState.RUNNING]), (timedelta(days=2), None)):
        [row] = [each for each in alive.all() if R.WORKER in each.roles]
        past = processes.update().where(processes.c.id == row.id).values(seen_at=row.seen_at - ago)
        postgres_store.write(lambda connection, past=past: connection.execute(past))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        if states is not None:
            assert [each.state for each in alive.all()] == states
    alive.announce()
    assert len(alive.all()) == 1


@pytest.mark.postgres
def test_the_doctor_says_whose_part_nobody_does_and_what_does_not_fit(app: App, tmp_path: Path) -> None:
    assert told(app) == []
    for folder in ("one", "two"):
        keys = Keys(tmp_path / folder, QUIET.clock)
        keys.rotate("certificates")
        Pseudonyms(partial(pseudonym_secret, keys)).of_subject("https://issuer.example", "ana")
    serving, working = process(app.store, tmp_path / "one"), process(app.store, tmp_path / "two", "no space")
    serving.join(frozenset({R.SERVE}))
    missing = [message for state, message in told(app) if state is CheckState.FAIL]
    assert missing == [
        "no worker runs, so nothing falls due and no entry gets its place in the ledger",
        "no signer runs, so the ledger is not signed",
    ]
    working.join(frozenset({R.WORKER, R.SIGNER}))
    failing = [message for _, message in told(app)]
    assert any(message.endswith("says: no space") for message in failing)
    assert "processes sign with different keys for `certificates`" in failing
    assert any("different keys for `gateway-pseudonyms`" in each for each in failing), "one user would be two"
    working.leave()
    newer = process(app.store, tmp_path / "one")
    newer.join(frozenset({R.WORKER, R.SIGNER}))
    assert newer._me is not None
    newer._me = dataclasses.replace(newer._me, version="9.9.9")
    newer.announce()
    assert [state for state, _ in told(app)] == [CheckState.WARN]
    serving.leave()
    assert [state for state, _ in told(app)] == [CheckState.OK]


@pytest.mark.postgres
def test_the_doctor_misses_guards_and_sees_that_the_ledger_was_put_back(app: App) -> None:
    [found] = checks_deployment.guards(app)
    assert found.state is CheckState.FAIL
    app.store.write(install)
    assert [each.state for each in checks_deployment.guards(app)] == [CheckState.OK]
    assert [each.state for each in checks_deployment.past(app)] == [CheckState.OK]


def test_a_home_with_old_entries_and_no_backup_is_told(app_on_sqlite: App) -> None:
    def found() -> list[Check]:
        return list(checks_deployment.backups(app_on_sqlite))

    assert found() == [], "there is little to lose yet"
    old = sa.text("UPDATE ledger_entries SET at = '2020-01-01T00:00:00.000000Z' WHERE position = 0")
    app_on_sqlite.store.write(lambda connection: connection.execute(old))
    assert [each.state for each in found()] == [CheckState.WARN]
    folder = app_on_sqlite.settings.backups_folder
    folder.mkdir()
    (folder / "today.backup").touch()
    assert [each.state for each in found()] == [CheckState.OK]


@pytest.fixture
def app_on_sqlite(sqlite_store: Store, tmp_path: Path) -> App:
    """A deployment with an entry."""
    app = build(Settings(home=tmp_path / "home"), QUIET, sqlite_store)
    app.identity.local_user("somebody")
    return app


@pytest.mark.postgres
def test_a_session_that_stands_still_is_ended_and_others_are_not(
    postgres_store: PostgresStore, postgres_url: str
) -> None:
    with psycopg.connect(postgres_url, application_name="stands-still") as standing:
        standing.execute("SELECT 1")

        def ended(seconds: float, name: str) -> int:
            return postgres_store.write(lambda connection: end_stuck(connection, seconds, name))

        assert ended(60, "stands-still") == 0, "it has not stood for long"
        assert ended(0, "something-else") == 0, "it is not one of those"
        assert ended(0, "stands-still") == 1
        with pytest.raises(psycopg.OperationalError):
            standing.execute("SELECT 1")
