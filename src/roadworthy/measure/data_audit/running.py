"""Runs audits one after the other on a thread of their own; the database is held only to note and to keep.

A run is a row. What it finished is kept source by source and part by part, so that a run whose process died, or that
somebody stopped, goes on where it was when it is resumed. Which process carries a run out is noted in it (`leasing`);
one that has lost its process is found by the next that starts, or by one that shares the database, and goes on by
itself (`taking_up`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import sqlalchemy as sa

from roadworthy.evidence.public_keys import PublicKey
from roadworthy.foundation.digests import Canonical, digest_of
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger.draft import Basis, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.logs import log
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Repeater, Runtime, Worker
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import DataSource, UseCase
from roadworthy.measure.data_audit import leasing
from roadworthy.measure.data_audit import store as rows
from roadworthy.measure.data_audit.kinds import AUDIT_POLICY, DEFAULT_NAME
from roadworthy.measure.data_audit.model import Audit
from roadworthy.measure.data_audit.places import roots
from roadworthy.measure.data_audit.policy import AuditPolicy, Policy
from roadworthy.measure.data_audit.runs import Fault, Result, Run, RunProgress, RunStatus
from roadworthy.measure.data_audit.standing import named, stand
from roadworthy.measure.data_audit.telling import BEAT, Teller
from roadworthy.measure.data_audit.written import audit_json, fault_of
from roadworthy.measure.fingerprint.codec import digest_of as fingerprint_digest
from roadworthy.measure.fingerprint.codec import to_json
from roadworthy.measure.fingerprint.model import Fingerprint
from roadworthy.measure.fingerprint.progress import Cancelled

if TYPE_CHECKING:
    from roadworthy.measure.data_audit.workshop import Access

LISTEN_SECONDS = 0.4
"""How often a run is asked whether it is still wanted."""
MILLION = 1_000_000
MOST_IN_ENTRY = 100
"""Sources that an entry of the ledger tells one by one; it may hold 60 KB."""
_log = log("data-audit")


@dataclass(frozen=True, slots=True)
class Job:
    """A run to be carried out, and under whose authority."""

    run: Run
    context: Context


@dataclass(frozen=True, slots=True)
class Tools:
    """What running needs."""

    store: Store
    units: Units
    resources: Resources
    runtime: Runtime
    settings: Settings
    keys: Callable[[], Mapping[str, PublicKey]]
    """Whose fingerprints are believed, by id."""
    kept: Callable[[str], Fingerprint]
    """A fingerprint that was handed over, by its digest."""
    after: Callable[[Context, Run], None]
    """What follows a run that looked at every source: its evidence."""


class Running:
    """The one thread that audits; runs wait for one another, for each takes the whole machine."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._lock = tools.runtime.lock()
        self.name = leasing.name_of(tools.runtime.clock, self)
        """Of this process, as its runs note it."""
        self._worker: Worker[Job] | None = None
        self._listening: Repeater | None = None
        self._tellers: dict[str, Teller] = {}
        self._waiting: dict[str, float] = {}
        """When a run that waits for its turn was last noted to have a process."""
        self._closing = False
        self._deaf = False

    def submit(self, job: Job) -> None:
        """Have a run carried out; with an inline runtime it is finished when this returns."""
        with self._lock:
            self._waiting[job.run.id] = self._tools.runtime.clock.monotonic()
            if self._worker is None:
                self._worker = self._tools.runtime.worker("data-audit", self._handle, most=1)
                self._listening = self._tools.runtime.repeat("data-audit-listen", LISTEN_SECONDS, self._listen)
        self._worker.submit(job)

    def is_ours(self, run: Run) -> bool:
        """Whether this process carries a run out, or will: also one that is kept already and not handed over yet."""
        if run.id in self._waiting or run.id in self._tellers:
            return True
        noted = run.progress
        if noted is None or noted.owner != self.name or noted.at is None:
            return False
        return self._tools.runtime.clock.now() - noted.at <= leasing.SILENT

    def stop(self, run_id: str) -> None:
        """End a run that somebody asked an end of, without waiting for its next look into the database."""
        if (teller := self._tellers.get(run_id)) is not None:
            teller.stop()

    def close(self) -> None:
        """Stop now; what is unfinished is left to the next process."""
        self._closing = True
        for teller in list(self._tellers.values()):
            teller.stop()
        if self._worker is not None:
            self._worker.close()  # while it ends, listening tells the engine again
            self._worker = None
        if self._listening is not None:
            self._listening.stop()
            self._listening = None

    def _listen(self) -> None:
        """Hear for every run of this process whether it is wanted, and note of those that wait that they have one."""
        try:
            for teller in list(self._tellers.values()):
                teller.listen()
            now = self._tools.runtime.clock.monotonic()
            for run_id, noted in list(self._waiting.items()):
                if run_id not in self._tellers and now - noted >= BEAT:
                    self._waiting[run_id] = now
                    _Row(self._tools, run_id, self.name).live()
            self._deaf = False
        except RoadworthyError as error:
            if not self._deaf:  # once, and not at every look while the database is away
                _log.warning("an audit run could not note that it lives", error=error.code)
            self._deaf = True

    # ------------------------------------------------------------ one run

    def _handle(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            try:
                if self._closing:
                    _Row(self._tools, job.run.id, self.name).let_go()
                else:
                    self._carry_out(job)
            except Exception as error:  # noqa: BLE001 - the thread's own top: the next run must come
                _log.error("an audit run broke off", run=job.run.id, error=type(error).__name__)
            finally:
                self._waiting.pop(job.run.id, None)
                self._tellers.pop(job.run.id, None)

    def _carry_out(self, job: Job) -> None:
        run, tools = job.run, self._tools
        row = _Row(tools, run.id, self.name)
        if not row.is_wanted():
            self._end(job, RunStatus.CANCELLED, None)  # asked for while it waited; says nothing of what is not ours
            return
        status, fault = RunStatus.FINISHED, None
        teller: Teller | None = None
        try:
            spec = cast("UseCase", tools.resources.get(USE_CASE, run.use_case).spec)
            begun = run.progress or leasing.begun(self.name, tools.runtime.clock.now())
            teller = Teller(tools.runtime.clock, row, len(spec.data), begun)
            self._tellers[run.id] = teller
            self._sources(run, spec, teller)
        except Exception as error:  # noqa: BLE001 - kept with the run, where people find it
            if isinstance(error, Cancelled) or (teller is not None and teller.stopped):
                if self._closing:
                    row.let_go()
                    return
                status = RunStatus.CANCELLED
            else:
                _log.warning("an audit run failed", run=run.id, error=type(error).__name__)
                status, fault = RunStatus.FAILED, fault_of(error)
        if status is RunStatus.FINISHED:
            tools.after(job.context, run)  # first, so that whoever waits for the end finds the evidence
        self._end(job, status, fault)

    def _sources(self, run: Run, spec: UseCase, teller: Teller) -> None:
        tools = self._tools
        with tools.store.read() as connection:
            done = {each.source for each in rows.results_of(connection, run.id) if each.fault is None}
        policy = policy_in_force(tools.resources)
        for place, source in enumerate(spec.data):
            teller.begin(source.name, place, known=source.name in done)
            if source.name not in done:
                self._source(run, spec, source, policy, teller)

    def _source(self, run: Run, spec: UseCase, source: DataSource, policy: Policy, teller: Teller) -> None:
        """Audit a source and keep what came of it; what fails here leaves the others to be audited."""
        from roadworthy.measure.data_audit import workshop  # noqa: PLC0415 - brings the engine, half a second

        tools = self._tools
        order = workshop.Order(run.use_case, spec, source, policy, tools.runtime.clock.now())
        try:
            found, error = workshop.audited(order, replace(self.access(), engaged=teller.engaged), teller)
        except RoadworthyError as failed:
            teller.go_on()
            fault = fault_of(failed)
            result = Result(run.id, run.use_case, source.name, tools.runtime.clock.now(), fault=fault)
            self._keep(run, lambda connection: rows.keep_result(connection, result, None))
            return
        teller.go_on()  # what an end that was asked for left of it is not the whole
        fault_kept = None if error is None else fault_of(error)
        self._keep(run, lambda connection: _keep(connection, run, found, fault_kept, tools.runtime.clock.now()))

    def access(self) -> Access:
        """What the workshop may reach."""
        from roadworthy.measure.data_audit.keeping import KeptInStore  # noqa: PLC0415 - see `_source`
        from roadworthy.measure.data_audit.parts import Shelf  # noqa: PLC0415 - see `_source`
        from roadworthy.measure.data_audit.workshop import Access  # noqa: PLC0415 - see `_source`

        tools = self._tools
        settings = tools.settings
        return Access(
            roots=roots(settings.data_folder, settings.data_roots, settings.home),
            keys=tools.keys(),
            kept=tools.kept,
            shelf=lambda use_case, source, side: Shelf(KeptInStore(tools.store, use_case, source, side), side),
        )

    # ------------------------------------------------------------ rows

    def _keep(self, run: Run, work: Callable[[sa.Connection], None]) -> None:
        """Keep what came of a source, unless another process has taken the run.

        Raises:
            Cancelled: one has.
        """

        def held(connection: sa.Connection) -> bool:
            ours = leasing.is_held(connection, run.id, self.name)
            if ours:
                work(connection)
            return ours

        if not self._tools.store.write(held):
            raise Cancelled

    def _end(self, job: Job, status: RunStatus, fault: Fault | None) -> None:
        def work(tx: Transaction) -> None:
            if not leasing.is_held(tx.connection, job.run.id, self.name):
                return  # it is over, or another process carries it out
            rows.end_run(tx.connection, job.run.id, status, tx.now, fault)
            tx.record(finished(job.run, status, rows.results_of(tx.connection, job.run.id)))

        self._tools.units.run(job.context, work)


@dataclass(frozen=True, slots=True)
class _Row:
    """A run's row, as this process notes it."""

    tools: Tools
    run_id: str
    owner: str

    def note(self, progress: RunProgress) -> bool:
        """See `Book`."""
        return self.tools.store.write(lambda connection: leasing.note(connection, self.run_id, progress))

    def is_wanted(self) -> bool:
        """See `Book`."""
        with self.tools.store.read() as connection:
            return leasing.is_wanted(connection, self.run_id, self.owner)

    def live(self) -> None:
        """Note of a run that waits that it has a process."""
        now = self.tools.runtime.clock.now()
        with self.tools.store.read() as connection:
            run = rows.find_run(connection, self.run_id)
        if run is not None:
            self.note(replace(run.progress or leasing.begun(self.owner, now), at=now, owner=self.owner))

    def let_go(self) -> None:
        """Leave it to the next process."""
        now = self.tools.runtime.clock.now()
        self.tools.store.write(lambda connection: leasing.let_go(connection, self.run_id, self.owner, now))


def policy_in_force(resources: Resources) -> Policy:
    """The declared policy over the one that ships, or that one alone."""
    declared = resources.find(AUDIT_POLICY, DEFAULT_NAME)
    return Policy.shipped() if declared is None else Policy.of(cast("AuditPolicy", declared.spec))


def _keep(connection: sa.Connection, run: Run, found: Audit, fault: Fault | None, now: dt.datetime) -> None:
    """Keep an audit with its fingerprints, and lay its gaps over those that were known."""
    audit = replace(found, gaps=tuple(named(run.use_case, gap) for gap in found.gaps))
    before = rows.gaps_of(connection, run.use_case, source=audit.source)
    known = [gap.id for gap in before]
    standing = stand(audit, before, rows.standing_waivers(connection, known), now)
    audit = replace(audit, gaps=standing.seen)
    digests = []
    for side in (audit.pilot, audit.production):
        digests.append(fingerprint_digest(side))
        rows.keep_fingerprint(connection, digests[-1], to_json(side).decode(), side.measured_at)
    result = Result(run.id, run.use_case, audit.source, now, digests[0], digests[1], fault=fault)
    rows.keep_result(connection, result, audit_json(audit))
    for gap in standing.seen:
        rows.keep_gap(connection, run.use_case, gap, run.id)
    for gap_id in standing.closed:
        rows.close_gap(connection, gap_id, run.id, now)


def finished(run: Run, status: RunStatus, results: Sequence[Result]) -> Draft:
    """The entry of a run's end: what was compared, by digest, and the headline; nothing of the data."""
    told: list[Canonical] = [
        {
            "source": each.source,
            "pilot": each.pilot,
            "production": each.production,
            "failed": None if each.fault is None else each.fault.code,
            "blocked": each.blocked,
            "gaps": None if each.headline is None else each.headline.gaps,
            "unknown": None if each.headline is None else each.headline.unknown,
            "unprovenPerMillion": _per_million(None if each.headline is None else each.headline.unproven.value),
            "neverDonePerMillion": _per_million(None if each.headline is None else each.headline.never_done.value),
        }
        for each in results[:MOST_IN_ENTRY]
    ]
    facts: dict[str, Canonical] = {"run": run.id, "status": status.value, "sources": len(results), "results": told}
    return Draft(
        "audit.finished",
        f"{USE_CASE}/{run.use_case}",
        basis=Basis(policy=run.policy_digest, inputs=digest_of(told)),
        facts=facts,
    )


def _per_million(share: float | None) -> int | None:
    return None if share is None else round(share * MILLION)
