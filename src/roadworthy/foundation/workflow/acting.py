"""Timers whose work is a call to something outside: attempt, call and outcome, under a lease.

The attempt is recorded with a holder of its own and a lease. While the lease holds nobody else begins another one. When
it is over, somebody may; whoever comes back then, from a pause of the whole process say, finds another holder at the
timer, or no timer any more, and must not record what its call came to over what the other's came to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from roadworthy.foundation.errors import Conflict
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.workflow import store as rows
from roadworthy.foundation.workflow.leases import end_when_stuck, shared_now
from roadworthy.foundation.workflow.model import Retries, Timer

Handler = Callable[[Transaction, Sequence[Timer]], None]
Outcome = Callable[[Transaction], None]
"""Writes what an act came to, in the unit that ends its timer."""
Act = Callable[[Timer], Outcome | None]


@dataclass(frozen=True, slots=True)
class Handled:
    """Who handles a kind, and how."""

    name: str
    handler: Handler | None
    act: Act | None
    after: Callable[[], object] | None
    most: int
    retries: Retries
    patience: dt.timedelta
    owner: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that this process makes."""

    timer: Timer
    leased_until: dt.datetime
    """By the clock that leases run by."""

    def current(self, tx: Transaction) -> Timer | None:
        """The timer as it stands, held until the transaction ends; None where it was taken back meanwhile.

        Raises:
            TakenOver: the lease was over and somebody else made an attempt; nothing may be recorded of this one.
        """
        end_when_stuck(tx.connection)
        kind, key, mine = self.timer.kind, self.timer.key, self.timer.holder
        present = rows.held(tx.connection, kind, key)
        holder = None if present is None else present.holder
        over = shared_now(tx.connection, tx.runtime) >= self.leased_until
        if holder != mine and (holder is not None or over):  # while the lease held, nobody can have taken over
            raise TakenOver(
                "timer-taken-over",
                f"another attempt was made at the timer `{kind}` `{key}` while this one stood still",
                remedy="nothing is to be done: the other attempt's outcome counts",
            )
        return present


def begin(tx: Transaction, kind: Handled, now: rows.Now) -> Attempt | None:
    """Record an attempt at the earliest that is due; None where nothing is."""
    free_at = shared_now(tx.connection, tx.runtime)  # anew: the attempts before this one may have taken hours
    for timer in rows.due(tx.connection, kind.name, replace(now, free_at=free_at), 1):
        begun = replace(timer, attempts=timer.attempts + 1, holder=tx.new_id())
        until = free_at + kind.patience
        rows.begin(tx.connection, begun, begun.holder or "", until)
        return Attempt(begun, until)
    return None


def end(tx: Transaction, attempt: Attempt, outcome: Outcome | None) -> None:
    """Record what an attempt came to, and take its timer away unless it was set anew meanwhile.

    Raises:
        TakenOver: somebody else took over.
    """
    present, timer = attempt.current(tx), attempt.timer
    if present is not None and unchanged(present, timer):
        rows.remove(tx.connection, timer.kind, [timer.key])
    elif present is not None:
        rows.release(tx.connection, timer)
    if outcome is not None:
        outcome(tx)


def unchanged(present: Timer, begun: Timer) -> bool:
    """True when nobody set the timer anew since the attempt began."""
    return (present.attempts, present.due_at, present.holder) == (begun.attempts, begun.due_at, begun.holder)


class TakenOver(Conflict):
    """Somebody else made an attempt since; what this one came to does not count."""
