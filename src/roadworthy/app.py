"""The one place where everything is put together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from roadworthy.assembly.acting import Acting
from roadworthy.assembly.admitting import Admitting
from roadworthy.assembly.calling import calling_of
from roadworthy.assembly.gateway import Gateway
from roadworthy.assembly.ground import CHECKPOINTS, Ground, ground_of
from roadworthy.assembly.importing import imports_of
from roadworthy.assembly.judgement import Judgement, judgement_of
from roadworthy.assembly.keeping import keeping_of
from roadworthy.assembly.kinds import kinds
from roadworthy.assembly.later import AnswersLater
from roadworthy.assembly.news.service import News
from roadworthy.assembly.operation import Operation, operation_of
from roadworthy.assembly.people import PeopleServices, people_of
from roadworthy.assembly.trail import Trails, trail_of
from roadworthy.decide.approvals.service import Approvals
from roadworthy.decide.diagnosis.service import Diagnosis
from roadworthy.decide.ranking.service import Ranking
from roadworthy.decide.readiness.service import Readiness
from roadworthy.decide.readiness.waivers import Waivers
from roadworthy.decide.tickets.service import Tickets
from roadworthy.documents.assessment_report.service import AssessmentReports
from roadworthy.documents.assessment_report.service import Sources as ReportSources
from roadworthy.documents.evidence_pack.service import Packs
from roadworthy.documents.question.service import Questions
from roadworthy.evidence.attachments import Attachments
from roadworthy.evidence.collecting.service import Collecting
from roadworthy.evidence.collectors import Collectors
from roadworthy.evidence.expiry import Expiry
from roadworthy.evidence.service import Evidence
from roadworthy.foundation.access.permissions import SCOPES
from roadworthy.foundation.access.service import Access
from roadworthy.foundation.access.workloads import Workloads
from roadworthy.foundation.deployment.model import ProcessRole
from roadworthy.foundation.deployment.service import Processes
from roadworthy.foundation.identity.break_glass import BreakGlass
from roadworthy.foundation.identity.devices import Devices
from roadworthy.foundation.identity.oidc.service import SignIns
from roadworthy.foundation.identity.service import Identity
from roadworthy.foundation.identity.staff import Staff
from roadworthy.foundation.identity.tokens import Tokens
from roadworthy.foundation.keeping.service import Erases, Keeping
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.unit import Units
from roadworthy.foundation.notify.service import Notify
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime, calm_collector
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.migrate import Migrated, prepare_sqlite, refuse_mismatch
from roadworthy.foundation.storage.owner import OwnerLock
from roadworthy.foundation.storage.postgres import PostgresStore
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.consumers import Consumers
from roadworthy.foundation.workflow.letters import DeadLetters
from roadworthy.foundation.workflow.runs import Machines
from roadworthy.foundation.workflow.schedules import Schedules
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory.discovery.service import Discovery
from roadworthy.inventory.exporting.service import ExportService
from roadworthy.inventory.importing.service import ImportService
from roadworthy.inventory.service import Inventory
from roadworthy.measure.data_audit.service import DataAudits
from roadworthy.measure.integration_probe.service import Probes
from roadworthy.operate.actions.catalogue.service import Imports
from roadworthy.operate.actions.erasing import due as erase_actions
from roadworthy.operate.calls.delegation.signing import PURPOSE as GATEWAY_IDENTITY
from roadworthy.operate.telemetry.service import Telemetry

ALONE = frozenset({ProcessRole.SERVE, ProcessRole.WORKER, ProcessRole.SIGNER})
"""What a process does that has nobody beside it."""
RENEWING = frozenset({ProcessRole.SERVE, ProcessRole.WORKER})
"""Who signs the status anew before it grows old. Whoever only signs the ledger, or witnesses it, has no right to."""

CALLING = frozenset({ProcessRole.SERVE, ProcessRole.GATEWAY})
"""Who makes calls, and records them."""


@dataclass(frozen=True, slots=True)
class App:
    """A deployment: its services, by name."""

    settings: Settings
    runtime: Runtime
    store: Store
    keys: Keys
    ledger: Ledger
    units: Units
    timers: Timers
    machines: Machines
    consumers: Consumers
    schedules: Schedules
    dead_letters: DeadLetters
    registry: Registry
    resources: Resources
    processes: Processes
    identity: Identity
    sign_ins: SignIns
    devices: Devices
    staff: Staff
    break_glass: BreakGlass
    tokens: Tokens
    access: Access
    workloads: Workloads
    notify: Notify
    inventory: Inventory
    importing: ImportService
    exporting: ExportService
    discovery: Discovery
    evidence: Evidence
    expiry: Expiry
    collectors: Collectors
    attachments: Attachments
    collecting: Collecting
    probes: Probes
    readiness: Readiness
    waivers: Waivers
    approvals: Approvals
    diagnosis: Diagnosis
    ranking: Ranking
    reports: AssessmentReports
    questions: Questions
    packs: Packs
    keeping: Keeping
    tickets: Tickets
    audits: DataAudits
    operation: Operation
    gateway: Gateway
    later: AnswersLater
    acting: Acting
    imports: Imports
    trail: Trails
    migrated: Migrated | None = None
    """What opening the database did to it."""

    @property
    def admitting(self) -> Admitting:
        """Who may call through the gateway."""
        return self.gateway.admitting

    @property
    def telemetry(self) -> Telemetry:
        """The record of calls."""
        return self.gateway.telemetry

    def start(self, roles: frozenset[ProcessRole] = ALONE) -> None:
        """Start what goes on by itself: signing checkpoints, giving out positions, and what fell due meanwhile.

        Args:
            roles: what of it this process does; the rest is done by others that share the database.
        """
        works = ProcessRole.WORKER in roles
        signs = ProcessRole.SIGNER in roles or self.ledger.checkpoints.apart
        self.ledger.start(sequencing=works, signing=signs)
        self.operation.status.start(renews=bool(roles & RENEWING))
        if works:
            self._work()
        if roles & CALLING:
            self.gateway.record()
        self.processes.join(roles)

    def _work(self) -> None:
        self.expiry.complete()
        self.waivers.complete()
        self.keeping.complete()
        self.timers.start()
        self.consumers.start()
        self.schedules.start()
        self.tickets.start()
        self.trail.start()
        self.acting.callbacks.start()
        self.operation.witnessing.start()
        self.audits.take_up()

    def record_new_key(self, context: Context) -> str:
        """Put into the record that a new key signs the checkpoints from now on.

        Returns:
            The key, as verifiers read it.
        """
        draft = Draft("key.rotated", f"Key/{CHECKPOINTS}", facts={"public": self.ledger.vkey})
        self.units.run(context, lambda tx: tx.record(draft))
        self.ledger.checkpoint()
        return self.ledger.vkey

    def rotate_gateway_key(self, context: Context) -> str:
        """Make a new key for tokens that the gateway signs, and put that into the record.

        Returns:
            Its id, as tokens name it.
        """
        kid = self.gateway.signer.rotate()
        draft = Draft("key.rotated", f"Key/{GATEWAY_IDENTITY}", facts={"kid": kid})
        self.units.run(context, lambda tx: tx.record(draft))
        return kid

    def close(self) -> None:
        """Stop, finish what is queued, let go of the database."""
        self.operation.witnessing.close()
        self.audits.close()
        self.trail.close()
        self.tickets.close()
        self.probes.close()
        self.schedules.close()
        self.consumers.close()
        self.timers.close()
        self.acting.close()
        self.later.close()
        self.gateway.close()
        self.operation.status.close()
        self.telemetry.close()
        self.ledger.close()
        self.processes.leave()
        self.store.close()


@dataclass(frozen=True, slots=True)
class _Made:
    """Everything that services are taken from."""

    settings: Settings
    ground: Ground
    people: PeopleServices
    found: Judgement
    operation: Operation
    gateway: Gateway
    later: AnswersLater
    acting: Acting
    trail: Trails


def build(settings: Settings, runtime: Runtime, store: Store, migrated: Migrated | None = None) -> App:
    """Put a deployment together on an open store."""
    ground = ground_of(settings, runtime, store, Registry(kinds()))
    people = _people(ground)
    found = judgement_of(ground, people)
    operation = operation_of(ground, people, found)
    gateway, later, acting = calling_of(ground, people, operation, found.approvals)
    trail = trail_of(ground, people, gateway, acting)
    return _app(_Made(settings, ground, people, found, operation, gateway, later, acting, trail), migrated)


def _app(made: _Made, migrated: Migrated | None) -> App:
    ground, people, found, trail = made.ground, made.people, made.found, made.trail
    store, runtime, units, resources = ground.store, ground.runtime, ground.units, ground.resources
    diagnosis = Diagnosis(store, units, resources, found.inventory, runtime)
    ranking = Ranking(store, resources, found.readiness, runtime)
    return App(
        settings=made.settings,
        runtime=runtime,
        store=store,
        keys=ground.keys,
        ledger=ground.ledger,
        units=units,
        timers=ground.timers,
        machines=ground.machines,
        consumers=ground.consumers,
        schedules=ground.schedules,
        dead_letters=ground.dead_letters,
        registry=ground.registry,
        resources=resources,
        processes=ground.processes,
        identity=people.identity,
        sign_ins=people.sign_ins,
        devices=people.devices,
        break_glass=people.break_glass,
        staff=people.staff,
        tokens=people.tokens,
        access=people.access,
        workloads=people.workloads,
        notify=people.notify,
        inventory=found.inventory,
        importing=ImportService(store, units, resources),
        exporting=ExportService(store, found.inventory),
        discovery=Discovery(store, units, resources, ground.keys),
        evidence=found.evidence,
        expiry=found.expiry,
        collectors=found.collectors,
        attachments=found.attachments,
        collecting=Collecting(store, resources, *found.taking, ground.keys, runtime.clock),
        probes=Probes(store, units, resources, found.taking, ground.keys, runtime, made.settings),
        readiness=found.readiness,
        waivers=found.waivers,
        approvals=found.approvals,
        diagnosis=diagnosis,
        ranking=ranking,
        reports=AssessmentReports(store, ground.ledger, runtime, ReportSources(found.readiness, diagnosis, ranking)),
        questions=_questions(ground, people, found),
        keeping=keeping_of(
            ground, made.gateway.telemetry.erasing.due, made.later.letters.due, trail.erasing.due, erase_actions
        ),
        packs=Packs(store, ground.ledger, runtime.clock, people.identity.people),
        tickets=found.tickets,
        audits=found.audits,
        operation=made.operation,
        gateway=made.gateway,
        later=made.later,
        acting=made.acting,
        imports=imports_of(ground, made.gateway),
        trail=trail,
        migrated=migrated,
    )


def _erases(made: _Made) -> tuple[Erases, ...]:
    """What is kept beside texts of entries, and goes when its time is over."""
    return made.gateway.telemetry.erasing.due, made.later.letters.due, made.trail.erasing.due, erase_actions


def _questions(ground: Ground, people: PeopleServices, found: Judgement) -> Questions:
    questions = Questions(ground.store, ground.ledger, ground.runtime, found.approvals.shown, people.identity.people)
    questions.attach(ground.consumers)
    return questions


def _people(ground: Ground) -> PeopleServices:
    """Who there is, and what they are told."""
    people = people_of(ground, SCOPES)
    News(ground, people)
    return people


@contextmanager
def open_home(settings: Settings, runtime: Runtime | None = None) -> Iterator[tuple[App, OwnerLock | None]]:
    """Open the deployment that the settings describe, and close it in the end.

    On SQLite the home folder is locked for this process and its database created or migrated first; the lock is
    handed out so that a server can announce its address. A PostgreSQL database is shared and must be up to date.

    Raises:
        Conflict: another process has the embedded database open.
        Unavailable: the database is of another revision, or cannot be reached.
    """
    calm_collector()
    running = runtime or Runtime()
    if settings.database:
        store = PostgresStore(settings.database, running)
        try:
            with store.read() as connection:
                refuse_mismatch(connection, store.where)
            app = build(settings, running, store)
            app.operation.recovery.complete()
        except BaseException:  # whatever it was goes on; only the connections must not
            store.close()
            raise
        try:
            yield app, None
            app.ledger.leave()  # what a command without a server recorded waits for no position that nobody would give
        finally:
            app.close()
        return
    lock = OwnerLock(settings.home)
    lock.acquire()
    try:
        migrated = prepare_sqlite(settings.database_file, settings.backups_folder, running.clock.now())
        app = build(settings, running, SqliteStore(settings.database_file, running), migrated)
        try:
            app.operation.recovery.complete()
            yield app, lock
        finally:
            app.close()
    finally:
        lock.release()
