"""Timers: set in the unit of work that makes them necessary, handled in a unit of work of their own.

A timer is a row. It is set by the same commit as the rows that need it, and it goes away by the same commit as what it
asked for; so a process that is killed at any moment neither loses it nor has its work done twice. Nobody has to be
awake at the instant: what fell due in the meantime is handled at the next start.

Two ways to handle a kind:

- `on`: the work is rows and ledger entries. It runs inside the unit that takes the timers away, a batch at a time.
- `act`: the work is a call to something outside, which no transaction can take back. The attempt is recorded first,
  the call is made with no transaction open, and its outcome is recorded with the timer's end. A process that dies
  between call and outcome leaves an attempt without an end, which is tried again after `patience`: at least once, so
  what is called must recognise a repetition (the timer's kind and key are the same on every attempt).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.retention import Retention
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow import acting
from roadworthy.foundation.workflow import store as rows
from roadworthy.foundation.workflow.acting import Act, Handled, Handler, Outcome
from roadworthy.foundation.workflow.leases import draw, end_when_stuck, shared_now
from roadworthy.foundation.workflow.model import OPERATOR, Retries, Timer
from roadworthy.foundation.workflow.rules import pause, said_of
from roadworthy.foundation.workflow.store import Now
from roadworthy.foundation.workflow.turns import Turns

TURN_SECONDS = 1.0
"""How often is looked for what is due: an indexed query, and the longest that something due waits."""
BATCH = 500
PATIENCE = dt.timedelta(minutes=10)
SHOWN = 100

Keys = frozenset[str]

_ITSELF = Context(Actor(ActorKind.SYSTEM, "timers"))
_DEFAULT = Retries()
_log = log("timers")

__all__ = ["BATCH", "PATIENCE", "SHOWN", "TURN_SECONDS", "Act", "Handler", "Outcome", "Timers"]


class Timers:
    """Everything that has to happen later."""

    def __init__(self, store: Store, units: Units, runtime: Runtime) -> None:
        self._store = store
        self._units = units
        self._runtime = runtime
        self._kinds: dict[str, Handled] = {}
        self._ticking = runtime.lock()
        self._turns = Turns(runtime, "timers", TURN_SECONDS, self.tick)

    # ------------------------------------------------------------ inside a unit of work

    @staticmethod
    def set(
        tx: Transaction, kind: str, key: str, due_at: dt.datetime, data: Mapping[str, Canonical] | None = None
    ) -> None:
        """Have something happen at an instant; one that is past means as soon as possible.

        Setting the same kind and key again replaces the timer and forgets its failures.

        Args:
            tx: the unit of work that makes it necessary.
            kind: what it is handled by; a kind that nobody has announced waits until somebody does.
            key: at most 200 characters.
            due_at: when, with a zone.
            data: small canonical values without personal data.
        """
        rows.put(tx.connection, Timer(kind, key, due_at, data or {}))

    @staticmethod
    def cancel(tx: Transaction, kind: str, key: str) -> bool:
        """Take a timer back; False when there is none."""
        return rows.remove(tx.connection, kind, [key]) > 0

    # ------------------------------------------------------------ who handles what

    def on(
        self,
        kind: str,
        handler: Handler,
        *,
        after: Callable[[], object] | None = None,
        most: int = BATCH,
        retries: Retries = _DEFAULT,
        owner: str = OPERATOR,
    ) -> None:
        """Announce who handles a kind inside the unit of work that takes the timers away.

        Args:
            kind: what it handles.
            handler: writes rows and records entries. It must wait for nothing: SQLite has one writer. It may set the
                same timer again. When it fails on a batch, each timer is tried by itself.
            after: called once, outside of any unit, when some were handled; a hint and no promise, for a process can
                die before it.
            most: timers in one unit.
            retries: how a failing one is put off.
            owner: the person or role whose task it is to look at those that were given up.
        """
        self._kinds[kind] = Handled(kind, handler, None, after, most, retries, PATIENCE, owner)

    def act(
        self,
        kind: str,
        act: Act,
        *,
        patience: dt.timedelta = PATIENCE,
        retries: Retries = _DEFAULT,
        owner: str = OPERATOR,
    ) -> None:
        """Announce who handles a kind by calling something outside.

        Args:
            kind: what it handles.
            act: does it, with no unit of work open, and returns what writes the outcome.
            patience: the lease of an attempt: one without an end is made again after it. Longer than the act's own
                time limits; an act that takes longer nevertheless may be done again, and its outcome does not count.
            retries: how a failing one is put off.
            owner: the person or role whose task it is to look at those that were given up.
        """
        self._kinds[kind] = Handled(kind, None, act, None, 1, retries, patience, owner)

    # ------------------------------------------------------------ as time goes by

    def tick(self) -> int:
        """Handle everything that is due; cheap where nothing is.

        Returns:
            How many were handled; those that failed are put off or given up and not counted.
        """
        with self._ticking:
            kinds = tuple(self._kinds.values())
            lease = max((kind.patience for kind in kinds), default=PATIENCE)
            until = self._runtime.clock.now()
            limit = until + 2 * max((kind.retries.longest for kind in kinds), default=_DEFAULT.longest)
            with self._store.read() as connection:
                now = rows.Now(until, shared_now(connection, self._runtime), lease)
                names = rows.kinds_due(connection, [kind.name for kind in kinds], now)
                stranded = rows.any_beyond(connection, limit)
            if stranded:
                self._store.write(lambda connection: rows.bring_back(connection, limit, until))
            return sum(self._work_off(kind, now) for kind in kinds if kind.name in names)

    def start(self) -> None:
        """Handle what fell due while nobody was there, then look every second."""
        self._turns.take()
        self._turns.start()

    def close(self) -> None:
        """Stop after the turn in progress."""
        self._turns.close()

    # ------------------------------------------------------------ for people

    def ahead(self, most: int = SHOWN) -> list[Timer]:
        """The next ones to be handled, the earliest first."""
        with self._store.read() as connection:
            return rows.ahead(connection, most)

    def keys(self, kind: str) -> Keys:
        """Keys of every timer of a kind, those that were given up included."""
        with self._store.read() as connection:
            return frozenset(rows.keys(connection, kind))

    def dead(self) -> list[Timer]:
        """Those that were given up, the latest first."""
        with self._store.read() as connection:
            return rows.dead(connection)

    def owner_of(self, kind: str) -> str:
        """The person or role whose task timers of a kind are once they were given up."""
        handled = self._kinds.get(kind)
        return OPERATOR if handled is None else handled.owner

    # ------------------------------------------------------------ inside

    def _work_off(self, kind: Handled, now: Now) -> int:
        handled = 0
        seen: set[str] = set()
        while True:
            done, batch = self._batch(kind, now) if kind.handler is not None else self._call(kind, now)
            handled += done
            if len(batch) < kind.most or not batch - seen:  # none are left, or only those that set themselves again
                break
            seen |= batch
        if handled and kind.after is not None:
            try:
                kind.after()
            except Exception as error:  # noqa: BLE001 - what was handled stays handled; a hint was not taken
                _log.warning("what follows a timer failed", kind=kind.name, error=said_of(error))
        return handled

    def _batch(self, kind: Handled, now: Now) -> tuple[int, Keys]:
        """Handle a batch in one unit or, where that fails, each by itself: how many, and which were tried."""
        taken: list[Timer] = []

        def work(tx: Transaction) -> None:
            end_when_stuck(tx.connection)
            taken[:] = rows.due(tx.connection, kind.name, now, kind.most)
            self._handle(kind, tx, taken)

        try:
            self._units.run(_ITSELF, work)
        except Exception as error:  # raised again, or kept with each timer that fails by itself
            if not taken:
                raise
            if len(taken) == 1:
                self._put_off(kind, taken[0], taken[0].attempts + 1, error)
                return 0, Keys({taken[0].key})
            _log.info("a batch of timers failed", kind=kind.name, timers=len(taken), error=said_of(error))
            return sum(self._alone(kind, timer, now) for timer in tuple(taken)), Keys(timer.key for timer in taken)
        return len(taken), Keys(timer.key for timer in taken)

    def _alone(self, kind: Handled, timer: Timer, now: Now) -> int:
        def work(tx: Transaction) -> int:
            end_when_stuck(tx.connection)
            still = rows.due(tx.connection, kind.name, now, 1, timer.key)
            self._handle(kind, tx, still)
            return len(still)

        try:
            return self._units.run(_ITSELF, work)
        except Exception as error:  # noqa: BLE001 - kept with the timer, where people find it
            self._put_off(kind, timer, timer.attempts + 1, error)
            return 0

    @staticmethod
    def _handle(kind: Handled, tx: Transaction, taken: Sequence[Timer]) -> None:
        """Take the timers away first, so that a handler can set them again."""
        if taken and kind.handler is not None:
            rows.remove(tx.connection, kind.name, [timer.key for timer in taken])
            kind.handler(tx, taken)

    def _call(self, kind: Handled, now: Now) -> tuple[int, Keys]:
        """Record an attempt, act, record the outcome."""
        attempt = self._units.run(_ITSELF, lambda tx: acting.begin(tx, kind, now))
        if attempt is None or kind.act is None:
            return 0, Keys()
        key = attempt.timer.key
        try:
            outcome = kind.act(attempt.timer)
            self._units.run(_ITSELF, lambda tx: acting.end(tx, attempt, outcome))
        except acting.TakenOver as late:
            _log.info("an attempt came too late", kind=kind.name, key=key, error=said_of(late))
            return 0, Keys({key})
        except Exception as error:  # noqa: BLE001 - kept with the timer, where people find it
            self._put_off(kind, attempt.timer, attempt.timer.attempts, error)
            return 0, Keys({key})
        return 1, Keys({key})

    def _put_off(self, kind: Handled, timer: Timer, attempts: int, error: Exception) -> None:
        """Keep the failure: try again later, or give up and say so in the ledger."""
        said = said_of(error)
        _log.warning("a timer failed", kind=kind.name, key=timer.key, attempts=attempts, error=said)
        wait = pause(kind.retries, attempts, draw(self._runtime))

        def work(tx: Transaction) -> None:
            present = rows.held(tx.connection, kind.name, timer.key)
            if present is None or present.holder != timer.holder:
                return  # taken back, or handled by another process since
            if timer.holder is not None:
                rows.release(tx.connection, timer)
            if present.due_at != timer.due_at:
                return  # set anew since
            failed = replace(present, attempts=attempts, last_error=said)
            if wait is not None:
                rows.put(tx.connection, replace(failed, due_at=tx.now + wait))
                return
            rows.put(tx.connection, replace(failed, dead_at=tx.now))
            facts: dict[str, Canonical] = {"key": timer.key, "attempts": attempts}
            texts, kept = {"error": said.encode()}, Retention.OPERATIONAL
            tx.record(Draft("timer.given-up", f"Timer/{kind.name}", facts=facts, texts=texts, retention=kept))

        self._units.run(_ITSELF, work)
