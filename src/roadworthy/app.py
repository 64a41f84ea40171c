"""The one place where everything is put together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from roadworthy.decide.approvals import kinds as approval_kinds
from roadworthy.decide.approvals.assembling import Neighbours, assembled
from roadworthy.decide.approvals.holdings import HeldRights
from roadworthy.decide.approvals.service import Approvals
from roadworthy.decide.diagnosis import kinds as diagnosis_kinds
from roadworthy.decide.diagnosis.service import Diagnosis
from roadworthy.decide.ranking import kinds as ranking_kinds
from roadworthy.decide.ranking.service import Ranking
from roadworthy.decide.readiness import kinds as readiness_kinds
from roadworthy.decide.readiness.gates import RubricGates
from roadworthy.decide.readiness.service import Readiness
from roadworthy.decide.readiness.waivers import Ground as WaiverGround
from roadworthy.decide.readiness.waivers import Waivers
from roadworthy.decide.tickets import kinds as ticket_kinds
from roadworthy.decide.tickets.service import Tickets
from roadworthy.documents.assessment_report.service import AssessmentReports
from roadworthy.documents.assessment_report.service import Sources as ReportSources
from roadworthy.evidence import kinds as evidence_kinds
from roadworthy.evidence.attachments import Attachments
from roadworthy.evidence.collecting.service import Collecting
from roadworthy.evidence.collectors import Collectors
from roadworthy.evidence.expiry import Expiry
from roadworthy.evidence.service import Evidence
from roadworthy.foundation.access import kinds as access_kinds
from roadworthy.foundation.access.holdings import HeldRoles
from roadworthy.foundation.access.permissions import SCOPES
from roadworthy.foundation.access.service import Access
from roadworthy.foundation.access.workloads import Workloads
from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.identity.break_glass import BreakGlass
from roadworthy.foundation.identity.devices import Devices
from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.identity.leaving import Holdings
from roadworthy.foundation.identity.oidc.service import SignIns
from roadworthy.foundation.identity.service import Identity
from roadworthy.foundation.identity.sessions import Limits
from roadworthy.foundation.identity.staff import Staff, staff
from roadworthy.foundation.identity.tokens import Tokens
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.signer import CheckpointSigner
from roadworthy.foundation.ledger.unit import Units
from roadworthy.foundation.notify import kinds as notify_kinds
from roadworthy.foundation.notify.service import Notify
from roadworthy.foundation.resources.registry import Kind, Registry
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime, calm_collector
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.migrate import Migrated, prepare_sqlite, refuse_mismatch
from roadworthy.foundation.storage.owner import OwnerLock
from roadworthy.foundation.storage.postgres import PostgresStore
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.consumers import Consumers
from roadworthy.foundation.workflow.letters import DeadLetters, TimerLetters
from roadworthy.foundation.workflow.runs import Machines
from roadworthy.foundation.workflow.schedules import Schedules
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory import kinds as inventory_kinds
from roadworthy.inventory.discovery import kinds as discovery_kinds
from roadworthy.inventory.discovery.service import Discovery
from roadworthy.inventory.exporting.service import ExportService
from roadworthy.inventory.holdings import HeldSeats
from roadworthy.inventory.importing.service import ImportService
from roadworthy.inventory.seating import AcceptedSeats
from roadworthy.inventory.service import Inventory
from roadworthy.measure.data_audit import kinds as audit_kinds
from roadworthy.measure.data_audit.service import DataAudits
from roadworthy.measure.data_audit.service import Ground as AuditGround
from roadworthy.measure.integration_probe.service import Probes

CHECKPOINTS = "ledger-checkpoint"
"""Purpose of the key that signs the ledger's checkpoints."""


def kinds() -> tuple[Kind, ...]:
    """Every kind that can be declared."""
    return (
        *access_kinds.kinds(),
        *notify_kinds.kinds(),
        *inventory_kinds.kinds(),
        *discovery_kinds.kinds(),
        *evidence_kinds.kinds(),
        *readiness_kinds.kinds(),
        *diagnosis_kinds.kinds(),
        *ranking_kinds.kinds(),
        *ticket_kinds.kinds(),
        *audit_kinds.kinds(),
        *approval_kinds.kinds(),
    )


def origin_of(settings: Settings) -> str:
    """The ledger's name: the first line of its checkpoints and the name of its key (C2SP tlog-checkpoint)."""
    return f"roadworthy.dev/ledger/{settings.organisation}"


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
    tickets: Tickets
    audits: DataAudits
    migrated: Migrated | None = None
    """What opening the database did to it."""

    def start(self) -> None:
        """Start what goes on by itself: signing checkpoints, giving out positions, and what fell due meanwhile."""
        self.ledger.start()
        self.expiry.complete()
        self.timers.start()
        self.consumers.start()
        self.schedules.start()
        self.tickets.start()
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

    def close(self) -> None:
        """Stop, finish what is queued, let go of the database."""
        self.audits.close()
        self.tickets.close()
        self.probes.close()
        self.schedules.close()
        self.consumers.close()
        self.timers.close()
        self.ledger.close()
        self.store.close()


def build(settings: Settings, runtime: Runtime, store: Store, migrated: Migrated | None = None) -> App:
    """Put a deployment together on an open store."""
    keys = Keys(settings.keys_folder, runtime.clock)
    ledger = Ledger(store, runtime, tenant=settings.organisation, signer=_signer(settings, keys))
    timers = Timers(store, ledger.units, runtime)
    consumers = Consumers(store, ledger.units, runtime)
    schedules = Schedules(store, ledger.units, runtime)
    dead_letters = DeadLetters(store, ledger.units)
    for source in (TimerLetters(timers.owner_of), consumers.box, schedules.box):
        dead_letters.register(source)
    expiry = Expiry(store, ledger.units, timers)
    registry = Registry(kinds())
    resources = Resources(store, ledger.units, registry)
    inventory = Inventory(store, ledger.units, resources)
    readiness = Readiness(store, ledger.units, resources, inventory, runtime)
    expiry.attach(after=readiness.refresh)
    diagnosis = Diagnosis(store, ledger.units, resources, inventory, runtime)
    ranking = Ranking(store, resources, readiness, runtime)
    drafted_from = ReportSources(readiness, diagnosis, ranking)
    evidence = Evidence(store, ledger.units, resources, runtime, keys, expiry, RubricGates(readiness))
    collectors = Collectors(store, ledger.units, resources)
    attachments = Attachments(store, ledger.units, settings.attachment_megabytes)
    taking = (evidence, attachments, collectors)
    lasting = Limits(timedelta(minutes=settings.session_minutes), timedelta(hours=settings.session_hours))
    identity = Identity(store, ledger.units, runtime, lasting)
    sign_ins = SignIns(store, ledger.units, runtime, identity.sessions, settings.provider, Sources(settings.home))
    directory = Directory(store, runtime)
    access = Access(store, resources, directory, AcceptedSeats(resources), embedded=not settings.provider)
    notify = Notify(store, ledger.units, runtime, resources, timers, directory, settings)
    machines = Machines(store)
    waivers = Waivers(WaiverGround(store, ledger.units, resources, timers, readiness))
    audits = DataAudits(_audited_on(ledger, resources, settings, keys, timers, taking, runtime, store))
    tickets = Tickets(store, ledger.units, resources, inventory, readiness, runtime, settings)
    return App(
        settings=settings,
        runtime=runtime,
        store=store,
        keys=keys,
        ledger=ledger,
        units=ledger.units,
        timers=timers,
        machines=machines,
        consumers=consumers,
        schedules=schedules,
        dead_letters=dead_letters,
        registry=registry,
        resources=resources,
        identity=identity,
        sign_ins=sign_ins,
        devices=Devices(store, ledger.units, runtime, identity.sessions),
        break_glass=BreakGlass(store, ledger.units, runtime, identity.sessions, directory),
        staff=staff(store, ledger.units, runtime, _holdings(resources, directory)),
        tokens=Tokens(store, ledger.units, runtime, SCOPES),
        access=access,
        workloads=Workloads(store, resources, directory, sign_ins),
        notify=notify,
        inventory=inventory,
        importing=ImportService(store, ledger.units, resources),
        exporting=ExportService(store, inventory),
        discovery=Discovery(store, ledger.units, resources, keys),
        evidence=evidence,
        expiry=expiry,
        collectors=collectors,
        attachments=attachments,
        collecting=Collecting(store, resources, evidence, attachments, collectors, keys, runtime.clock),
        probes=Probes(store, ledger.units, resources, taking, keys, runtime, settings),
        readiness=readiness,
        waivers=waivers,
        approvals=assembled(
            Neighbours(
                store,
                ledger.units,
                runtime,
                resources,
                timers,
                machines,
                consumers,
                access,
                notify,
                inventory.accepting,
                audits.waiving,
                waivers,
                tickets.changes,
            )
        ),
        diagnosis=diagnosis,
        ranking=ranking,
        reports=AssessmentReports(store, ledger, runtime, drafted_from),
        tickets=tickets,
        audits=audits,
        migrated=migrated,
    )


def _holdings(resources: Resources, directory: Directory) -> tuple[Holdings, ...]:
    """Who knows what people hold, asked when they leave."""
    return HeldSeats(), HeldRoles(resources, directory), HeldRights(resources, directory)


def _audited_on(
    ledger: Ledger,
    resources: Resources,
    settings: Settings,
    keys: Keys,
    timers: Timers,
    taking: tuple[Evidence, Attachments, Collectors],
    runtime: Runtime,
    store: Store,
) -> AuditGround:
    """What audits rest on."""
    return AuditGround(
        store,
        ledger.units,
        resources,
        runtime,
        settings,
        keys,
        timers,
        *taking,
        lambda entry: ledger.entry(entry).entry.actor,
    )


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
        except BaseException:  # whatever it was goes on; only the connections must not
            store.close()
            raise
        try:
            yield app, None
            app.ledger.settle()  # a command that ran without a server leaves no entry waiting for its position
        finally:
            app.close()
        return
    lock = OwnerLock(settings.home)
    lock.acquire()
    try:
        migrated = prepare_sqlite(settings.database_file, settings.backups_folder, running.clock.now())
        app = build(settings, running, SqliteStore(settings.database_file, running), migrated)
        try:
            yield app, lock
        finally:
            app.close()
    finally:
        lock.release()


def _signer(settings: Settings, keys: Keys) -> CheckpointSigner:
    origin = origin_of(settings)
    current = keys.signing(CHECKPOINTS)
    former = [VerifierKey(origin, key.public) for key in keys.all(CHECKPOINTS) if key.name != current.name]
    state = settings.keys_folder / CHECKPOINTS / "last-signed"
    return CheckpointSigner(replace(current, name=origin), origin, state, former)
