"""What the page says of a run whose process ended: that it goes on, or why not and what to do."""

from __future__ import annotations

import datetime as dt

from roadworthy.interfaces.web.showing.data_path import run_shown
from roadworthy.measure.data_audit.runs import Fault, Run, RunProgress, RunStatus

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def _told(status: RunStatus, progress: RunProgress | None = None, fault: Fault | None = None) -> tuple[str, bool]:
    run = Run("run-1", "mail", status, NOW, "dana", progress=progress, fault=fault)
    shown = run_shown(run, {}, "/use-cases/mail/data", NOW)
    return shown.told, bool(shown.resume)


def test_a_run_that_was_taken_up_says_so() -> None:
    progress = RunProgress(0.5, 1.0, "values", source="claims", at=NOW, owner="here")
    assert _told(RunStatus.RUNNING, progress) == ("Now at `claims`: values.", False)
    again = RunProgress(0.5, 1.0, "values", source="claims", at=NOW, owner="here", times=2)
    assert _told(RunStatus.RUNNING, again) == (
        "Now at `claims`: values. Its process ended, and it was taken up again.", False
    )  # fmt: skip


def test_a_run_that_does_not_go_on_says_why_and_what_to_do() -> None:
    fault = Fault("audit-process-ended", "its process ended 3 times", remedy="look at the log, then resume it")
    assert _told(RunStatus.FAILED, fault=fault) == ("Its process ended 3 times. Look at the log, then resume it.", True)
    told, resumable = _told(RunStatus.ABANDONED)
    assert "is gone" in told
    assert resumable
