"""Operations of the data-path audits: run, look, waive, and fingerprints that travel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from roadworthy.evidence import public_keys
from roadworthy.evidence.attachments import Attachments
from roadworthy.evidence.collectors import Collectors
from roadworthy.evidence.model import Collector
from roadworthy.evidence.public_keys import PublicKey
from roadworthy.evidence.service import Evidence
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, RoadworthyError, did_you_mean
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.draft import Basis, Context, Draft
from roadworthy.foundation.ledger.repeats import Repeated
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.logs import log
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import DataSource, UseCase
from roadworthy.measure.data_audit import store as rows
from roadworthy.measure.data_audit.contract.shape import Side
from roadworthy.measure.data_audit.handing_in import Found, HandingIn, content_of
from roadworthy.measure.data_audit.model import Audit, Gap, GapStatus
from roadworthy.measure.data_audit.running import SILENT, Job, Running, Tools, policy_in_force
from roadworthy.measure.data_audit.runs import RESUMABLE, Result, Run, RunStatus
from roadworthy.measure.data_audit.travelling import Travelling
from roadworthy.measure.data_audit.waiving import Waiving, unknown_gap
from roadworthy.measure.data_audit.written import audit_from, audit_values

SHOWN = 100
"""Runs that are listed."""
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


class DataAudits:
    """Audits of the data paths of registered use cases."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._store = ground.store
        self._units = ground.units
        self._runtime = ground.runtime
        self._waiving = Waiving(ground.units, ground.timers)
        self._handing = HandingIn(
            ground.resources,
            ground.evidence,
            ground.attachments,
            ground.collectors,
            ground.keys,
            ground.runtime.clock,
        )
        self.travelling = Travelling(ground.store, ground.units, ground.keys, self._believed)
        self._running = Running(
            Tools(
                ground.store,
                ground.units,
                ground.resources,
                ground.runtime,
                ground.settings,
                self._believed,
                self.travelling.find,
                self._finished,
            )
        )

    def close(self) -> None:
        """Stop after the step in progress; what is unfinished can be resumed."""
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
        policy = policy_in_force(self._ground.resources, self._store)

        def work(tx: Transaction) -> Run:
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
                tx.record(entry), use_case, RunStatus.RUNNING, tx.now, context.actor.ref, policy_digest=policy.digest
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
            run = self._held(tx, run_id)
            others = [each for each in map(self._seen, rows.running(tx.connection, run.use_case)) if each.id != run_id]
            if run.status not in RESUMABLE or any(_is_live(each) for each in others):
                raise Conflict(
                    "audit-not-resumable",
                    f"the run is {run.status.value}, or another one of `{run.use_case}` is running",
                    remedy="start a new audit",
                )
            rows.resume_run(tx.connection, run_id)
            tx.record(Draft("audit.resumed", f"{USE_CASE}/{run.use_case}", facts={"run": run_id}))
            return run

        run = self._units.run(context, work)
        self._running.submit(Job(replace(run, status=RunStatus.RUNNING), replace(context, once=None)))
        return self.run(run_id)

    def cancel(self, context: Context, run_id: str) -> Run:
        """Ask for the end of a run; it ends after the step in progress, and what is finished is kept.

        Raises:
            NotFound: there is none of this id.
            Conflict: it is over.
        """

        def work(tx: Transaction) -> None:
            run = self._held(tx, run_id)
            if run.status not in {RunStatus.RUNNING, RunStatus.ABANDONED}:
                raise Conflict("audit-over", f"the run is {run.status.value}", remedy="nothing to cancel")
            rows.ask_to_cancel(tx.connection, run_id)
            if run.status is RunStatus.ABANDONED:
                rows.end_run(tx.connection, run_id, RunStatus.CANCELLED, tx.now)
            tx.record(Draft("audit.cancel-asked", f"{USE_CASE}/{run.use_case}", facts={"run": run_id}))

        self._units.run(context, work)
        return self.run(run_id)

    # ------------------------------------------------------------ waive

    def waive(self, context: Context, gap_id: str, reason: str, control: str, expires_at: dt.datetime) -> Gap:
        """Accept a gap until an instant, see `Waiving.waive`; the evidence of the audit follows."""
        gap = self._waiving.waive(context, gap_id, reason, control, expires_at)
        self._tell_again(context, gap_id)
        return gap

    def unwaive(self, context: Context, gap_id: str, reason: str) -> Gap:
        """End a waiver before its time, see `Waiving.unwaive`; the evidence of the audit follows."""
        gap = self._waiving.unwaive(context, gap_id, reason)
        self._tell_again(context, gap_id)
        return gap

    # ------------------------------------------------------------ read

    def runs(self, use_case: str) -> tuple[Run, ...]:
        """Runs of a use case, the latest first.

        Raises:
            NotFound: there is no such use case.
        """
        self._spec(use_case)
        with self._store.read() as connection:
            return tuple(map(self._seen, rows.runs_of(connection, use_case, SHOWN)))

    def run(self, run_id: str) -> Run:
        """One run.

        Raises:
            NotFound: there is none of this id.
        """
        with self._store.read() as connection:
            found = rows.find_run(connection, run_id)
        if found is None:
            raise _unknown_run(run_id)
        return self._seen(found)

    def results(self, run_id: str) -> tuple[Result, ...]:
        """What a run came to, by source.

        Raises:
            NotFound: there is none of this id.
        """
        run = self.run(run_id)
        with self._store.read() as connection:
            return tuple(rows.results_of(connection, run.id))

    def latest(self, use_case: str) -> tuple[Result, ...]:
        """The latest result of each source that the use case declares and that was ever audited."""
        declared = {source.name for source in self._spec(use_case).data}
        with self._store.read() as connection:
            return tuple(each for each in rows.latest_results(connection, use_case) if each.source in declared)

    def audit(self, run_id: str, source: str) -> Audit:
        """The whole audit of a source, with both fingerprints and its gaps as they stand now.

        Raises:
            NotFound: the run has no such source, or it could not be audited.
        """
        with self._store.read() as connection:
            kept = rows.audit_text(connection, run_id, source)
            if kept is None:
                raise NotFound(
                    "audit-result-unknown",
                    f"the run has no audit of `{source[:100]}`",
                    remedy="look at the run: a source that could not be audited says why",
                )
            use_case, text, pilot, production = kept
            now = {gap.id: gap for gap in rows.gaps_of(connection, use_case, source=source)}
        found = audit_from(text, self.travelling.find(pilot), self.travelling.find(production))
        return replace(found, gaps=tuple(_as_it_stands(gap, now.get(gap.id)) for gap in found.gaps))

    def gaps(self, use_case: str, status: GapStatus | None = None) -> tuple[Gap, ...]:
        """Gaps of a use case, the most pressing first, with their waivers."""
        self._spec(use_case)
        with self._store.read() as connection:
            return tuple(rows.gaps_of(connection, use_case, status=status))

    def gap(self, gap_id: str) -> tuple[str, Gap]:
        """The use case of a gap, and the gap.

        Raises:
            NotFound: there is none of this id.
        """
        with self._store.read() as connection:
            found = rows.find_gap(connection, gap_id)
        if found is None:
            raise unknown_gap(gap_id)
        return found

    def source(self, use_case: str, name: str) -> DataSource:
        """A declared data source.

        Raises:
            NotFound: the use case declares none of this name.
        """
        spec = self._spec(use_case)
        found = next((each for each in spec.data if each.name == name), None)
        if found is None:
            names = [each.name for each in spec.data]
            raise NotFound(
                "data-source-unknown",
                f"`{use_case}` declares no data source `{name[:100]}`",
                remedy=did_you_mean(name, names) if names else "declare it under `data`",
            )
        return found

    def measured(self, use_case: str, source: str, side: Side) -> str:
        """Digest of the latest fingerprint of one side of a source.

        Raises:
            NotFound: there is no such source, or it was never measured.
        """
        self.source(use_case, source)
        for each in self.latest(use_case):
            digest = each.pilot if side is Side.PILOT else each.production
            if each.source == source and digest is not None and each.fault is None:
                return digest
        raise NotFound(
            "fingerprint-unknown",
            f"the {side.value} side of `{source}` was not measured yet",
            remedy=f"run `roadworthy data audit {use_case}`, or measure a location by itself",
        )

    def collector(self) -> Collector | None:
        """Our own collector, where a person registered its key; without it evidence counts as documented."""
        return self._handing.collector()

    def public_key(self) -> str:
        """The key with which audits sign their evidence, as PEM."""
        return self._handing.public_key()

    # ------------------------------------------------------------ inside

    def _spec(self, use_case: str) -> UseCase:
        return cast("UseCase", self._ground.resources.get(USE_CASE, use_case).spec)

    def _held(self, tx: Transaction, run_id: str) -> Run:
        run = rows.find_run(tx.connection, run_id)
        if run is None:
            raise _unknown_run(run_id)
        return self._seen(run)

    def _seen(self, run: Run) -> Run:
        """A run whose process is gone says so."""
        if run.status is not RunStatus.RUNNING or self._running.is_ours(run.id):
            return run
        noted = run.progress.at if run.progress is not None else None
        silent = self._runtime.clock.now() - (noted or run.requested_at) > SILENT
        alone = self._store.dialect == "sqlite"  # nobody else can have the database open
        return replace(run, status=RunStatus.ABANDONED) if alone or silent else run

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
            _log.warning("the audit's evidence was refused", run=run.id, why=error.code)
            return
        self._store.write(lambda connection: rows.keep_evidence(connection, run.id, item.id))

    def _tell_again(self, context: Context, gap_id: str) -> None:
        """After a decision about a gap, hand in anew what the latest finished run came to."""
        use_case, _ = self.gap(gap_id)
        finished = [run for run in self.runs(use_case) if run.status is RunStatus.FINISHED]
        if finished:
            self._finished(context, finished[0])


def _is_live(run: Run) -> bool:
    return run.status is RunStatus.RUNNING


def _as_it_stands(gap: Gap, now: Gap | None) -> Gap:
    if now is None:
        return gap
    return replace(gap, status=now.status, waiver=now.waiver, first_seen=now.first_seen, last_seen=now.last_seen)


def _unknown_run(run_id: str) -> NotFound:
    return NotFound(
        "audit-run-unknown",
        f"there is no audit run `{run_id[:60]}`",
        remedy="list the runs of a use case with `roadworthy data runs USE-CASE`",
    )
