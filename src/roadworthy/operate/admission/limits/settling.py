"""Closes the leases of replicas that are gone, by what their records say, so that nobody has to reconcile them by hand.

A lease says what was used of it when its process was heard of last, and how many calls it had counted by then. What
came after stands in the records of its calls. A call of which nobody knows what came counts with all that was set
aside for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.turns import Turns
from roadworthy.operate.admission.limits import store as rows
from roadworthy.operate.admission.limits.model import CALLS, CONCURRENT, TOKENS, money_unit
from roadworthy.operate.telemetry.rows import Finished

AT_ONCE: Final = 200
"""Leases of one unit."""
TURN_SECONDS: Final = 1.0
_ITSELF: Final = Context(Actor(ActorKind.SYSTEM, "gateway"))
_log = log("limits")


class Left(Protocol):
    """What replicas left that are gone."""

    @property
    def writers(self) -> tuple[str, ...]:
        """Who they were."""

    def calls(self, writer: str, since: int) -> Sequence[Finished]:
        """Calls that one counted later than its `since`-th, and those of which nobody knows what came."""

    def forget(self, writer: str) -> None:
        """Everything of one is looked after."""


class Settling:
    """Looks after each replica that is gone, once.

    Args:
        store: where leases are.
        units: records.
        runtime: threads.
        left: what they left here; asked for at each turn.
    """

    def __init__(self, store: Store, units: Units, runtime: Runtime, left: Callable[[], Left]) -> None:
        self._store = store
        self._units = units
        self._left = left
        self._broken: set[str] = set()
        """Whose records cannot be read: somebody has to say what they used."""
        self._turns = Turns(runtime, "limits-left", TURN_SECONDS, self.turn)

    def start(self) -> None:
        """Look beside the calls, as long as something is left; no thread where nobody died before."""
        if self._left().writers:
            self._turns.start()

    def close(self) -> None:
        """Stop."""
        self._turns.close()

    def turn(self) -> int:
        """Close what can be closed.

        Returns:
            How many leases were.

        Raises:
            Unavailable: the store cannot be asked.
        """
        left, closed = self._left(), 0
        for writer in left.writers:
            if writer in self._broken:
                continue
            closed += self._settle(left, writer)
            if writer not in self._broken:
                left.forget(writer)
        return closed

    def _settle(self, left: Left, writer: str) -> int:
        with self._store.read() as connection:
            leases = rows.held_by(connection, writer)
        since = min((row.settled for row in leases if row.settled is not None), default=None)
        if since is None:
            return 0  # none, or of a version that did not say what is needed
        try:
            calls = left.calls(writer, since)
        except (RoadworthyError, OSError) as error:
            self._broken.add(writer)
            _log.error("what a replica used that is gone cannot be read", replica=writer, error=str(error)[:200])
            return 0
        by_lease: defaultdict[int, list[Finished]] = defaultdict(list)
        for each in calls:
            for fence in each.intent.leases:
                by_lease[fence].append(each)
        ids = sorted({row.id for row in leases})
        return sum(
            self._units.run(_ITSELF, lambda tx, some=ids[at : at + AT_ONCE]: _close(tx, writer, some, by_lease))  # type: ignore[misc]  # a default binds the value of this turn of the loop
            for at in range(0, len(ids), AT_ONCE)
        )


def _close(tx: Transaction, writer: str, ids: Sequence[str], calls: Mapping[int, Sequence[Finished]]) -> int:
    closed = 0
    for row in rows.held_by(tx.connection, writer, ids):
        if row.settled is None:
            continue
        closed += 1
        its = calls.get(row.fence, ())
        used = used_of(row, its)
        rows.close(tx.connection, row, used)
        if row.unit != CONCURRENT:
            facts = {
                "replica": writer,
                "unit": row.unit,
                "held": row.amount,
                "known": row.used,
                "used": used,
                "unknown": sum(each.result is None for each in its),
            }
            tx.record(Draft("limit.lease-settled", f"Limit/{row.name}", facts=facts))
    return closed


def used_of(row: Any, calls: Sequence[Finished]) -> int:  # noqa: ANN401 - rows have no type
    """What was used of a lease: what its process said, and its calls since; at most all of it, unless it said more.

    Args:
        row: the lease, with its unit.
        calls: that were taken from it, perhaps some that its process had counted when it said so.
    """
    if row.unit == CONCURRENT:
        return 0
    since = sum(
        used_by(each, row.unit) for each in calls if each.result is None or (each.result.settled or 0) > row.settled
    )
    return max(int(row.used), min(int(row.amount), int(row.used) + since))


def used_by(call: Finished, unit: str) -> int:
    """What a call used in a unit that its process counted it in, as `Admission.settle` counts it."""
    intent, result = call
    most = intent.reserved.get(unit, 0)
    if result is None or result.usage is None:
        return most
    used = {CALLS: 1, TOKENS: result.usage.input + result.usage.output}
    if result.cost is not None and result.currency is not None:
        used[money_unit(result.currency)] = result.cost
    return used.get(unit, most)
