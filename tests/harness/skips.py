"""On CI nothing may skip silently: what would be skipped fails, except for want of the real data."""

from __future__ import annotations

import os
from typing import Any

from tests.harness.data import ABSENT


def forbidden(reason: str) -> bool:
    """Whether a skip for this reason counts as a failure here."""
    return os.environ.get("CI") == "true" and ABSENT not in reason


def fail_instead(report: Any) -> None:
    """Turn a skipped report into a failed one where skipping is forbidden; expected failures are left alone."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if forbidden(reason):
        report.outcome = "failed"
        report.longrepr = f"on CI every test runs, but this one would have been skipped: {reason}"
