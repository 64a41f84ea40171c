"""The unit of work: rows and the ledger entries that explain them commit together, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, TypeVar

import sqlalchemy as sa

from roadworthy.foundation.errors import Refused, RoadworthyError
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.ledger import repeats
from roadworthy.foundation.ledger.attempts import Attempted, Attempts
from roadworthy.foundation.ledger.draft import Basis, Context, Draft, Oversight
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store

Result = TypeVar("Result")

_log = log("ledger")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A draft with the id that its entry will have."""

    id: str
    draft: Draft


class Appender(Protocol):
    """Turns what a unit recorded into ledger entries, inside the unit's own transaction."""

    def append(self, connection: sa.Connection, recorded: Sequence[Recorded], context: Context, now: datetime) -> None:
        """Called once per unit, after its work succeeded and before its commit.

        Whatever fails later rolls this back too. The store's `before_commit` hooks run after it.
        """


@dataclass(frozen=True, slots=True)
class Grant:
    """An approved act, in the unit that uses the approval up."""

    request: str
    """Id of the decision request."""
    basis: Basis
    oversight: Oversight


@dataclass(slots=True)
class Transaction:
    """What a unit's work is given: a connection, the time, who acts, and a way to record."""

    connection: sa.Connection
    context: Context
    now: datetime
    runtime: Runtime
    recorded: list[Recorded] = field(default_factory=list)
    granted: dict[str, Grant] = field(default_factory=dict)
    """Approved acts that this unit may carry out, by their digest; see `ledger.authority`."""

    def new_id(self) -> str:
        """A fresh identifier made at this unit's time."""
        return new_id(self.now, self.runtime.randomness)

    def record(self, draft: Draft) -> str:
        """Record an event; the entry is durable when, and only when, the unit's rows are.

        Returns:
            The entry's id. Its position in the tree is decided later and is never promised here.
        """
        entry_id = self.new_id()
        self.recorded.append(Recorded(entry_id, draft))
        return entry_id


class Units:
    """Runs units of work."""

    def __init__(self, store: Store, appender: Appender, runtime: Runtime) -> None:
        self._store = store
        self._appender = appender
        self._runtime = runtime
        self._attempts = Attempts(runtime)

    def run(self, context: Context, work: Callable[[Transaction], Result]) -> Result:
        """Run `work` and commit its rows with its entries.

        The work may run on another thread and, after a serialisation conflict, more than once; it must
        touch nothing but the transaction it is given.

        Raises:
            Refused: nobody is named as the actor, or the work was refused; `Attempted` is recorded after the rollback.
            Repeated: the context says once, and this was carried out before.
            Conflict: the context says once, and something else was carried out under its key.
            Unavailable: the commit did not happen.
        """
        try:
            return self._store.write(self._unit(context, work))
        except Attempted as attempted:
            self._keep(context, attempted.draft)
            raise

    def soon(
        self, context: Context, work: Callable[[Transaction], Result],
        told: Callable[[Result | None, Exception | None], None],
    ) -> None:  # fmt: skip
        """Run `work` as `run` does, for whoever does not wait; see `Store.soon`.

        Not for work that raises `Attempted`: what was refused is recorded by `run` alone.
        """
        self._store.soon(self._unit(context, work), told)

    def _unit(self, context: Context, work: Callable[[Transaction], Result]) -> Callable[[sa.Connection], Result]:
        """What the store runs."""
        if not context.actor.ref:
            raise Refused(
                "unit-without-actor",
                "a change needs somebody who makes it",
                remedy="sign in, or name the acting workload",
            )

        def unit(connection: sa.Connection) -> Result:
            transaction = Transaction(connection, context, self._runtime.clock.now(), self._runtime)
            if context.once is not None:
                repeats.refuse(connection, context.actor, context.once)
            result = work(transaction)
            if context.once is not None:
                entries = [recorded.id for recorded in transaction.recorded]
                repeats.remember(connection, context.actor, context.once, entries, transaction.now)
            if transaction.recorded:
                self._appender.append(connection, transaction.recorded, context, transaction.now)
            return result

        return unit

    def _keep(self, context: Context, draft: Draft) -> None:
        """Record what was refused; that it was refused stands whether or not this works."""
        worth = self._attempts.worth(context.actor, draft, self._runtime.clock.now())
        if worth is None:
            return
        told, once = worth
        try:
            self.run(replace(context, once=once), lambda tx: tx.record(told))
        except repeats.Repeated:
            return  # another process recorded it within this hour
        except RoadworthyError as error:
            self._attempts.forget(context.actor, draft)
            _log.warning("refusal-unrecorded", what=draft.what, resource=draft.resource, code=error.code)
