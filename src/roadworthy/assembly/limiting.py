"""Who is told that a budget fills up."""

from __future__ import annotations

import sqlalchemy as sa

from roadworthy.assembly.callers import Callers
from roadworthy.assembly.ground import Ground
from roadworthy.assembly.news.circles import Circles
from roadworthy.foundation.access.roles import Role
from roadworthy.foundation.identity.directory import Directory
from roadworthy.inventory.seating import AcceptedSeats
from roadworthy.operate.admission.limits.service import Limits
from roadworthy.operate.admission.limits.telling import TOPIC, Telling


def telling_of(ground: Ground, people: Callers, limits: Limits) -> Telling:
    """Put it together. It acts after the limits' own turns, and on nothing before they are started."""
    circles = Circles(people.access, Directory(ground.store, ground.runtime), AcceptedSeats(ground.resources))
    people.notify.register([TOPIC])

    def owners(connection: sa.Connection, use_cases: tuple[str, ...]) -> tuple[str, ...]:
        found = {ref for refs in circles.owners(connection, use_cases).values() for ref in refs} if use_cases else set()
        return tuple(sorted(found or circles.holding(connection, Role.PLATFORM_ADMINISTRATOR)))

    return Telling(ground.store, ground.units, ground.runtime, limits, owners, people.notify)
