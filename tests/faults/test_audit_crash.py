"""A process that is killed in the middle of an audit loses what it was doing, and nothing that it had done."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from roadworthy.app import open_home
from roadworthy.measure.data_audit.runs import RunStatus
from tests.faults.audit_child import LARGE, actor, settings, write

ROOT = Path(__file__).parents[2]


def test_a_killed_audit_is_abandoned_and_goes_on_where_it_was(tmp_path: Path) -> None:
    write(tmp_path)
    command = [sys.executable, "-m", "tests.faults.audit_child", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        run_id = child.stdout.readline().strip()
        child.send_signal(signal.SIGKILL)
    assert run_id
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
