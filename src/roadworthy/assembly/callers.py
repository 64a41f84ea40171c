"""Who calls, and who is told about calls: the part of the people that a gateway needs too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from roadworthy.assembly.ground import Ground
from roadworthy.foundation.access.service import Access
from roadworthy.foundation.access.workloads import Workloads
from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.identity.oidc.service import SignIns
from roadworthy.foundation.identity.service import Identity
from roadworthy.foundation.identity.sessions import Limits
from roadworthy.foundation.notify.service import Notify
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.inventory.seating import AcceptedSeats


@dataclass(frozen=True, slots=True)
class Callers:
    """Whose tokens are believed, what they may, and how people are told."""

    identity: Identity
    directory: Directory
    sign_ins: SignIns
    access: Access
    workloads: Workloads
    notify: Notify


def callers_of(ground: Ground) -> Callers:
    """Put them together."""
    store, units, runtime, resources = ground.store, ground.units, ground.runtime, ground.resources
    settings = ground.settings
    lasting = Limits(
        idle=timedelta(minutes=settings.session_minutes),
        absolute=timedelta(hours=settings.session_hours),
        idle_command_line=timedelta(minutes=settings.login_minutes),
    )
    identity = Identity(store, units, runtime, lasting)
    directory = Directory(store, runtime)
    reach = Reach.of(settings.inside_hosts)
    sources = Sources(settings.home)
    sign_ins = SignIns(store, units, runtime, identity.sessions, settings.provider, sources, reach)
    return Callers(
        identity=identity,
        directory=directory,
        sign_ins=sign_ins,
        access=Access(store, resources, directory, AcceptedSeats(resources), embedded=not settings.provider),
        workloads=Workloads(store, resources, directory, sign_ins),
        notify=Notify(store, units, runtime, resources, ground.timers, directory, settings),
    )
