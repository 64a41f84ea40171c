"""Consumers of the ledger: what has to follow from what was recorded, exactly once, however often a process dies.

A consumer is a cursor: a row that says which position of the ledger is next. The handler writes in the unit of work
that moves the cursor, so what an entry leads to is there if and only if the cursor is past it. Positions follow the
order of the commits (see `ledger.feed`), so nothing can appear behind a cursor.

One process at a time works for a consumer. It holds a lease by the database's clock and a fencing number, and moves the
cursor by comparing both the number and the position it began from; whoever was stopped past the lease and goes on finds
another number there, and its whole unit is taken back.

An entry whose handling fails is tried by itself and again after growing pauses, while the entries behind it wait, for
their order may matter; then it becomes a dead letter and the cursor goes on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import Conflict
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.ledger import feed
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow import consumer_store as rows
from roadworthy.foundation.workflow.consumer_store import Cursor
from roadworthy.foundation.workflow.leases import draw, end_when_stuck, shared_now
from roadworthy.foundation.workflow.letters import LetterBox
from roadworthy.foundation.workflow.model import OPERATOR, DeadLetter, Retries
from roadworthy.foundation.workflow.rules import holds, pause, rests, said_of
from roadworthy.foundation.workflow.turns import Turns

TURN_SECONDS = 0.25
"""How often is looked for new entries: two small reads."""
BATCH = 200
LEASE = dt.timedelta(seconds=5)
"""How long a silent holder keeps its place."""
RETRIES = Retries(first=dt.timedelta(seconds=1), factor=3, longest=dt.timedelta(seconds=30), most=6)
"""Short, since the entries behind wait: about a minute and a half until an entry is given up. Our own choice."""
_FAR = 10 * feed.WINDOW
"""A cursor is moved over what nobody wants only once that is so much; until then the place is remembered."""

Handler = Callable[[Transaction, Sequence[Entry]], None]

_ITSELF = Context(Actor(ActorKind.SYSTEM, "consumers"))
_log = log("consumers")


class Since(StrEnum):
    """Where a new consumer begins."""

    NOW = "now"
    BEGINNING = "beginning"


@dataclass(frozen=True, slots=True)
class _Consumer:
    name: str
    handler: Handler
    events: tuple[str, ...]
    since: Since
    most: int
    retries: Retries
    owner: str


class Consumers:
    """Everything that follows the ledger.

    Args:
        store: where the cursors are.
        units: where the handlers work.
        runtime: clock, randomness, threads.
        lease: how long a silent holder keeps its place.
    """

    def __init__(self, store: Store, units: Units, runtime: Runtime, *, lease: dt.timedelta = LEASE) -> None:
        self.box = LetterBox("consumer")
        """Entries that could not be handled."""
        self._store = store
        self._units = units
        self._runtime = runtime
        self._lease = lease
        self._me = new_id(runtime.clock.now(), runtime.randomness)
        self._consumers: dict[str, _Consumer] = {}
        self._passed: dict[str, int] = {}
        """Per consumer, up to where this process saw that nothing is wanted."""
        self._ticking = runtime.lock()
        self._turns = Turns(runtime, "consumers", TURN_SECONDS, self.tick)

    def on(
        self,
        name: str,
        handler: Handler,
        events: Sequence[str] = (),
        *,
        since: Since = Since.NOW,
        most: int = BATCH,
        retries: Retries = RETRIES,
        owner: str = OPERATOR,
    ) -> None:
        """Announce a consumer, before `start`.

        Args:
            name: at most 60 characters; the cursor is kept under it.
            handler: writes rows and records entries, in the unit that moves the cursor. It must wait for nothing, and
                for calls to the outside it sets a timer with an act. It gets entries in the ledger's order.
            events: names of events: `use-case.` for all that begin so, `*.applied` with a star for anything; none for
                every entry. What a consumer's own given-up letters record is never given to it.
            since: where it begins when it is new.
            most: entries in one unit.
            retries: how an entry that fails is put off while the ones behind it wait.
            owner: the person or role whose task it is to look at entries that were given up.
        """
        self._consumers[name] = _Consumer(name, handler, tuple(events), since, most, retries, owner)

    def tick(self) -> int:
        """Hand out everything that is new and wanted; cheap where nothing is.

        Returns:
            How many entries were handled.
        """
        with self._ticking:
            self._enrol()
            with self._store.read() as connection:
                now = shared_now(connection, self._runtime)
                cursors, end = rows.cursors(connection), feed.size(connection)
            done = 0
            for consumer in tuple(self._consumers.values()):
                cursor = cursors[consumer.name]
                if not self._waits(cursor, consumer, now):
                    done += self._work_off(consumer, cursor, end)
            return done + self.box.work_off(self._store, self._units, self._again)

    def start(self) -> None:
        """Make the cursors of new consumers, then look several times a second; catching up holds up nobody's start."""
        self._enrol()
        self._turns.start()

    def close(self) -> None:
        """Stop after the turn in progress, and let another process take over at once."""
        if self._turns.close():
            self._store.write(lambda connection: rows.resign(connection, self._me))

    def standing(self) -> list[Cursor]:
        """How far each consumer is, by name."""
        with self._store.read() as connection:
            return list(rows.cursors(connection).values())

    # ------------------------------------------------------------ inside

    def _enrol(self) -> None:
        """Make the cursors of consumers that have none."""
        with self._store.read() as connection:
            known = rows.cursors(connection)
        missing = [each for each in self._consumers.values() if each.name not in known]

        def make(connection: sa.Connection) -> None:
            for each in missing:
                position = feed.size(connection) if each.since is Since.NOW else 0
                rows.enrol(connection, each.name, position, self._runtime.clock.now())

        if missing:
            self._store.write(make)

    def _work_off(self, consumer: _Consumer, cursor: Cursor, end: int) -> int:
        handled = 0
        alone_until = cursor.position + 1 if cursor.attempts else 0
        while True:
            position = max(cursor.position, self._passed.get(consumer.name, 0))
            if position >= end:
                return handled
            most = 1 if position < alone_until else consumer.most
            with self._store.read() as connection:
                now = shared_now(connection, self._runtime)
                found = feed.portion(connection, position, consumer.events, most)
            wanted = [each for each in found.entries if not self._own(consumer, each)]
            if not wanted and found.next - cursor.position < _FAR:
                self._passed[consumer.name] = found.next
                continue
            held = self._claim(cursor, now)
            if held is None:
                return handled
            try:
                cursor = self._deliver(consumer, held, wanted, found.next)
            except _Lost as late:
                _log.info("a portion came too late", consumer=consumer.name, error=said_of(late))
                return handled
            except Exception as error:  # noqa: BLE001 - kept with the cursor or the letter, where people find it
                if len(wanted) > 1:
                    _log.info("a batch of entries failed", consumer=consumer.name, entries=len(wanted))
                    cursor, alone_until = held, found.next
                    continue
                self._failed(consumer, held, wanted, found.next, error)
                return handled
            handled += len(wanted)

    def _waits(self, cursor: Cursor, consumer: _Consumer, now: dt.datetime) -> bool:
        """True when somebody else works for this consumer, or its next entry rests after a failure.

        On SQLite a lease of another process says nothing: only one process has the file, and this is the one.
        """
        elsewhere = cursor.holder != self._me and self._store.dialect != "sqlite"
        if elsewhere and holds(cursor.leased_until, now, self._lease):
            return True
        return rests(cursor.retry_at, now, consumer.retries.longest)

    def _own(self, consumer: _Consumer, entry: Entry) -> bool:
        """True for what records that this very consumer gave up; handling that could go on for ever."""
        key = str(entry.facts.get("key", ""))
        return entry.resource == f"DeadLetter/{self.box.kind}" and key.startswith(f"{consumer.name}/")

    def _claim(self, cursor: Cursor, now: dt.datetime) -> Cursor | None:
        """The cursor as this process holds it; None when somebody else was quicker."""
        until = now + self._lease
        fresh = cursor.leased_until is not None and cursor.leased_until - now > self._lease / 2
        if cursor.holder == self._me and fresh and holds(cursor.leased_until, now, self._lease):
            return cursor
        if not self._store.write(lambda connection: rows.claim(connection, cursor, self._me, until)):
            return None
        return replace(cursor, holder=self._me, fence=cursor.fence + 1, leased_until=until)

    def _deliver(self, consumer: _Consumer, held: Cursor, entries: Sequence[Entry], to: int) -> Cursor:
        """Handle entries and move the cursor, in one unit.

        Raises:
            _Lost: another process works for this consumer.
            Exception: whatever the handler raised.
        """

        def work(tx: Transaction) -> dt.datetime:
            end_when_stuck(tx.connection)
            if entries:
                consumer.handler(tx, entries)
            until = shared_now(tx.connection, self._runtime) + self._lease
            if not rows.move(tx.connection, held, to, until, tx.now):
                raise _Lost(
                    "consumer-lease-lost",
                    f"another process works for the consumer `{consumer.name}` since this one stood still",
                    remedy="nothing is to be done: the other one goes on from where the cursor is",
                )
            return until

        until = self._units.run(_ITSELF, work)
        return replace(held, position=to, leased_until=until, attempts=0, retry_at=None, last_error=None)

    def _failed(self, consumer: _Consumer, held: Cursor, entries: Sequence[Entry], to: int, error: Exception) -> None:
        """Keep that an entry failed: try again later, or give it up and go on."""
        said, attempts = said_of(error), held.attempts + 1
        _log.warning("an entry failed", consumer=consumer.name, position=held.position, attempts=attempts, error=said)
        wait = pause(consumer.retries, attempts, draw(self._runtime))

        def work(tx: Transaction) -> None:
            now = shared_now(tx.connection, self._runtime)
            if wait is not None:
                rows.put_off(tx.connection, held, now + wait, said)
                return
            if rows.move(tx.connection, held, to, now + self._lease, tx.now):
                for entry in entries:
                    key = f"{consumer.name}/{entry.id}"
                    letter = DeadLetter(self.box.kind, key, consumer.owner, tx.now, said, attempts)
                    self.box.put(tx, letter, {"consumer": consumer.name, "entry": entry.id})

        self._units.run(_ITSELF, work)

    def _again(self, tx: Transaction, data: Mapping[str, Canonical]) -> bool:
        """Handle an entry that was given up, once more."""
        consumer = self._consumers.get(str(data["consumer"]))
        if consumer is None:
            return False
        consumer.handler(tx, [feed.entry(tx.connection, str(data["entry"]))])
        return True


class _Lost(Conflict):
    """Another process works for the consumer since this one stood still."""
