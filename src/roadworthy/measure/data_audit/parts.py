"""Parts of a side that were measured before, kept so that a new day costs a day and a broken run goes on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from roadworthy.foundation.storage.store import Store
from roadworthy.measure.data_audit.contract.shape import Side
from roadworthy.measure.fingerprint.measuring import measure
from roadworthy.measure.fingerprint.model import Declared, Fingerprint
from roadworthy.measure.fingerprint.progress import Progress
from roadworthy.measure.fingerprint.relation import Engine, Opened


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is kept of one side of one source."""

    store: Store
    use_case: str
    source: str
    side: Side

    def measure(
        self, opened: Opened, engine: Engine, declared: Declared, *, now: dt.datetime, progress: Progress
    ) -> Fingerprint:
        """The fingerprint of the side; parts that did not change are not read again."""
        return measure(opened, engine, declared, now=now, progress=progress)
