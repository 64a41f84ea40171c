"""Puts the service together: its ground, who carries out what, and everything that asks it before it acts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from roadworthy.decide.approvals.executors import criterion_waivers, duties, external, gap_waivers, plan
from roadworthy.decide.approvals.freshness import FreshEvidence
from roadworthy.decide.approvals.ground import ChangeRecords, Ground
from roadworthy.decide.approvals.service import Approvals
from roadworthy.decide.approvals.telling import DecisionNews
from roadworthy.decide.approvals.watching import ARRIVALS, CHANGES
from roadworthy.decide.approvals.who import ProgramOwners
from roadworthy.foundation.access.service import Access
from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.ledger.authority import Authority
from roadworthy.foundation.ledger.unit import Units
from roadworthy.foundation.notify.service import Notify
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.consumers import Consumers
from roadworthy.foundation.workflow.runs import Machines
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory.accepting import Accepting
from roadworthy.inventory.seating import AcceptedSeats
from roadworthy.measure.data_audit.waiving import Waiving


class Governed(Protocol):
    """Something that asks before it acts."""

    def governed_by(self, authority: Authority) -> None:
        """From now on it needs this authority's word."""


class CriterionWaivers(criterion_waivers.Waivers[Any], Governed, Protocol):
    """Whoever keeps the waivers of criteria."""


@dataclass(frozen=True)
class Neighbours:
    """What approvals are put together from."""

    store: Store
    units: Units
    runtime: Runtime
    resources: Resources
    timers: Timers
    machines: Machines
    consumers: Consumers
    access: Access
    notify: Notify
    accepting: Accepting
    waiving: Waiving
    criterion_waivers: CriterionWaivers
    changes: ChangeRecords
    refuse_rewound: Callable[[sa.Connection], None]


def assembled(given: Neighbours) -> Approvals:
    """The service, asked from now on by everything that is guarded."""
    ground = Ground(
        store=given.store,
        units=given.units,
        runtime=given.runtime,
        resources=given.resources,
        timers=given.timers,
        runs=given.machines,
        people=Directory(given.store, given.runtime),
        roles=given.access,
        seats=AcceptedSeats(given.resources),
        programs=ProgramOwners(given.resources),
        evidence=FreshEvidence(),
        changes=given.changes,
        telling=DecisionNews(given.notify),
        refuse_rewound=given.refuse_rewound,
    )
    approvals = Approvals(ground)
    resources, clock = given.resources, given.runtime.clock
    approvals.on(plan.SUBJECT, plan.PlanExecutor(resources))
    approvals.on(duties.SUBJECT, duties.DutyExecutor(given.accepting, resources))
    approvals.on(gap_waivers.SUBJECT, gap_waivers.GapWaiverExecutor(given.waiving, resources, clock))
    approvals.on(
        criterion_waivers.SUBJECT,
        criterion_waivers.CriterionWaiverExecutor(given.criterion_waivers, resources, clock),
    )
    approvals.on(external.SUBJECT, external.ExternalExecutor(resources))
    given.consumers.on("decisions-voided", approvals.watching.changed, CHANGES)
    given.consumers.on("decisions-looked-again", approvals.watching.arrived, ARRIVALS)
    given.access.attach(approvals.waits_for)
    guarded: Sequence[Governed] = (resources, given.accepting, given.waiving, given.criterion_waivers)
    for each in guarded:
        each.governed_by(approvals)
    return approvals
