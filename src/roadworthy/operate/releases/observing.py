"""Looking at registries again and again: what an alias stands for now, held against what is to run."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from typing import cast

from roadworthy.foundation.errors import NotFound, RoadworthyError
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.logs import log
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.model import Timer
from roadworthy.foundation.workflow.service import Outcome, Timers
from roadworthy.inventory.discovery.mlflow import opened
from roadworthy.operate.releases import store as rows
from roadworthy.operate.releases.expected import PRODUCTION
from roadworthy.operate.releases.kinds import LOOK, RELEASE_OBSERVER, ReleaseObserver
from roadworthy.operate.releases.model import Look, Recorded, Sighting
from roadworthy.operate.releases.recording import observe
from roadworthy.operate.releases.registries import look
from roadworthy.operate.releases.remembering import Remembered
from roadworthy.operate.releases.rules import judged
from roadworthy.operate.releases.service import Releases

PATIENCE = dt.timedelta(minutes=20)
"""A look reads the files of models; after so long another process may begin the next."""
_log = log("releases")


class Observing:
    """Looks at what `ReleaseObserver`s name.

    Args:
        store: where observers are read from.
        timers: by which looks come.
        resources: where observers are declared.
        releases: what is to run.
        runtime: clock.
        settings: the address of the MLflow server.
    """

    def __init__(
        self,
        store: Store,
        timers: Timers,
        resources: Resources,
        releases: Releases,
        runtime: Runtime,
        settings: Settings,
    ) -> None:
        self._store = store
        self._resources = resources
        self._releases = releases
        self._runtime = runtime
        self._settings = settings
        self._remembered = Remembered(runtime.clock)
        timers.act(LOOK, self._look, patience=PATIENCE)

    def last(self, use_case: str) -> list[Look]:
        """The last look of each observer of a use case, by name."""
        with self._store.read() as connection:
            return rows.looks(connection, use_case)

    def _look(self, timer: Timer) -> Outcome | None:
        """Ask the registry, with no unit open; what it says is kept with the timer's end."""
        stored = self._resources.find(RELEASE_OBSERVER, timer.key)
        if stored is None:
            return None
        spec = cast("ReleaseObserver", stored.spec)
        seen: list[Sighting] = []
        failed: RoadworthyError | None = None
        try:
            clock = self._runtime.clock
            with opened(self._settings, clock, spec.address or "", os.environ) as server:
                oldest = dt.timedelta(seconds=spec.seconds_to_read_again)
                seen = [look(server, part.kept, self._remembered, oldest) for part in spec.parts]
        except RoadworthyError as error:
            failed = error
            _log.warning("a registry could not be looked at", observer=timer.key, code=error.code)
        return lambda tx: self._keep(tx, timer.key, spec, seen, failed)

    def _keep(
        self,
        tx: Transaction,
        name: str,
        spec: ReleaseObserver,
        seen: Sequence[Sighting],
        failed: RoadworthyError | None,
    ) -> None:
        Timers.set(tx, LOOK, name, tx.now + dt.timedelta(seconds=spec.seconds_between))
        at = spec.stage or PRODUCTION
        expected = self._releases.expected(tx.connection, spec.use_case, at)
        recorded = None if expected is None else rows.find(tx.connection, expected)
        rows.keep_look(
            tx.connection,
            Look(
                observer=name,
                use_case=spec.use_case,
                at=tx.now,
                failed=None if failed is None else failed.message,
                failed_code=None if failed is None else failed.code,
                release=expected,
            ),
        )
        if recorded is None:
            return
        settled = self._settled(tx, spec, at)
        counts = [each for each in seen if settled or judged(recorded.release.parts, each)]
        if counts:
            self._observe(tx, recorded, counts, at)

    def _settled(self, tx: Transaction, spec: ReleaseObserver, at: str) -> bool:
        """Whether a deployment had time to take place."""
        since = rows.since(tx.connection, spec.use_case, at)
        return since is None or tx.now >= since + dt.timedelta(seconds=spec.seconds_to_settle)

    @staticmethod
    def _observe(tx: Transaction, recorded: Recorded, seen: Sequence[Sighting], at: str) -> None:
        try:
            observe(tx, recorded, seen, at)
        except NotFound:
            _log.info("the release is gone", release=recorded.digest)
