"""When a timer that failed is tried again: pure."""

from __future__ import annotations

import datetime as dt

from roadworthy.foundation.workflow.model import Retries


def pause(retries: Retries, attempts: int) -> dt.timedelta | None:
    """How long to wait after the given number of failed attempts; None when it is time to give up."""
    if attempts >= retries.most:
        return None
    wait = retries.first
    for _ in range(attempts - 1):
        if wait >= retries.longest:
            break
        wait *= retries.factor
    return min(wait, retries.longest)
