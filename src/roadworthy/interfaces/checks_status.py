"""Whether this process knows what is certified and stopped: for the doctor and whoever watches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from roadworthy.app import App
from roadworthy.decide.certificate.proof_rows import Proven
from roadworthy.interfaces.check import Check, CheckState

STATUS = "status"
STOPPING = "stopping"
STALE = dt.timedelta(days=3)
"""Twice the span of the policy that ships, and a day."""


def status(app: App) -> Iterator[Check]:
    """The newest snapshot, whether it is believed here, and how old it is."""
    current = app.operation.status
    current.look()
    health = current.health()
    if health.fault is not None:
        message = f"the newest status snapshot is not taken: {health.fault.message}"
        yield Check(STATUS, CheckState.FAIL, message, health.fault.remedy)
    elif health.seq is not None and health.age is not None:
        message = f"snapshot {health.seq} is {health.age.total_seconds():.0f} s old"
        if not health.effects_stop:
            yield Check(STATUS, CheckState.OK, message)
        else:
            remedy = "start `roadworthy serve`; where it runs, look whether the ledger verifies and the key is there"
            yield Check(STATUS, CheckState.WARN, f"{message}, so nothing may take effect", remedy)


def stopping(app: App) -> Iterator[Check]:
    """Whether the last self-test proved that a stop works everywhere within a second, and how old that proof is."""
    newest = next((each for each in app.operation.certificates.self_tests.listed(2) if each.ended_at is not None), None)
    if newest is None or newest.ended_at is None:
        return
    age = app.runtime.clock.now() - newest.ended_at
    again = "run it again with `roadworthy stop prove`"
    if newest.outcome is Proven.MISSING:
        names = ", ".join(newest.missing) or "every process"
        remedy = f"look at that process, restart it, and {again}"
        yield Check(STOPPING, CheckState.FAIL, f"the last self-test of the stop switches did not reach {names}", remedy)
    elif newest.outcome is Proven.SLOW:
        message = f"the last self-test of the stop switches took {newest.slowest} ms to reach every process"
        yield Check(STOPPING, CheckState.WARN, message, f"look at the database and the network, and {again}")
    elif age > STALE:
        yield Check(STOPPING, CheckState.WARN, f"the last proof that a stop works is {age.days} days old", again)
    else:
        message = f"a stop reached {len(newest.seen)} of {len(newest.expected)} processes within {newest.slowest} ms"
        yield Check(STOPPING, CheckState.OK, message)
