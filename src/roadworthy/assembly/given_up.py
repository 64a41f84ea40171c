"""Telling owners of actions that were given up: what may have been done, and what could not be taken back."""

from __future__ import annotations

import datetime as dt
from typing import Final

from roadworthy.assembly.callers import Callers
from roadworthy.assembly.ground import Ground
from roadworthy.assembly.news.circles import Circles
from roadworthy.foundation.access.roles import Role
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.notify.model import Message, Topic
from roadworthy.inventory.seating import AcceptedSeats
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.doing.keeping import Ended
from roadworthy.operate.actions.model import AgentAction, State, Why
from roadworthy.operate.actions.store import Kept

TOPIC: Final = Topic("action-given-up", "An agent's action was given up")
QUIET: Final = dt.timedelta(hours=1)
"""Owners are told of the first dead letter of an action, and then not again for as long: a storm is one message."""
_WORDS: Final = {
    Why.IN_DOUBT: "it may have been done, and nobody can say",
    Why.TRIES: "all tries are used up",
    Why.REFUSED: "when its turn came it was refused",
    Why.COMPENSATION: "it was to take another one back, and could not",
}


def telling_of(ground: Ground, people: Callers) -> Ended:
    """What is told in the unit that ends an action."""
    circles = Circles(people.access, people.directory, AcceptedSeats(ground.resources))
    people.notify.register([TOPIC])

    def ended(tx: Transaction, kept: Kept) -> None:
        action = kept.action
        if action.state is not State.DEAD or rows.letter_since(tx.connection, action, tx.now - QUIET):
            return
        owners = circles.owners(tx.connection, [action.use_case]).get(action.use_case, frozenset())
        to = owners or circles.holding(tx.connection, Role.PLATFORM_ADMINISTRATOR)
        people.notify.tell(tx, _message(action, tuple(sorted(to))))

    return ended


def _message(action: AgentAction, to: tuple[str, ...]) -> Message:
    why = _WORDS[action.why or Why.IN_DOUBT]
    return Message(
        topic=TOPIC.name,
        subject=f"`{action.action}` of {action.use_case} was given up: {why}",
        path=f"/agent-actions/{action.id}",
        to=to,
        lines=(
            f"In {action.system}, run {action.run}. Say whether it was done, have it done again, or discard it.",
            "Of others of this action you hear in an hour.",
        ),
        facts={"useCase": action.use_case, "action": action.action, "id": action.id},
    )
