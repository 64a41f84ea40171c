"""What was given up is told to whoever has to look: one message for all of it, however much falls at once.

A channel that is down for days gives up thousands of deliveries. A message for each would be the next flood, and a
message about a message about a message would never end. So owners are told of what stands at most every few minutes,
and a message of this sort that cannot be delivered is not told of again; it stands on the page, beside its cause.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from roadworthy.assembly.news.circles import Circles
from roadworthy.assembly.news.topics import DEAD_LETTER
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.notify import store as messages
from roadworthy.foundation.notify.model import Message
from roadworthy.foundation.notify.service import DELIVER, Notify
from roadworthy.foundation.workflow.letters import DeadLetters
from roadworthy.foundation.workflow.model import DeadLetter, Timer
from roadworthy.foundation.workflow.service import Timers

EVENTS = ("dead-letter.given-up", "timer.given-up")
KIND = "news.dead-letters"
EVERY = dt.timedelta(minutes=5)
"""An owner is told at most so often."""
MOST_LINES = 10
_TIMER = "timer.given-up"


class LetterNews:
    """Tells owners what was given up.

    Args:
        letters: what stands.
        timers: knows whose timers of a kind are, and wakes this.
        notify: tells.
        circles: who answers for what.
    """

    def __init__(self, letters: DeadLetters, timers: Timers, notify: Notify, circles: Circles) -> None:
        self._letters = letters
        self._timers = timers
        self._notify = notify
        self._circles = circles
        timers.on(KIND, self._tell)

    def of(self, tx: Transaction, entries: Sequence[Entry]) -> Iterator[Message]:
        """Nothing yet: each owner is told a little later, of all that fell until then."""
        owners = {self._owner(entry) for entry in entries if not self._of_a_message_like_this(tx.connection, entry)}
        for owner in owners:
            Timers.set(tx, KIND, owner, _step_after(tx.now))
        yield from ()

    def _owner(self, entry: Entry) -> str:
        if entry.what == _TIMER:
            return self._timers.owner_of(entry.resource.partition("/")[2])
        return str(entry.facts.get("owner", ""))

    def _of_a_message_like_this(self, connection: sa.Connection, entry: Entry) -> bool:
        return entry.what == _TIMER and self._tells_of_letters(
            connection, entry.resource.partition("/")[2], str(entry.facts.get("key", ""))
        )

    @staticmethod
    def _tells_of_letters(connection: sa.Connection, kind: str, key: str) -> bool:
        delivery = messages.one(connection, key) if kind == DELIVER else None
        return delivery is not None and delivery.topic == DEAD_LETTER

    def _tell(self, tx: Transaction, timers: Sequence[Timer]) -> None:
        standing = [each for each in self._letters.standing(tx.connection) if self._is_news(tx.connection, each)]
        for timer in timers:
            mine = [each for each in standing if each.owner == timer.key]
            if mine:
                self._notify.tell(tx, _message(mine, self._circles.responsible(tx.connection, timer.key)))

    def _is_news(self, connection: sa.Connection, letter: DeadLetter) -> bool:
        kind, _, key = letter.key.partition("/")
        return not (letter.again or (letter.kind == "timer" and self._tells_of_letters(connection, kind, key)))


def _step_after(now: dt.datetime) -> dt.datetime:
    """The next of the instants at which owners are told: the same one for whatever falls before it."""
    since = now - now.replace(minute=0, second=0, microsecond=0)
    return now - since % EVERY + EVERY


def _message(letters: Sequence[DeadLetter], to: frozenset[str]) -> Message:
    newest = sorted(letters, key=lambda each: (each.since, each.key), reverse=True)
    number = len(newest)
    lines = [f"{each.kind} {each.key}: {each.reason}" for each in newest[:MOST_LINES]]
    more = [f"And {number - MOST_LINES} more."] if number > MOST_LINES else []
    what = "One thing was" if number == 1 else f"{number} things were"
    return Message(
        DEAD_LETTER,
        f"{what} given up and waits for you" if number == 1 else f"{what} given up and wait for you",
        "/dead-letters",
        tuple(sorted(to)),
        (*lines, *more),
        facts={"letters": number},
    )
