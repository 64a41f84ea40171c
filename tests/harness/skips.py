"""On CI nothing may skip silently: what would be skipped fails, except for want of the real data.

Nor does what needs a newer Python than the oldest one that is supported.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from tests.harness.data import ABSENT

NEEDS_312 = "needs Python 3.12"
"""In the reason of a test that cannot run on the oldest Python that is supported, because its oracle does not."""


def forbidden(reason: str) -> bool:
    """Whether a skip for this reason counts as a failure here."""
    borne = ABSENT in reason or (NEEDS_312 in reason and sys.version_info < (3, 12))
    return os.environ.get("CI") == "true" and not borne


def fail_instead(report: Any) -> None:
    """Turn a skipped report into a failed one where skipping is forbidden; expected failures are left alone."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if forbidden(reason):
        report.outcome = "failed"
        report.longrepr = f"on CI every test runs, but this one would have been skipped: {reason}"
