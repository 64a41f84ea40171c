"""The directory put together: who is here, who leaves, and the ways in which a staff directory says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.identity.joiners import Joiners
from roadworthy.foundation.identity.leaving import Holdings, Leavers
from roadworthy.foundation.identity.provisioning import Provisioning
from roadworthy.foundation.identity.roster import Roster
from roadworthy.foundation.identity.scim_groups import ScimGroups
from roadworthy.foundation.identity.scim_people import ScimPeople
from roadworthy.foundation.ledger.unit import Units
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store


@dataclass(frozen=True, slots=True)
class Staff:
    """The services of the directory, by name."""

    directory: Directory
    leavers: Leavers
    provisioning: Provisioning
    roster: Roster
    users: ScimPeople
    groups: ScimGroups
    joiners: Joiners


def staff(store: Store, units: Units, runtime: Runtime, holdings: Iterable[Holdings] = ()) -> Staff:
    """Put the directory together.

    Args:
        store: where it is kept.
        units: runs what changes.
        runtime: the clock.
        holdings: the layers that know what people hold.
    """
    leavers = Leavers(store, runtime, holdings)
    provisioning = Provisioning(leavers)
    return Staff(
        directory=Directory(store, runtime),
        leavers=leavers,
        provisioning=provisioning,
        roster=Roster(store, units, leavers),
        users=ScimPeople(store, units, provisioning),
        groups=ScimGroups(store, units),
        joiners=Joiners(store, units, provisioning, leavers),
    )
