"""Raising an alarm over dead letters of actions that nobody has seen to for longer than their system declares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final, cast

import sqlalchemy as sa

from roadworthy.assembly.callers import Callers
from roadworthy.assembly.ground import Ground
from roadworthy.assembly.news.circles import Circles
from roadworthy.foundation.access.roles import Role
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.notify.model import Message, Topic
from roadworthy.foundation.spans import seconds
from roadworthy.foundation.workflow.model import Timer
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory.seating import AcceptedSeats
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.declared import SYSTEM, System
from roadworthy.operate.actions.doing.keeping import Ended
from roadworthy.operate.actions.model import AgentAction, State
from roadworthy.operate.actions.store import Kept

ALARM: Final = "action-letter-alarm"
TOPIC: Final = Topic("action-waits-too-long", "A dead letter of an agent's action waits too long")
USUAL: Final = "24h"


def alarms_of(ground: Ground, people: Callers) -> Ended:
    """Sets the timer in the unit that ends an action as a dead letter; the timer goes on until somebody saw to it."""
    circles = Circles(people.access, people.directory, AcceptedSeats(ground.resources))
    people.notify.register([TOPIC])

    def span(connection: sa.Connection, action: AgentAction) -> tuple[str, dt.timedelta]:
        stored = ground.resources.find(SYSTEM, action.system, connection)
        said = USUAL if stored is None else cast("System", stored.spec).letters_within or USUAL
        return said, dt.timedelta(seconds=seconds(said) or 0)

    def ended(tx: Transaction, kept: Kept) -> None:
        if kept.action.state is State.DEAD:
            Timers.set(tx, ALARM, kept.action.id, tx.now + span(tx.connection, kept.action)[1])

    def due(tx: Transaction, timers: Sequence[Timer]) -> None:
        for each in timers:
            kept = rows.find(tx.connection, each.key)
            if kept is None or not kept.action.is_letter:
                continue
            said, wait = span(tx.connection, kept.action)
            owners = circles.owners(tx.connection, [kept.action.use_case]).get(kept.action.use_case, frozenset())
            to = owners | circles.holding(tx.connection, Role.PLATFORM_ADMINISTRATOR)
            people.notify.tell(tx, _message(kept.action, said, tuple(sorted(to))))
            Timers.set(tx, ALARM, each.key, tx.now + wait)

    ground.timers.on(ALARM, due)
    return ended


def _message(action: AgentAction, said: str, to: tuple[str, ...]) -> Message:
    return Message(
        topic=TOPIC.name,
        subject=f"`{action.action}` of {action.use_case} was given up, and nobody has seen to it for over {said}",
        path=f"/agent-actions/{action.id}",
        to=to,
        lines=(f"In {action.system}, run {action.run}. Say whether it was done, have it done again, or discard it.",),
        facts={"useCase": action.use_case, "action": action.action, "id": action.id},
    )
