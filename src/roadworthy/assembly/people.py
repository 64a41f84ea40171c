"""Who comes in, as whom, and how they are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from roadworthy.assembly.callers import Callers, callers_of
from roadworthy.assembly.ground import Ground
from roadworthy.decide.approvals.holdings import HeldRights
from roadworthy.foundation.access.holdings import HeldRoles
from roadworthy.foundation.identity.break_glass import ENDS, BreakGlass
from roadworthy.foundation.identity.devices import Devices
from roadworthy.foundation.identity.staff import Staff, staff
from roadworthy.foundation.identity.tokens import Tokens
from roadworthy.foundation.notify.retention import Retention
from roadworthy.inventory.holdings import HeldSeats


@dataclass(frozen=True, slots=True)
class PeopleServices(Callers):
    """Everything about who somebody is and what they may."""

    devices: Devices
    break_glass: BreakGlass
    staff: Staff
    tokens: Tokens


def people_of(ground: Ground, scopes: Mapping[str, str]) -> PeopleServices:
    """Put them together on this ground; `scopes` are what programs can be allowed, with the words that explain it."""
    store, units, runtime, resources = ground.store, ground.units, ground.runtime, ground.resources
    callers = callers_of(ground)
    directory, sessions = callers.directory, callers.identity.sessions
    held = HeldSeats(), HeldRoles(resources, directory), HeldRights(resources, directory)
    Retention(ground.timers, ground.schedules, ground.settings.message_days)
    break_glass = BreakGlass(store, units, runtime, sessions, directory, ground.timers)
    ground.timers.on(ENDS, lambda tx, due: break_glass.end_due(tx, [timer.key for timer in due]))
    return PeopleServices(
        identity=callers.identity,
        directory=directory,
        sign_ins=callers.sign_ins,
        access=callers.access,
        workloads=callers.workloads,
        notify=callers.notify,
        devices=Devices(store, units, runtime, sessions),
        break_glass=break_glass,
        staff=staff(store, units, runtime, held),
        tokens=Tokens(store, units, runtime, scopes),
    )
