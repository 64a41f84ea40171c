"""Runs that have lost their process are found and go on by themselves, or say why they do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.measure.data_audit import leasing
from roadworthy.measure.data_audit import store as rows
from roadworthy.measure.data_audit.running import Job, Running, finished
from roadworthy.measure.data_audit.runs import Fault, Run, RunStatus

LOOK_SECONDS = 15.0
"""Between two looks for runs whose process is gone."""
_ITSELF = Actor(ActorKind.SYSTEM, "data-audit")
_log = log("data-audit")


@dataclass(frozen=True, slots=True)
class TakingUp:
    """Looks for runs that have lost their process."""

    store: Store
    units: Units
    runtime: Runtime
    running: Running
    actor_of: Callable[[str], Actor]
    """Who asked for a run, by the id of the entry that asked for it."""

    def look(self) -> tuple[str, ...]:
        """Take up what nobody carries out any more.

        Returns:
            Ids of the runs that go on here.
        """
        try:
            with self.store.read() as connection:
                lost = [run for run in rows.running(connection) if self._is_lost(run)]
            jobs = [job for run in lost if (job := self._one(run)) is not None]
        except RoadworthyError as error:
            _log.warning("runs without a process could not be looked for", error=error.code)
            return ()
        for job in jobs:
            _log.info("an audit run is taken up again", run=job.run.id)
            self.running.submit(job)
        return tuple(job.run.id for job in jobs)

    def _is_lost(self, run: Run) -> bool:
        if self.running.is_ours(run):
            return False
        return leasing.silent(run, self.runtime.clock.now(), alone=self.store.dialect == "sqlite")

    def _one(self, lost: Run) -> Job | None:
        """Take up one; None where another process was first, or it is not to go on."""

        def work(tx: Transaction) -> Run | None:
            leasing.only_one(tx.connection, lost.use_case)
            leasing.lock(tx.connection, lost.id)
            run = rows.find_run(tx.connection, lost.id)
            if run is None or run.status is not RunStatus.RUNNING or not self._is_lost(run):
                return None
            status, fault = _over(run, rows.runs_of(tx.connection, run.use_case, 1)[0])
            if status is not None:
                rows.end_run(tx.connection, run.id, status, tx.now, fault)
                tx.record(finished(run, status, rows.results_of(tx.connection, run.id)))
                return None
            taken = leasing.take(tx.connection, run, self.running.name, tx.now)
            times = 1 if taken.progress is None else taken.progress.times
            tx.record(Draft("audit.resumed", f"{USE_CASE}/{run.use_case}", facts={"run": run.id, "times": times}))
            return taken

        taken = self.units.run(Context(_ITSELF), work)
        return None if taken is None else Job(taken, self._authority(taken))

    def _authority(self, run: Run) -> Context:
        """What the run leaves stands under the name of who asked for it, as if its process had not ended."""
        try:
            return Context(replace(self.actor_of(run.id), via="system"))
        except RoadworthyError:
            return Context(_ITSELF)


def _over(run: Run, latest: Run) -> tuple[RunStatus | None, Fault | None]:
    """How a run that has lost its process ends; nothing where it is to go on."""
    if run.cancel_requested:
        return RunStatus.CANCELLED, None
    if latest.id != run.id and latest.requested_at > run.requested_at:
        said = f"its process ended, and a later audit (`{latest.id}`) has taken its place"
        return RunStatus.FAILED, Fault("audit-superseded", said, remedy="look at the later one")
    if run.progress is not None and run.progress.times >= leasing.MOST_TIMES:
        where = f" at `{run.progress.source}`" if run.progress.source else ""
        return RunStatus.FAILED, Fault(
            "audit-process-ended",
            f"its process ended {run.progress.times} times while it was carried out, the last time{where}",
            remedy="see in the server's log or the system's why it ended (memory is the usual reason), then resume it",
        )
    return None, None
