"""What follows a turn of the limits: owners are told of windows that fill up, and dead processes are given up."""

from __future__ import annotations

from typing import Final, Protocol

import sqlalchemy as sa

from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.notify.model import Message, Topic
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.leases import shared_now
from roadworthy.operate.admission.limits import store as rows
from roadworthy.operate.admission.limits.cleaning import clean
from roadworthy.operate.admission.limits.model import Dimension, Limit
from roadworthy.operate.admission.limits.service import Limits
from roadworthy.operate.admission.limits.tables import limit_leases
from roadworthy.operate.admission.limits.words import amount, shown

REACHED: Final = "budget-reached"
TOPIC: Final = Topic(REACHED, "A budget of your use cases is nearly or wholly used up")
SWEEP_SECONDS: Final = 5.0
CLEAN_SECONDS: Final = 3_600.0
ITSELF: Final = Context(Actor(ActorKind.SYSTEM, "gateway"))


class Owners(Protocol):
    """Whoever knows who answers for a budget."""

    def __call__(self, connection: sa.Connection, use_cases: tuple[str, ...]) -> tuple[str, ...]:
        """References of the owners of some use cases; of the administrators where none is named."""


class Tells(Protocol):
    """Tells people."""

    def tell(self, tx: Transaction, message: Message) -> str:
        """Once the unit is durable."""


class Telling:
    """Runs after each turn, on the limits' own thread.

    Args:
        store: where leases are.
        units: records.
        runtime: clock.
        limits: whose turns.
        owners: who is told.
        notify: tells them.
    """

    def __init__(
        self, store: Store, units: Units, runtime: Runtime, limits: Limits, owners: Owners, notify: Tells
    ) -> None:
        self._store = store
        self._units = units
        self._runtime = runtime
        self._leasing = limits.leasing
        self._owners = owners
        self._notify = notify
        self._swept = self._cleaned = runtime.clock.monotonic()
        limits.leasing.after_turn.append(self.turn)

    def turn(self) -> None:
        """Tell, and now and then give up."""
        for limit, id_, starts, percent in self._leasing.near():
            self._units.run(
                ITSELF,
                lambda tx, limit=limit, id_=id_, starts=starts, percent=percent: self._tell(  # type: ignore[misc]  # defaults bind the values of this turn of the loop
                    tx, limit, (id_, starts), percent
                ),
            )
            self._leasing.has_told(id_, starts, percent)
        now = self._runtime.clock.monotonic()
        if now - self._swept >= SWEEP_SECONDS:
            self._swept = now
            self.sweep()
        if now - self._cleaned >= CLEAN_SECONDS:
            self._cleaned = now
            self.clean()

    def _tell(self, tx: Transaction, limit: Limit, window: tuple[str, int], percent: int) -> None:
        id_, starts = window
        used = rows.used_of(tx.connection, id_, starts - limit.window.back)
        if 100 * used < percent * limit.most or not rows.tell(tx.connection, id_, starts, percent):
            return
        facts: dict[str, str | int | bool] = {
            "counter": limit.counter,
            "unit": limit.unit,
            "percent": percent,
            "most": limit.most,
            "used": used,
        }
        tx.record(Draft("limit.reached", f"Limit/{limit.name}", facts=facts))
        use_cases = next((tuple(values) for name, values in limit.of if name == Dimension.USE_CASE), ())
        to = self._owners(tx.connection, tuple(sorted(use_cases)))
        message = Message(
            topic=REACHED,
            subject=f"{percent} % of {shown(limit)} are used (`{limit.name}`)",
            path=f"/budgets/{limit.name}" if limit.rule == f"limit:{limit.name}" else "/budgets",
            to=to,
            lines=(f"{amount(used, limit.unit)} of {shown(limit)}. Past it, calls are refused.",),
            facts=facts | {"budget": limit.name},
        )
        self._notify.tell(tx, message)

    def clean(self) -> tuple[int, int]:
        """Take away windows that count no more, and subjects of whom nothing is left.

        Returns:
            How many of each.
        """
        windows = subjects = 0
        while True:
            some = self._store.write(lambda connection: clean(connection, shared_now(connection, self._runtime)))
            windows, subjects = windows + some[0], subjects + some[1]
            if not any(some):
                return windows, subjects

    def sweep(self) -> int:
        """Give up leases of processes that are not heard of any more, and say so.

        Returns:
            How many count on until somebody knows better.
        """
        with self._store.read() as connection:
            now = shared_now(connection, self._runtime)
            ran_out = sa.select(limit_leases.c.id).where(
                limit_leases.c.lapsed_at.is_(None), limit_leases.c.expires_at < now
            )
            if connection.execute(ran_out.limit(1)).first() is None:
                return 0
        return self._units.run(ITSELF, self._give_up)

    def _give_up(self, tx: Transaction) -> int:
        now = shared_now(tx.connection, self._runtime)
        lapsed = rows.lapse(tx.connection, rows.overdue(tx.connection, now), now)
        for row in lapsed:
            facts = {"replica": row.replica, "unit": row.unit, "held": row.amount, "known": row.used}
            tx.record(Draft("limit.lease-lapsed", f"Limit/{row.name}", facts=facts))
        return len(lapsed)
