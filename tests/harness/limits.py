"""Processes that share the windows of limits: each a `Limits` on one store, under one clock that stands still."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import sqlalchemy as sa

from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.admission.limits.book import Book, book_of
from roadworthy.operate.admission.limits.kinds import Budget
from roadworthy.operate.admission.limits.model import Answer, Reserved, Short
from roadworthy.operate.admission.limits.prices import Prices
from roadworthy.operate.admission.limits.service import Limits
from roadworthy.operate.admission.limits.tables import limit_leases, limit_windows

START = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
ROUNDS = 5
"""How often a call asks again before a test gives up."""


def book(**budgets: object) -> Book:
    """Budgets by name, as they are declared."""
    return book_of([(name, Budget.model_validate(spec)) for name, spec in budgets.items()], Prices())


@dataclass
class Fleet:
    """Some processes, and what calls through them really used."""

    store: Store
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(START))
    ttl: float = 60.0

    def __post_init__(self) -> None:
        self.runtime = Runtime(clock=self.clock, threaded=False)

    def process(self, rules: Book) -> Limits:
        """One more process."""
        limits = Limits(self.store, self.runtime, ttl=self.ttl)
        limits.take(rules)
        return limits

    def ask(self, limits: Limits, scopes: dict[str, str], want: dict[str, int]) -> Answer:
        """As the flow of a call does: where room is lacking, it is fetched, and it asks again."""
        answer = limits.reserve(scopes, want, self.clock.now())
        for _ in range(ROUNDS):
            if not isinstance(answer, Short):
                break
            limits.refill(answer).result(timeout=60)
            answer = limits.reserve(scopes, want, self.clock.now())
        return answer

    def admits(self, limits: Limits, scopes: dict[str, str] | None = None, **want: int) -> Reserved | None:
        """Whether a call passes."""
        answer = self.ask(limits, scopes or {"use-case": "triage"}, want or {"calls": 1})
        assert not isinstance(answer, Short), answer
        return answer if isinstance(answer, Reserved) else None

    def totals(self) -> tuple[int, int]:
        """Spent and leased, over all windows."""
        with self.store.read() as connection:
            row = connection.execute(
                sa.select(
                    sa.func.coalesce(sa.func.sum(limit_windows.c.spent), 0),
                    sa.func.coalesce(sa.func.sum(limit_windows.c.leased), 0),
                )
            ).one()
        return int(row[0]), int(row[1])

    def leases(self) -> int:
        """How many there are."""
        with self.store.read() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(limit_leases)).scalar_one()
