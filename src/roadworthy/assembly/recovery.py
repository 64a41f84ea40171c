"""What follows when a backup was put back: it is on record, and nothing that was decided since comes to life again.

An old database remembers approvals as unused that were used after it was copied, sessions that were ended, certificates
that were suspended. So unless it is certain that nothing was lost, every open request and unused approval is voided,
every session ends, and every certificate that is valid in it is suspended until somebody decides anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from roadworthy.decide.approvals.service import Approvals
from roadworthy.foundation.deployment.backup import state_of
from roadworthy.foundation.deployment.places import Places
from roadworthy.foundation.deployment.restore import Restored, pending, settled
from roadworthy.foundation.identity.sessions import end_all
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.storage.store import Store

ITSELF = Context(Actor(ActorKind.SYSTEM, "restore"))


@dataclass(frozen=True, slots=True)
class Recovery:
    """Completes a restore when the database is opened."""

    store: Store
    units: Units
    places: Places
    approvals: Approvals
    suspend_all: Callable[[Transaction], int]
    """Suspends what lets a use case run, and says how many."""

    def complete(self) -> Restored | None:
        """Record a restore that is not on record yet, and do what follows from it; what it was, or None.

        Raises:
            IntegrityBroken: what has to be recorded cannot be read.
        """
        if not self.places.pending.exists():
            return None
        with self.store.read() as connection:
            said = pending(self.places, state_of(connection))
        if said is not None:
            self.units.run(ITSELF, lambda tx: self._record(tx, said))
            settled(self.places)
        return said

    def _record(self, tx: Transaction, said: Restored) -> None:
        ended = {"requestsVoided": 0, "sessionsEnded": 0, "certificatesSuspended": 0}
        if not said.lossless:
            ended = {
                "requestsVoided": self.approvals.watching.void_all(tx, RESTORED),
                "sessionsEnded": end_all(tx),
                "certificatesSuspended": self.suspend_all(tx),
            }
        facts: dict[str, str | int | bool] = {
            "copied": said.made,
            "size": said.size,
            "root": said.root,
            "lostOfPresent": said.recorded,
            "lostOfSigned": said.signed,
            "lostOfWitnessed": said.witnessed,
            "comparedWithPresent": said.compared,
            **ended,
        }
        tx.record(Draft("ledger.restored", RESTORED, facts=facts, texts={"reason": said.reason.encode()}))


RESTORED = "Ledger/restored"
"""The resource of the entry, and what voided requests say that changed."""
