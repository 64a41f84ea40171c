"""Dead letters: one list of everything that was given up, whoever gave it up, with an owner and an age.

What gives something up says so as a `Source`. Timers keep their rows and are a source over them; what has no row of its
own, an entry that a consumer could not digest, say, is put into a `LetterBox`. Nothing leaves the list by itself:
somebody has it tried again, or resolves it and says why, and either is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import InvalidInput, NotFound, Place
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.retention import Retention
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.logs import log
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow import letter_store as letters
from roadworthy.foundation.workflow import store as timer_rows
from roadworthy.foundation.workflow.leases import end_when_stuck
from roadworthy.foundation.workflow.model import DeadLetter, Timer
from roadworthy.foundation.workflow.rules import said_of

_KEPT = Retention.OPERATIONAL
_log = log("dead-letters")


class Source(Protocol):
    """Something that gives up what failed too often."""

    kind: str
    """Distinguishes its letters from those of the others."""

    def letters(self, connection: sa.Connection) -> list[DeadLetter]:
        """All of them."""

    def held(self, tx: Transaction, key: str) -> DeadLetter | None:
        """One, held against others until the unit ends."""

    def again(self, tx: Transaction, key: str) -> None:
        """Have one tried again, soon and by the source itself; it may come back."""

    def drop(self, tx: Transaction, key: str) -> None:
        """Let one go for good."""


class LetterBox:
    """A source for whatever has no row of its own.

    Args:
        kind: at most 40 characters.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._context = Context(Actor(ActorKind.SYSTEM, f"{kind}s"))

    def put(self, tx: Transaction, letter: DeadLetter, data: Mapping[str, Canonical]) -> None:
        """Give something up, in the unit that finds that it has to be.

        Args:
            tx: the unit.
            letter: of this box's kind, with a key of at most 260 characters.
            data: what it takes to try again; small, canonical, without personal data.
        """
        letters.put(tx.connection, letter, data)
        facts: dict[str, Canonical] = {"key": letter.key, "attempts": letter.attempts, "owner": letter.owner}
        texts = {"error": letter.reason.encode()}
        tx.record(Draft("dead-letter.given-up", f"DeadLetter/{self.kind}", facts=facts, texts=texts, retention=_KEPT))

    def letters(self, connection: sa.Connection) -> list[DeadLetter]:
        """All of them."""
        return letters.of_kind(connection, self.kind)

    def held(self, tx: Transaction, key: str) -> DeadLetter | None:
        """One, held against others until the unit ends."""
        return letters.held(tx.connection, self.kind, key)

    def again(self, tx: Transaction, key: str) -> None:
        """Have it tried again at the next turn."""
        letters.ask_again(tx.connection, self.kind, key, tx.now)

    def drop(self, tx: Transaction, key: str) -> None:
        """Take it away."""
        letters.drop(tx.connection, self.kind, key)

    def work_off(
        self, store: Store, units: Units, handle: Callable[[Transaction, Mapping[str, Canonical]], bool]
    ) -> int:
        """Try again what somebody wants tried again: each in a unit that takes the letter away.

        Args:
            store: where to look.
            units: where to do it.
            handle: does the work in the unit it is given; False when this process knows nothing of the matter, and then
                the letter stays.

        Returns:
            How many succeeded.
        """
        with store.read() as connection:
            wanted = letters.asked(connection, self.kind)
        return sum(self._once_more(units, letter, data, handle) for letter, data in wanted)

    def _once_more(
        self,
        units: Units,
        letter: DeadLetter,
        data: Mapping[str, Canonical],
        handle: Callable[[Transaction, Mapping[str, Canonical]], bool],
    ) -> bool:
        def work(tx: Transaction) -> bool:
            end_when_stuck(tx.connection)
            if not letters.take(tx.connection, self.kind, letter.key):
                return False
            if not handle(tx, data):
                raise _NotHere
            return True

        try:
            return units.run(self._context, work)
        except _NotHere:
            return False
        except Exception as error:  # noqa: BLE001 - kept with the letter, where people find it
            said = said_of(error)
            _log.warning("a dead letter failed again", kind=self.kind, key=letter.key, error=said)
            units.run(self._context, lambda tx: letters.back(tx.connection, letter, said))
            return False


class _NotHere(Exception):
    """Nobody in this process handles the matter; what the unit did is taken back."""


class TimerLetters:
    """The timers that were given up, as a source.

    Args:
        owner_of: the owner of a kind of timer.
    """

    kind = "timer"

    def __init__(self, owner_of: Callable[[str], str]) -> None:
        self._owner_of = owner_of

    def letters(self, connection: sa.Connection) -> list[DeadLetter]:
        """All of them; the key is the timer's kind and key with a slash between."""
        return [self._letter(timer) for timer in timer_rows.dead(connection)]

    def held(self, tx: Transaction, key: str) -> DeadLetter | None:
        """One, held against others until the unit ends."""
        timer = self._timer(tx, key)
        return None if timer is None else self._letter(timer)

    def again(self, tx: Transaction, key: str) -> None:
        """Have it due now, as if it had never failed."""
        timer = self._timer(tx, key)
        if timer is not None:
            timer_rows.put(tx.connection, Timer(timer.kind, timer.key, tx.now, timer.data))

    def drop(self, tx: Transaction, key: str) -> None:
        """Take the timer away."""
        kind, _, own = key.partition("/")
        timer_rows.remove(tx.connection, kind, [own])

    @staticmethod
    def _timer(tx: Transaction, key: str) -> Timer | None:
        kind, _, own = key.partition("/")
        timer = timer_rows.held(tx.connection, kind, own)
        return timer if timer is not None and timer.dead_at is not None else None

    def _letter(self, timer: Timer) -> DeadLetter:
        since = timer.dead_at or timer.due_at
        owner = self._owner_of(timer.kind)
        return DeadLetter(
            self.kind, f"{timer.kind}/{timer.key}", owner, since, timer.last_error or "unknown", timer.attempts
        )


class DeadLetters:
    """Everything that was given up."""

    def __init__(self, store: Store, units: Units) -> None:
        self._store = store
        self._units = units
        self._sources: dict[str, Source] = {}

    def register(self, source: Source) -> None:
        """Announce something that gives up what failed too often."""
        self._sources[source.kind] = source

    def all(self) -> list[DeadLetter]:
        """All that was given up and neither tried again with success nor resolved, the oldest first."""
        with self._store.read() as connection:
            return self.standing(connection)

    def standing(self, connection: sa.Connection) -> list[DeadLetter]:
        """The same, as this connection sees it."""
        found = [letter for source in self._sources.values() for letter in source.letters(connection)]
        return sorted(found, key=lambda letter: (letter.since, letter.kind, letter.key))

    def retry(self, context: Context, kind: str, key: str) -> DeadLetter:
        """Have something tried again; where it fails again it comes back.

        Returns:
            What it was.

        Raises:
            NotFound: nothing of this kind and key was given up.
        """
        return self._units.run(context, lambda tx: self._end(tx, kind, key, None))

    def resolve(self, context: Context, kind: str, key: str, reason: str) -> DeadLetter:
        """Take something off the list without trying it again, and record why.

        Returns:
            What it was.

        Raises:
            InvalidInput: no reason is given.
            NotFound: nothing of this kind and key was given up.
        """
        if not reason.strip():
            raise InvalidInput(
                "dead-letter-reason-missing",
                "resolving needs a reason",
                place=Place(field="reason"),
                remedy="say what was done instead, or why nothing has to be",
            )
        return self._units.run(context, lambda tx: self._end(tx, kind, key, reason.strip()))

    def _end(self, tx: Transaction, kind: str, key: str, reason: str | None) -> DeadLetter:
        source = self._sources.get(kind)
        letter = None if source is None else source.held(tx, key)
        if source is None or letter is None:
            raise NotFound(
                "dead-letter-unknown",
                f"no {kind} `{key}` was given up",
                remedy="list them with `roadworthy dead-letters list`",
            )
        facts: dict[str, Canonical] = {"key": key, "attempts": letter.attempts, "owner": letter.owner}
        if reason is None:
            source.again(tx, key)
            tx.record(Draft("dead-letter.retried", f"DeadLetter/{kind}", facts=facts))
        else:
            source.drop(tx, key)
            texts = {"reason": reason.encode()}
            tx.record(Draft("dead-letter.resolved", f"DeadLetter/{kind}", facts=facts, texts=texts, retention=_KEPT))
        return letter
