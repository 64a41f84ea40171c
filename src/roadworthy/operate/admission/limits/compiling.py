"""Budgets, prices and pilots' caps, read along with what else the gateway goes by."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.resources.service import Resources
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import UseCase
from roadworthy.operate.admission.kinds import ENDPOINT, Endpoint
from roadworthy.operate.admission.limits.book import Book, book_of, pilot_cap
from roadworthy.operate.admission.limits.kinds import BUDGET, PRICE_TABLE, Budget, PriceTable
from roadworthy.operate.admission.limits.model import Dimension
from roadworthy.operate.admission.limits.prices import prices_of

LIMITS = "limits"
"""Under which a configuration has the book."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Compiles everything that bounds and prices calls.

    Args:
        resources: where it is declared.
    """

    resources: Resources
    name: str = LIMITS

    def compile(self, connection: sa.Connection) -> tuple[Book, Canonical]:
        """The book, and the digests of what it is made from."""
        budgets = list(self.resources.all(connection, BUDGET))
        tables = list(self.resources.all(connection, PRICE_TABLE))
        caps, cases = [], set[str]()
        for stored in self.resources.all(connection, ENDPOINT):
            endpoint = cast("Endpoint", stored.spec)
            cases.add(endpoint.use_case)
            if endpoint.pilot is not None:
                caps.append(pilot_cap(endpoint.use_case, stored.name, endpoint.pilot.calls_per_day))
        prices = prices_of((each.name, each.digest, cast("PriceTable", each.spec)) for each in tables)
        specs = [(each.name, cast("Budget", each.spec)) for each in budgets]
        asked = any(spec.teams or Dimension.TEAM in spec.each for _, spec in specs)
        teams = self._teams(connection, cases) if asked else {}
        words = sorted([each.kind, each.name, each.digest] for each in [*budgets, *tables])
        return book_of(specs, prices, caps, teams), [*words, *([name, team] for name, team in sorted(teams.items()))]

    def _teams(self, connection: sa.Connection, cases: Collection[str]) -> dict[str, str]:
        """Who runs these use cases, where the inventory says so."""
        found = (
            (each.name, cast("UseCase", each.spec).unit)
            for each in self.resources.all(connection, USE_CASE, sorted(cases))
        )
        return {name: unit for name, unit in found if unit}
