"""A process that is killed in the middle of an audit loses what it was doing, and nothing that it had done."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from roadworthy.app import App, open_home
from roadworthy.foundation.runtime import AheadClock, Runtime
from roadworthy.foundation.storage.engines import postgres_engine
from roadworthy.foundation.storage.migrate import migrate_postgres
from roadworthy.measure.data_audit.runs import RunStatus
from tests.faults.audit_child import LARGE, SMALL, actor, settings, write
from tests.harness.schema import all_tables

ROOT = Path(__file__).parents[2]


def killed(folder: Path, database: str = "") -> str:
    """The run of a process that was killed when its first source was finished and its second was not."""
    write(folder)
    command = [sys.executable, "-m", "tests.faults.audit_child", str(folder), *([database] if database else [])]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        run_id = child.stdout.readline().strip()
        child.send_signal(signal.SIGKILL)
    assert run_id
    return run_id


def test_a_killed_audit_is_abandoned_and_goes_on_where_it_was(tmp_path: Path) -> None:
    run_id = killed(tmp_path)
    with open_home(settings(tmp_path)) as (app, _lock):
        assert app.audits.run(run_id).status is RunStatus.ABANDONED
        (kept,) = app.audits.results(run_id)
        assert kept.source == "small"
        app.audits.resume(actor(app), run_id)
        while app.audits.run(run_id).status is RunStatus.RUNNING:
            time.sleep(0.05)
        assert app.audits.run(run_id).status is RunStatus.FINISHED
        again, large = sorted(app.audits.results(run_id), key=lambda each: each.source != "small")
        assert again.finished_at == kept.finished_at, "what was finished is not done again"
        assert large.rows == LARGE
        told = [each.entry.what for each in app.ledger.entries(limit=50).entries]
        assert {"audit.requested", "audit.resumed", "audit.finished"} <= set(told)
        assert app.ledger.verify(full=True).ok


def test_a_server_that_starts_goes_on_with_what_a_killed_one_left(tmp_path: Path) -> None:
    run_id = killed(tmp_path)
    with open_home(settings(tmp_path)) as (app, _lock):
        (kept,) = app.audits.results(run_id)
        app.start()
        assert app.audits.run(run_id).status is RunStatus.RUNNING
        finished(app, run_id)
        assert {each.source: each.rows for each in app.audits.results(run_id)} == {"small": SMALL, "large": LARGE}
        again = next(each for each in app.audits.results(run_id) if each.source == "small")
        assert again.finished_at == kept.finished_at, "what was finished is not done again"
        assert app.audits.run(run_id).evidence is not None


@pytest.mark.postgres
def test_a_server_that_shares_the_database_goes_on_with_what_a_killed_one_left(
    postgres_url: str, tmp_path: Path
) -> None:
    engine = postgres_engine(postgres_url, pool_size=1)
    with engine.begin() as connection:
        all_tables().drop_all(connection)
    engine.dispose()
    migrate_postgres(postgres_url)
    run_id = killed(tmp_path, postgres_url)
    with open_home(settings(tmp_path, postgres_url)) as (app, _lock):
        assert app.audits.take_up() == (), "it may be busy: it has not been silent for a minute"
    later = Runtime(clock=AheadClock(dt.timedelta(seconds=70)))
    with open_home(settings(tmp_path, postgres_url), later) as (app, _lock):
        assert app.audits.run(run_id).status is RunStatus.ABANDONED
        app.start()
        finished(app, run_id)
        assert {each.source: each.rows for each in app.audits.results(run_id)} == {"small": SMALL, "large": LARGE}
        app.ledger.settle()
        told = [each.entry.what for each in app.ledger.entries(limit=50).entries]
        assert told.count("audit.resumed") == told.count("audit.finished") == 1


def finished(app: App, run_id: str) -> None:
    """Wait for the end of a run, which nobody asked for again."""
    while (status := app.audits.run(run_id).status) is RunStatus.RUNNING:
        time.sleep(0.05)
    assert status is RunStatus.FINISHED
