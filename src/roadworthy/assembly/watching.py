"""Who watches the ledger from outside, and whom an alarm about it reaches: administrators and auditors, at once."""

from __future__ import annotations

from roadworthy.assembly.ground import Ground
from roadworthy.assembly.news.circles import Circles
from roadworthy.assembly.people import PeopleServices
from roadworthy.foundation.access.roles import Role
from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.notify.model import Message, Topic
from roadworthy.foundation.witnessing.alarms import Alarm
from roadworthy.foundation.witnessing.service import Witnessing
from roadworthy.inventory.seating import AcceptedSeats

LEDGER = "ledger.alarm"
PAGE = "/ledger/outside"


def witnessing_of(ground: Ground, people: PeopleServices) -> Witnessing:
    """Put it together."""
    circles = Circles(people.access, Directory(ground.store, ground.runtime), AcceptedSeats(ground.resources))
    people.notify.register([Topic(LEDGER, "The ledger is not signed or not witnessed", always=True)])

    def tell(tx: Transaction, alarm: Alarm) -> str:
        to = {
            ref for role in (Role.PLATFORM_ADMINISTRATOR, Role.AUDITOR) for ref in circles.holding(tx.connection, role)
        }
        facts = {"alarm": alarm.name}
        return people.notify.tell(
            tx, Message(LEDGER, alarm.subject, PAGE, tuple(sorted(to)), alarm.lines, urgent=True, facts=facts)
        )

    return Witnessing(ground.store, ground.resources, ground.ledger, ground.runtime, ground.settings, tell)
