"""The schedule of expiry: a timer for every instant at which evidence ends, set in the unit that records the evidence.

Nothing has to run for a score to be true at an instant: an assessment knows when it changes. What the schedule adds is
the record that something ended, and that the change shows without anybody asking.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from roadworthy.evidence import store as rows
from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.instants import from_text, to_text
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Basis, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.storage.statements import portions
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.model import Timer
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory.kinds import USE_CASE

KIND = "evidence.expiry"
SEVERAL = "several"
"""Stands for the use case where an entry speaks of items of more than one."""

MOST_IN_ENTRY = 1_000
"""Ids in one entry, which may hold 60 KB."""
FEW = 50
"""Up to so many use cases, each gets an entry of its own, which its history shows."""

_ITSELF = Context(Actor(ActorKind.SYSTEM, "evidence-expiry"))


class Expiry:
    """Marks evidence whose time is over, and records it.

    An expiry changes nothing that a use case's revision counts: what a claim is worth follows from its dates. So no
    revision grows here, and whoever keeps what was computed from claims keeps with it when it changes by itself.
    """

    def __init__(self, store: Store, units: Units, timers: Timers) -> None:
        self._store = store
        self._units = units
        self._timers = timers

    def attach(self, after: Callable[[], object]) -> None:
        """Have the schedule handled; `after` is called when something has ended."""
        self._timers.on(KIND, self._expire, after=after)

    def schedule(self, tx: Transaction, instants: Iterable[dt.datetime]) -> None:
        """Remember, with the rows of this unit, that evidence ends at these instants."""
        for instant in frozenset(instants):
            self._timers.set(tx, KIND, to_text(instant), instant)

    def complete(self) -> int:
        """Schedule what is not scheduled: items from before there was a schedule. How many instants that were."""
        with self._store.read() as connection:
            missing = self._missing(rows.expiry_instants(connection))
        if missing:
            self._units.run(_ITSELF, lambda tx: self.schedule(tx, missing))
        return len(missing)

    def _missing(self, instants: Sequence[dt.datetime]) -> list[dt.datetime]:
        known = self._timers.keys(KIND)
        return [instant for instant in instants if to_text(instant) not in known]

    @staticmethod
    def _expire(tx: Transaction, timers: Sequence[Timer]) -> None:
        ended = rows.expire(tx.connection, [from_text(timer.key) for timer in timers], tx.now)
        by_use_case = {
            name: [item for item, _ in some] for name, some in groupby(sorted(ended, key=_use_case), _use_case)
        }
        if len(by_use_case) <= FEW:
            for name, items in by_use_case.items():
                _record(tx, f"{USE_CASE}/{name}", items, timers)
        else:
            _record(tx, f"{USE_CASE}/{SEVERAL}", [item for item, _ in ended], timers)


def _use_case(ended: tuple[str, str]) -> str:
    return ended[1]


def _record(tx: Transaction, resource: str, items: Sequence[str], timers: Sequence[Timer]) -> None:
    until = max(timer.key for timer in timers)
    for some in portions(items, MOST_IN_ENTRY):
        facts: dict[str, Canonical] = {"expired": len(some), "until": until}
        tx.record(Draft("evidence.expired", resource, basis=Basis(evidence=tuple(some)), facts=facts))
