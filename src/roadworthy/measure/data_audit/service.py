"""Operations of the data-path audits: run, look, waive, and fingerprints that travel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from roadworthy.evidence import public_keys
from roadworthy.evidence.attachments import Attachments
from roadworthy.evidence.collectors import Collectors
from roadworthy.evidence.model import Collector
from roadworthy.evidence.public_keys import PublicKey
from roadworthy.evidence.service import Evidence
from roadworthy.foundation.errors import Conflict, InvalidInput, RoadworthyError
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Basis, Context, Draft
from roadworthy.foundation.ledger.repeats import Repeated
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.logs import log
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Repeater, Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.model import Timer
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.measure.data_audit import leasing
from roadworthy.measure.data_audit import store as rows
from roadworthy.measure.data_audit.contracts import Contracts
from roadworthy.measure.data_audit.handing_in import Found, HandingIn, content_of
from roadworthy.measure.data_audit.model import Gap, GapStatus
from roadworthy.measure.data_audit.reading import Kept, unknown_run
from roadworthy.measure.data_audit.running import Job, Running, Tools, policy_in_force
from roadworthy.measure.data_audit.runs import RESUMABLE, Run, RunStatus
from roadworthy.measure.data_audit.taking_up import LOOK_SECONDS, TakingUp
from roadworthy.measure.data_audit.travelling import Travelling
from roadworthy.measure.data_audit.waiving import TELL, Waiving
from roadworthy.measure.data_audit.written import audit_values

_ITSELF = Context(Actor(ActorKind.SYSTEM, "data-audit"))
_log = log("data-audit")


@dataclass(frozen=True, slots=True)
class Ground:
    """What the audits stand on."""

    store: Store
    units: Units
    resources: Resources
    runtime: Runtime
    settings: Settings
    keys: Keys
    timers: Timers
    evidence: Evidence
    attachments: Attachments
    collectors: Collectors
    actor_of: Callable[[str], Actor]
    """Who recorded an entry of the ledger."""


class DataAudits(Kept):
    """Audits of the data paths of registered use cases."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        super().__init__(ground.store, ground.resources, ground.runtime.clock, self._carries_out)
        self._units = ground.units
        self.waiving = Waiving(ground.units, ground.timers, ground.resources)
        ground.timers.act(TELL, self._tell_decided)
        self._handing = HandingIn(
            ground.resources,
            ground.evidence,
            ground.attachments,
            ground.collectors,
            ground.keys,
            ground.runtime.clock,
        )
        self.travelling = Travelling(ground.units, ground.keys, self.fingerprint, self._believed)
        self.contracts = Contracts(self)
        self._running = Running(
            Tools(
                ground.store,
                ground.units,
                ground.resources,
                ground.runtime,
                ground.settings,
                self._believed,
                self.fingerprint,
                self._finished,
            )
        )

        self._taking_up = TakingUp(ground.store, ground.units, ground.runtime, self._running, ground.actor_of)
        self._looking: Repeater | None = None

    def take_up(self) -> tuple[str, ...]:
        """Let runs go on whose process ended, now and from now on; ids of those that go on now.

        Several servers may share a database: each run goes on in one of them.
        """
        found = self._taking_up.look()
        if self._looking is None:
            self._looking = self._ground.runtime.repeat("data-audit-look", LOOK_SECONDS, self._look)
        return found

    def _look(self) -> None:
        self._taking_up.look()

    def close(self) -> None:
        """Stop now; a server that starts, or shares the database, goes on with what is unfinished."""
        if self._looking is not None:
            self._looking.stop()
            self._looking = None
        self._running.close()

    # ------------------------------------------------------------ run

    def start(self, context: Context, use_case: str) -> Run:
        """Audit every data source of a use case; the work goes on after this returns.

        Args:
            context: who asks; with `once`, asking again gives the run of the first time.
            use_case: its name.

        Raises:
            NotFound: there is no such use case.
            InvalidInput: it declares no data source.
            Conflict: an audit of it is running.
        """
        spec = self._spec(use_case)
        if not spec.data:
            raise InvalidInput(
                "audit-without-sources",
                f"`{use_case}` declares no data source",
                remedy="declare under `data` what the pilot read, with `pilot` and `production`",
            )
        policy = policy_in_force(self._ground.resources)

        def work(tx: Transaction) -> Run:
            leasing.only_one(tx.connection, use_case)
            live = [each for each in map(self._seen, rows.running(tx.connection, use_case)) if _is_live(each)]
            if live:
                raise Conflict(
                    "audit-running",
                    f"an audit of `{use_case}` is running since {live[0].requested_at:%Y-%m-%d %H:%M} UTC",
                    remedy=f"wait for run `{live[0].id}`, or cancel it",
                )
            facts = {"sources": len(spec.data)}
            entry = Draft("audit.requested", f"{USE_CASE}/{use_case}", basis=Basis(policy=policy.digest), facts=facts)
            run = Run(  # a run goes by the id of the entry that asked for it
                tx.record(entry),
                use_case,
                RunStatus.RUNNING,
                tx.now,
                context.actor.ref,
                policy_digest=policy.digest,
                progress=leasing.begun(self._running.name, tx.now),
            )
            rows.insert_run(tx.connection, run)
            return run

        try:
            run = self._units.run(context, work)
        except Repeated as repeated:
            return self.run(repeated.entries[0])
        self._running.submit(Job(run, replace(context, once=None)))
        return self.run(run.id)

    def resume(self, context: Context, run_id: str) -> Run:
        """Let a run that was cancelled, failed or lost its process go on where it was.

        Raises:
            NotFound: there is none of this id.
            Conflict: it is running or finished, or another run of the use case is.
        """

        def work(tx: Transaction) -> Run:
            leasing.only_one(tx.connection, self._held(tx, run_id).use_case)
            leasing.lock(tx.connection, run_id)
            run = self._held(tx, run_id)
            others = [each for each in map(self._seen, rows.running(tx.connection, run.use_case)) if each.id != run_id]
            if run.status not in RESUMABLE or any(_is_live(each) for each in others):
                raise Conflict(
                    "audit-not-resumable",
                    f"the run is {run.status.value}, or another one of `{run.use_case}` is running",
                    remedy="start a new audit",
                )
            progress = leasing.begun(self._running.name, tx.now)
            rows.resume_run(tx.connection, run_id, progress)
            tx.record(Draft("audit.resumed", f"{USE_CASE}/{run.use_case}", facts={"run": run_id}))
            return replace(run, status=RunStatus.RUNNING, progress=progress)

        run = self._units.run(context, work)
        self._running.submit(Job(run, replace(context, once=None)))
        return self.run(run_id)

    def cancel(self, context: Context, run_id: str) -> Run:
        """End a run; a query that it waits for is broken off, and what is finished is kept.

        Raises:
            NotFound: there is none of this id.
            Conflict: it is over.
        """

        def work(tx: Transaction) -> None:
            leasing.lock(tx.connection, run_id)
            run = self._held(tx, run_id)
            if run.status not in {RunStatus.RUNNING, RunStatus.ABANDONED}:
                raise Conflict("audit-over", f"the run is {run.status.value}", remedy="nothing to cancel")
            rows.ask_to_cancel(tx.connection, run_id)
            if run.status is RunStatus.ABANDONED or leasing.waits(run):
                rows.end_run(tx.connection, run_id, RunStatus.CANCELLED, tx.now)
            tx.record(Draft("audit.cancel-asked", f"{USE_CASE}/{run.use_case}", facts={"run": run_id}))

        self._units.run(context, work)
        self._running.stop(run_id)
        return self.run(run_id)

    # ------------------------------------------------------------ waive

    def waive(self, context: Context, gap_id: str, reason: str, control: str, expires_at: dt.datetime) -> Gap:
        """Accept a gap until an instant, see `Waiving.waive`; the evidence of the audit follows."""
        gap = self.waiving.waive(context, gap_id, reason, control, expires_at)
        self._tell_again(context, gap_id)
        return gap

    def unwaive(self, context: Context, gap_id: str, reason: str) -> Gap:
        """End a waiver before its time, see `Waiving.unwaive`; the evidence of the audit follows."""
        gap = self.waiving.unwaive(context, gap_id, reason)
        self._tell_again(context, gap_id)
        return gap

    # ------------------------------------------------------------ its own key

    def collector(self) -> Collector | None:
        """Our own collector, where a person registered its key; without it evidence counts as documented."""
        return self._handing.collector()

    def public_key(self) -> str:
        """The key with which audits sign their evidence, as PEM."""
        return self._handing.public_key()

    # ------------------------------------------------------------ inside

    def _carries_out(self, run: Run) -> bool:
        return self._running.is_ours(run)

    def _held(self, tx: Transaction, run_id: str) -> Run:
        run = rows.find_run(tx.connection, run_id)
        if run is None:
            raise unknown_run(run_id)
        return self._seen(run)

    def _believed(self) -> Mapping[str, PublicKey]:
        """Keys whose fingerprints are believed: our own, and those of registered collectors."""
        own = [public_keys.of(key.private.public_key()) for key in self._ground.keys.all(Travelling.PURPOSE)]
        others = [
            public_keys.read(each.public_key) for each in self._ground.collectors.all() if each.revoked_at is None
        ]
        return {key.key_id: key for key in (*own, *others)}

    def _finished(self, context: Context, run: Run) -> None:
        """Hand in evidence for a run that looked at every source."""
        results = self.results(run.id)
        values = [audit_values(self.audit(run.id, each.source)) for each in results if each.headline is not None]
        standing = tuple(gap for gap in self.gaps(run.use_case) if gap.status is not GapStatus.CLOSED)
        try:
            item = self._handing.hand_in(context, Found(run, results, standing, content_of(values)))
        except RoadworthyError as error:
            _log.warning("the audit's evidence was refused", run=run.id, why=error.code, said=error.message)
            return
        self._store.write(lambda connection: rows.keep_evidence(connection, run.id, item.id))

    def _tell_decided(self, timer: Timer) -> None:
        self._tell_again(_ITSELF, timer.key)

    def _tell_again(self, context: Context, gap_id: str) -> None:
        """After a decision about a gap, hand in anew what the latest finished run came to."""
        use_case, _ = self.gap(gap_id)
        finished = [run for run in self.runs(use_case) if run.status is RunStatus.FINISHED]
        if finished:
            self._finished(context, finished[0])


def _is_live(run: Run) -> bool:
    return run.status is RunStatus.RUNNING
