"""Who comes in, as whom, and how they are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from roadworthy.assembly.ground import Ground
from roadworthy.decide.approvals.holdings import HeldRights
from roadworthy.foundation.access.holdings import HeldRoles
from roadworthy.foundation.access.service import Access
from roadworthy.foundation.access.workloads import Workloads
from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.identity.break_glass import ENDS, BreakGlass
from roadworthy.foundation.identity.devices import Devices
from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.identity.oidc.service import SignIns
from roadworthy.foundation.identity.service import Identity
from roadworthy.foundation.identity.sessions import Limits
from roadworthy.foundation.identity.staff import Staff, staff
from roadworthy.foundation.identity.tokens import Tokens
from roadworthy.foundation.notify.retention import Retention
from roadworthy.foundation.notify.service import Notify
from roadworthy.inventory.holdings import HeldSeats
from roadworthy.inventory.seating import AcceptedSeats


@dataclass(frozen=True, slots=True)
class PeopleServices:
    """Everything about who somebody is and what they may."""

    identity: Identity
    sign_ins: SignIns
    devices: Devices
    break_glass: BreakGlass
    staff: Staff
    tokens: Tokens
    access: Access
    workloads: Workloads
    notify: Notify


def people_of(ground: Ground, scopes: Mapping[str, str]) -> PeopleServices:
    """Put them together on this ground; `scopes` are what programs can be allowed, with the words that explain it."""
    store, units, runtime, resources = ground.store, ground.units, ground.runtime, ground.resources
    settings = ground.settings
    lasting = Limits(
        idle=timedelta(minutes=settings.session_minutes),
        absolute=timedelta(hours=settings.session_hours),
        idle_command_line=timedelta(minutes=settings.login_minutes),
    )
    identity = Identity(store, units, runtime, lasting)
    directory = Directory(store, runtime)
    held = HeldSeats(), HeldRoles(resources, directory), HeldRights(resources, directory)
    sessions = identity.sessions
    Retention(ground.timers, ground.schedules, settings.message_days)
    break_glass = BreakGlass(store, units, runtime, sessions, directory, ground.timers)
    ground.timers.on(ENDS, lambda tx, due: break_glass.end_due(tx, [timer.key for timer in due]))
    sign_ins = SignIns(store, units, runtime, sessions, settings.provider, Sources(settings.home))
    return PeopleServices(
        identity=identity,
        sign_ins=sign_ins,
        devices=Devices(store, units, runtime, sessions),
        break_glass=break_glass,
        staff=staff(store, units, runtime, held),
        tokens=Tokens(store, units, runtime, scopes),
        access=Access(store, resources, directory, AcceptedSeats(resources), embedded=not settings.provider),
        workloads=Workloads(store, resources, directory, sign_ins),
        notify=Notify(store, units, runtime, resources, ground.timers, directory, settings),
    )
