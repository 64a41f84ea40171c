"""What is known about use cases, what it adds up to, and who decides about it."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.assembly.ground import Ground
from roadworthy.assembly.people import PeopleServices
from roadworthy.decide.approvals.assembling import Neighbours, assembled
from roadworthy.decide.approvals.service import Approvals
from roadworthy.decide.readiness.gates import RubricGates
from roadworthy.decide.readiness.service import Readiness
from roadworthy.decide.readiness.waivers import RUBRIC_CHANGES, Waivers
from roadworthy.decide.readiness.waivers import Ground as WaiverGround
from roadworthy.decide.tickets.service import Tickets
from roadworthy.evidence.attachments import Attachments
from roadworthy.evidence.collectors import Collectors
from roadworthy.evidence.expiry import Expiry
from roadworthy.evidence.service import Evidence
from roadworthy.inventory.service import Inventory
from roadworthy.measure.data_audit.service import DataAudits
from roadworthy.measure.data_audit.service import Ground as AuditGround


@dataclass(frozen=True, slots=True)
class Judgement:
    """From what people say about a use case to who may say yes to it."""

    inventory: Inventory
    expiry: Expiry
    evidence: Evidence
    attachments: Attachments
    collectors: Collectors
    readiness: Readiness
    waivers: Waivers
    audits: DataAudits
    tickets: Tickets
    approvals: Approvals

    @property
    def taking(self) -> tuple[Evidence, Attachments, Collectors]:
        """What takes in evidence that is measured here."""
        return self.evidence, self.attachments, self.collectors


def judgement_of(ground: Ground, people: PeopleServices) -> Judgement:
    """Put it together; from here on everything guarded asks the approvals before it acts."""
    store, units, resources, runtime = ground.store, ground.units, ground.resources, ground.runtime
    expiry = Expiry(store, units, ground.timers)
    inventory = Inventory(store, units, resources)
    readiness = Readiness(store, units, resources, inventory, runtime)
    expiry.attach(after=readiness.refresh)
    evidence = Evidence(store, units, resources, runtime, ground.keys, expiry, RubricGates(readiness))
    collectors = Collectors(store, units, resources)
    attachments = Attachments(store, units, ground.settings.attachment_megabytes)
    audits = DataAudits(_audited_on(ground, evidence, attachments, collectors))
    waivers = Waivers(WaiverGround(store, units, resources, ground.timers, readiness))
    ground.consumers.on("criterion-waivers", waivers.rubric_changed, RUBRIC_CHANGES)
    tickets = Tickets(store, units, resources, inventory, readiness, runtime, ground.settings)
    approvals = assembled(
        Neighbours(
            store,
            units,
            runtime,
            resources,
            ground.timers,
            ground.machines,
            ground.consumers,
            people.access,
            people.notify,
            inventory.accepting,
            audits.waiving,
            waivers,
            tickets.changes,
            ground.ledger.checkpoints.refuse_rewound,
        )
    )
    return Judgement(
        inventory, expiry, evidence, attachments, collectors, readiness, waivers, audits, tickets, approvals
    )


def _audited_on(ground: Ground, evidence: Evidence, attachments: Attachments, collectors: Collectors) -> AuditGround:
    return AuditGround(
        ground.store,
        ground.units,
        ground.resources,
        ground.runtime,
        ground.settings,
        ground.keys,
        ground.timers,
        evidence,
        attachments,
        collectors,
        lambda entry: ground.ledger.entry(entry).entry.actor,
    )
