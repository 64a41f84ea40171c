"""Calls of replicas that are gone, of which nobody knows what came: each is named in the ledger, with its owner."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.operate.telemetry import store as sql

SILENT = dt.timedelta(seconds=60)
"""After so long without a sign of life a replica counts as gone; it says that it lives every ten seconds."""
AT_ONCE = 200
"""Calls of one unit: each is named in an entry, which has room for so many."""
ITSELF = Context(Actor(ActorKind.SYSTEM, "calls"))
Owner = Callable[[sa.Connection, str], str | None]
"""Reference of whoever answers for a use case's running; None while nobody accepted that."""


class Unknowns:
    """Finds intents without a result whose replica is gone.

    Args:
        units: where what is found is recorded.
        owner: of a use case.
    """

    def __init__(self, units: Units, owner: Owner) -> None:
        self._units = units
        self._owner = owner

    def settle(self, writers: Sequence[str]) -> list[str]:
        """Make every open call of these writers `unknown`, with one entry for each use case.

        Returns:
            Ids of the calls.
        """
        found: list[str] = []
        while writers:
            some = self._units.run(ITSELF, lambda tx: self._some(tx, writers))
            found += some
            if len(some) < AT_ONCE:
                break
        return found

    def _some(self, tx: Transaction, writers: Sequence[str]) -> list[str]:
        rows = sql.open_calls(tx.connection, writers, AT_ONCE)
        sql.make_unknown(tx.connection, [row.id for row in rows], tx.now)
        by_case: defaultdict[str | None, list[Any]] = defaultdict(list)
        for row in rows:
            by_case[row.use_case].append(row)
        for use_case, its in by_case.items():
            facts = {
                "useCase": use_case,
                "owner": None if use_case is None else self._owner(tx.connection, use_case),
                "replicas": sorted({row.writer for row in its}),
                "calls": [row.id for row in its],
                "count": len(its),
            }
            resource = "Gateway/calls" if use_case is None else f"UseCase/{use_case}"
            tx.record(Draft("calls.unknown", resource, facts=facts))
        return [row.id for row in rows]
