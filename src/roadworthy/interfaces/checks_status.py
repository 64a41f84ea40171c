"""Whether this process knows what is certified and stopped: for the doctor and whoever watches."""

from __future__ import annotations

from collections.abc import Iterator

from roadworthy.app import App
from roadworthy.interfaces.check import Check, CheckState

STATUS = "status"


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
